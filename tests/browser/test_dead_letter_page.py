"""The duty officer's desk of dead letters in a real Chromium, over real services, Kafka and PostgreSQL."""

from __future__ import annotations

import json

from playwright.async_api import expect

from schemas.topics import CROSSINGS, STATIONS
from schemas.trust.chain import MAC_HEADER, record_mac
from services.intake.records import Record
from tests.browser.axe import violations
from tests.browser.shared_loop import on_the_shared_loop
from tests.browser.test_queue_page import desk
from tests.builders import a_crossing
from tests.integration.services.test_intake_records import a_station

__all__ = ["desk"]


def at_fault(judge, number):
    crossing = a_crossing(f"crossing {number}", number=number)
    record = judge.record(CROSSINGS, crossing)
    value = json.dumps(json.loads(record.value) | {"direction": "sideways"}).encode()
    key = judge.centre.keys.station_key(crossing.station_id, crossing.enrolment)
    headers = [one for one in record.headers if one[0] != MAC_HEADER]
    headers.append((MAC_HEADER, record_mac(key, "crossings.v1", crossing.type_name, value)))
    return Record(record.topic, 0, record.offset, record.key, value, headers)


@on_the_shared_loop
async def duty(desk):
    # A real record on the real topic; the others stand where Kafka's numbers do not reach.
    await desk.judge.takes(
        Record("findings.v1", 0, 900_000, None, b"\x00\xffgarbage", ()),
        Record("findings.v1", 0, 900_001, None, "<script>alert(1)</script> rác".encode(), ()),
        at_fault(desk.judge, 7),
    )
    page = await desk.logged_in("trực", "duty_officer", "/dead-letters")
    await expect(page.locator("tr.row")).to_have_count(3)
    yield page
    await desk.checked(page)


def case_with(page, text):
    return page.locator("tr.row").filter(has_text=text)


async def test_a_record_is_opened_corrected_by_the_keyboard_and_comes_through(desk, duty):
    await desk.judge.sends(STATIONS, a_station())
    row = case_with(duty, "lượt qua chốt")
    await expect(row).to_contain_text("rach-mieu-1")
    await expect(row).to_contain_text("làn 1")
    assert "sideways" not in await duty.content()
    await row.focus()
    await row.click()
    await duty.keyboard.press("Enter")
    await expect(duty.locator("select.purpose")).to_be_focused()
    await duty.select_option("select.purpose", "CORRECT_THE_RECORD")
    await duty.get_by_role("button", name="Mở nội dung").click()
    field = duty.locator("textarea[name=record]")
    text = await field.input_value()
    await field.fill(text.replace('"sideways"', '"up"'))
    await duty.fill("input[name=because]", "theo sổ giấy")
    await duty.get_by_role("button", name="Gửi bản đã sửa").click()
    await expect(duty.locator(".problem")).to_contain_text("không nằm trong danh sách")
    assert '"up"' in await field.input_value()  # nothing that was typed is lost
    await field.fill(text.replace('"sideways"', '"in"'))
    await duty.get_by_role("button", name="Gửi bản đã sửa").click()
    await expect(row).to_contain_text("đã nhận được")  # through the real Kafka and back, without a reload
    await expect(duty.locator("#counts")).to_contain_text("1 đã nhận được")
    await expect(duty.locator(".history").last).to_contain_text("trực")


async def test_many_are_chosen_by_the_keyboard_and_discarded_after_a_summary(desk, duty):
    for _ in range(3):
        await duty.keyboard.press("j")
        await duty.keyboard.press("x")
    await expect(duty.locator("#chosen-number")).to_have_text("3")
    await duty.keyboard.press("x")
    await expect(duty.locator("#chosen-number")).to_have_text("2")
    await duty.select_option("#bulk-act", "discard")
    await duty.select_option("#bulk select[name=reason]", "NOT_OURS")
    await duty.locator("#bulk-go").click()
    await expect(duty.locator(".radio")).to_contain_text("Sẽ làm 2 bản ghi")
    await duty.get_by_role("button", name="Làm ngay").click()
    await expect(duty.locator(".radio")).to_contain_text("Đã làm 2 bản ghi")
    await duty.get_by_role("link", name="Về danh sách").click()
    await expect(duty.locator("tr.row")).to_have_count(1)
    await expect(duty.locator("#counts")).to_contain_text("2 đã loại bỏ")


async def test_filters_stand_in_the_address(desk, duty):
    await duty.select_option("select[name=topic]", "findings.v1")
    await duty.get_by_role("button", name="Lọc").click()
    await expect(duty.locator("tr.row")).to_have_count(2)
    assert "topic=findings.v1" in duty.url


async def test_whatever_is_in_a_record_is_shown_and_does_nothing(desk, duty):
    garbage = case_with(duty, "không rõ là bản ghi gì")
    for nth in range(2):
        row = garbage.nth(nth)
        await row.locator(".details-link").click()
        panel = duty.locator(f"#details-{await row.get_attribute('data-id')}")
        await panel.locator("select.purpose").select_option("FIND_THE_FAULT")
        await panel.get_by_role("button", name="Mở nội dung").click()
        await expect(panel.locator("pre")).to_be_visible()
    shown = await duty.locator("pre").all_inner_texts()
    assert any("00 ff 67 61" in text for text in shown)
    assert any("<script>alert(1)</script> rác" in text for text in shown)


async def test_who_comes_second_is_told_who_was_faster_and_sees_the_change_without_a_reload(desk, duty):
    minh = await desk.logged_in("minh", "duty_officer", "/dead-letters")
    for page in (duty, minh):
        await page.locator(".details-link").first.click()
        await expect(page.locator("select[name=reason]").last).to_be_visible()
    row_id = await duty.locator("tr.row").first.get_attribute("data-id")
    panel = minh.locator(f"#details-{row_id}")
    await panel.locator("select[name=reason]").select_option("NOT_OURS")  # minh is about to
    mine = duty.locator(f"#details-{row_id}")
    await mine.locator("select[name=reason]").select_option("TRIAL")
    await mine.get_by_role("button", name="loại bỏ").click()
    await expect(minh.locator(f"#row-{row_id}")).to_contain_text("đã loại bỏ")
    await expect(minh.locator(f"#changed-{row_id}")).to_contain_text("trực")
    await panel.get_by_role("button", name="loại bỏ").click()
    await expect(minh.locator(f"#problem-{row_id}")).to_contain_text("trực vừa thay đổi")
    await desk.checked(minh)


async def test_axe_finds_nothing_on_the_desk_in_either_theme_and_it_is_light(desk, duty):
    row = case_with(duty, "lượt qua chốt")
    await row.locator(".details-link").click()
    await duty.locator("select.purpose").select_option("CORRECT_THE_RECORD")
    await duty.get_by_role("button", name="Mở nội dung").click()
    await expect(duty.locator("textarea")).to_be_visible()
    for theme in ("sun", "night"):
        await expect(duty.locator("html")).to_have_attribute("data-theme", theme)
        assert await violations(duty) == [], theme
        await duty.locator("#theme").click()
    sizes = await duty.evaluate(
        "() => performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))"
        ".reduce((sum, one) => sum + one.transferSize, 0)"
    )
    assert sizes < 150_000
    small = await duty.evaluate(
        "() => [...document.querySelectorAll('button, .button, select, input:not([type=hidden])')]"
        ".filter(one => one.offsetParent && one.type !== 'checkbox' && one.offsetHeight < 48)"
        ".map(one => one.outerHTML.slice(0, 80))"
    )
    assert small == []
