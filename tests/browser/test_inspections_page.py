"""The yield of random inspections in a real Chromium, as the command reads it and asks for other days."""

from __future__ import annotations

from playwright.async_api import expect

from schemas.topics import CROSSINGS, FINDINGS, STATIONS
from tests.browser.shared_loop import on_the_shared_loop
from tests.browser.test_command_pages import looks_right
from tests.browser.test_queue_page import desk
from tests.integration.services.test_inspections import CROSSED, crossed, found_on
from tests.integration.services.test_intake_records import a_station

__all__ = ["desk"]


@on_the_shared_loop
async def lan(desk):
    await desk.judge.sends(STATIONS, a_station())
    await desk.judge.sends(CROSSINGS, *(crossed(*one) for one in CROSSED))
    await desk.judge.sends(FINDINGS, found_on(desk.keys, 1))
    page = await desk.logged_in("lan", "command", "/")
    yield page
    await desk.checked(page)


async def test_the_command_reads_what_was_drawn_done_skipped_and_found(lan):
    await lan.get_by_role("navigation").get_by_role("link", name="Kiểm tra ngẫu nhiên").click()
    await expect(lan.locator(".empty")).to_be_visible()  # nothing in these thirty days: it was in 2021
    await looks_right(lan, "inspections-empty")
    await lan.fill("input[name=from]", "2021-10-06")
    await lan.fill("input[name=to]", "2021-10-06")
    await lan.keyboard.press("Enter")
    rows = lan.locator("#inspections tbody tr")
    await expect(rows).to_have_count(3)
    first_shift = rows.nth(1)  # behind those that named no shift
    counted = [await cell.inner_text() for cell in await first_shift.locator("td").all()]
    assert counted[:6] == ["1", "4", "3", "2", "1", "1"]
    await expect(first_shift).to_contain_text("50,0 %")
    await expect(first_shift).to_contain_text("ít lượt, chưa đủ để so sánh")
    await looks_right(lan, "inspections")
