"""What came of an alert, the duty roster and the table of shares in a real Chromium, over real parts."""

from __future__ import annotations

from datetime import timedelta

from playwright.async_api import expect

from schemas.events.verdict import GreenLaneUsed
from schemas.topics import FINDINGS
from services.alerts import falling_due, waiting
from services.timers.store import Timer
from tests.browser.axe import violations
from tests.browser.test_queue_page import desk
from tests.builders import NOON, an_id
from tests.integration.services.centre_parts import a_finding

__all__ = ["desk"]


async def test_an_alert_is_confirmed_by_the_keyboard_with_its_record(desk):
    await desk.judge.sends(FINDINGS, a_finding(desk.keys))
    page = await desk.logged_in("csgt", "police", "/alerts")
    card = page.locator(".alert")
    await page.keyboard.press("j")
    await page.keyboard.press("1")
    await expect(card.locator(".problem")).to_contain_text("Ghi số biên bản")
    await page.keyboard.press("d")
    await expect(card.locator("input[name=record_number]")).to_be_focused()
    await page.keyboard.type("45/BB-CSGT")
    await card.locator('button[data-key="1"]').click()
    await expect(card).to_contain_text("xác nhận vi phạm, đã lập biên bản")
    await expect(card).to_contain_text("Đã kết thúc")
    await expect(card.locator(".history")).to_contain_text("csgt")
    assert "45/BB-CSGT" not in await card.inner_text()
    await card.locator("select[name=purpose]").select_option("FOLLOW_UP")
    await card.get_by_role("button", name="Xem ghi chú").click()
    await expect(card.locator(".person")).to_contain_text("45/BB-CSGT")
    await desk.checked(page)


async def test_another_ones_disposition_and_an_escalation_show_without_a_reload(desk):
    await desk.judge.sends(FINDINGS, a_finding(desk.keys))
    page = await desk.logged_in("csgt", "police", "/alerts")
    centre = desk.judge.centre
    async with centre.pool.acquire() as conn, conn.transaction():
        step = Timer(
            waiting.ESCALATION, str(an_id("incident")), NOON, {"step": 0, "since": "2021-10-06T05:00:00Z"}
        )
        await falling_due.escalate(conn, step, centre.clock.now())
    await expect(page.locator(".alert")).to_contain_text("Đội trưởng ca trực")
    other = await desk.logged_in("tuần tra", "patrol", "/alerts")
    await other.locator("summary").click()
    await other.locator('button[data-key="2"]').click()
    await expect(page.locator(".alert")).to_contain_text("đã giữ xe")
    await desk.checked(other)
    await desk.checked(page)


async def test_the_roster_and_the_table_are_clean_light_and_large_enough_and_the_roster_is_saved(desk):
    lane = GreenLaneUsed(issuer="BENTRE", carrier_id="vt-001")
    now = desk.judge.centre.clock.now()
    await desk.judge.sends(FINDINGS, a_finding(desk.keys, lane=lane, seen_at=now - timedelta(hours=1)))
    for name, role, path in (
        ("sở", "command", "/duty-roster"),
        ("huy", "command", "/shares"),
        ("csgt", "police", "/alerts"),
    ):
        page = await desk.logged_in(name, role, path)
        if path == "/duty-roster":
            await page.fill("input[name=telephone]", "0275 3000 000")
            await page.locator("button.main").click()
            await expect(page.locator("main")).to_contain_text("Bản 1")
        elif path == "/shares":
            await expect(page.locator("#shares")).to_contain_text("vt-001")
        else:
            await page.locator("summary").click()
            await expect(page.locator('button[data-key="9"]')).to_be_visible()
        for theme in ("sun", "night"):
            await expect(page.locator("html")).to_have_attribute("data-theme", theme)
            assert await violations(page) == [], (path, theme)
            await page.locator("#theme").click()
        small = await page.evaluate(
            "() => [...document.querySelectorAll('button, .button, select, input:not([type=hidden])')]"
            ".filter(one => one.offsetParent && one.type !== 'checkbox' && one.offsetHeight < 48)"
            ".map(one => one.outerHTML.slice(0, 80))"
        )
        assert small == [], path
        await desk.checked(page)
