"""What the system found out about itself, in a real Chromium, over real services, Kafka and PostgreSQL."""

from __future__ import annotations

from aiokafka import AIOKafkaConsumer
from playwright.async_api import expect

from schemas.events.self_checks import Unlike
from schemas.topics import COMMANDS, SELF_CHECKS, decode
from schemas.words import FactState
from tests.browser.shared_loop import on_the_shared_loop
from tests.browser.test_command_pages import looks_right
from tests.browser.test_queue_page import desk
from tests.integration.services.test_self_checks import a_day, a_head, a_timer, told

__all__ = ["desk"]


@on_the_shared_loop
async def duty(desk):
    page = await desk.logged_in("trực", "duty_officer", "/self-checks")
    yield page
    await desk.checked(page)


async def test_while_nothing_was_found_the_page_says_what_will_appear(desk, duty):
    for section in ("timers", "heads", "draws"):
        await expect(duty.locator(f"#{section} .empty")).to_be_visible()
    await looks_right(duty, "self-checks-empty")


async def test_the_duty_officer_reads_what_and_where_and_has_timers_tried_again(desk, duty, kafka):
    faults = [told(), told(3, Unlike.COUNTER_MISSING, until=7), told(9, Unlike.COUNTER_ON_ITS_WAY)]
    await desk.judge.sends(SELF_CHECKS, a_day(faults), a_day(days_ago=2), a_head(), a_timer())
    await expect(duty.locator("#timers tbody tr")).to_have_count(1, timeout=30_000)  # without a reload
    day = duty.locator("#wrong-days tbody tr")
    await expect(day).to_contain_text("05/10/2021")
    await expect(day).to_contain_text("rach-mieu-1")
    await expect(day).to_contain_text("3–7")
    await expect(day.locator("b.difference")).to_have_count(2)  # what is on its way is no fault
    await expect(duty.locator("#days tbody tr")).to_have_count(2)
    await expect(duty.locator("#heads tbody tr")).to_contain_text("bản ghi mà máy trạm không viết")
    await looks_right(duty, "self-checks")
    await duty.locator("#try-again").focus()
    await duty.keyboard.press("Enter")
    await expect(duty.locator("#timers tbody tr")).to_contain_text("đã yêu cầu chạy lại")
    await expect(duty.locator("#timers tbody tr")).to_contain_text("trực")
    await expect(duty.locator("#try-again")).to_have_count(0)
    assert (await asked(kafka)).command == "try_again"
    await desk.judge.sends(SELF_CHECKS, a_timer(revision=2, state=FactState.WITHDRAWN))
    await expect(duty.locator("#timers .empty")).to_be_visible(timeout=30_000)


async def test_what_was_dealt_with_moves_to_the_end_with_who_did_it(desk, duty):
    await desk.judge.sends(SELF_CHECKS, a_day([told()]), a_head())
    await duty.reload()
    await duty.locator("#heads").get_by_role("button", name="Đã xử lý xong").click()
    await expect(duty.locator("#heads .empty")).to_be_visible()
    await duty.locator("#wrong-days").get_by_role("button", name="Đã xử lý xong").click()
    await expect(duty.locator("#handled li")).to_have_count(2)
    await expect(duty.locator("#handled")).to_contain_text("trực")
    await expect(duty.locator(".counts")).to_contain_text("0 ngày rút ngẫu nhiên không đúng")
    await looks_right(duty, "self-checks-handled")


async def test_the_command_reads_and_does_nothing(desk):
    await desk.judge.sends(SELF_CHECKS, a_day([told()]), a_head(), a_timer())
    page = await desk.logged_in("lan", "command", "/")
    await page.get_by_role("navigation").get_by_role("link", name="Hệ thống tự kiểm tra").click()
    await expect(page.locator("#timers tbody tr")).to_have_count(1)
    await expect(page.locator("#self-checks button")).to_have_count(0)
    await desk.checked(page)


async def asked(bootstrap):
    """The newest command on the real topic."""
    consumer = AIOKafkaConsumer(COMMANDS.name, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        record = await consumer.getone()
    finally:
        await consumer.stop()
    return decode(COMMANDS, record.value, record.headers)
