"""The quarantine queue and the police desk in a real Chromium, over real services, Kafka and PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from playwright.async_api import expect

from deploy.topics import ensure_topics, wanted
from schemas.topics import FINDINGS, RECALLS, REFERRALS
from schemas.words import FactState
from services.accounts.create import create_user
from services.database.connection import connect
from services.quarantine import places
from tests.browser.axe import violations
from tests.browser.shared_loop import on_the_shared_loop
from tests.builders import NOON, an_id
from tests.integration.services.centre_parts import (
    NAME,
    TELEPHONE,
    Judge,
    a_finding,
    a_recall,
    a_referral,
    made_up_keys,
    migrated,
)
from tests.integration.services.serving import served


@dataclass
class Desk:
    """The running services, and somebody who puts the judge's records into them."""

    url: str
    judge: Judge
    keys: Any
    browser: Any
    database: str

    async def logged_in(self, name: str, role: str, path: str) -> Any:
        conn = await connect(self.database)
        password = await create_user(conn, name, role)
        await conn.close()
        context = await self.browser.new_context(viewport={"width": 1280, "height": 900})
        page = await context.new_page()
        page.wrong = []
        page.on("console", lambda said: page.wrong.append(said.text) if "Content Security" in said.text else None)
        page.on("pageerror", lambda error: page.wrong.append(str(error)))
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
        await page.goto(f"{self.url}/login")
        await page.fill("#name", name)
        await page.fill("#password", password)
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"{self.url}/")
        await page.goto(f"{self.url}{path}")
        return page

    async def checked(self, page: Any) -> None:
        """Nothing was refused by the content policy, no script failed, nothing came from outside."""
        assert page.wrong == []
        assert [url for url in page.asked if not url.startswith((self.url, "data:"))] == []
        await page.context.close()


@on_the_shared_loop
async def desk(database, kafka, front_end, browser):
    await migrated(database)
    # One partition each: to make a dozen for every test takes the broker longer than what is sent through them.
    await ensure_topics(kafka, [replace(topic, partitions=1) for topic in wanted([])])
    keys = made_up_keys()
    async with (
        served(database, kafka, front_end, keys) as running,
        running.centre.pool.acquire() as conn,
    ):
        await places.put(conn, "ktx", "Ký túc xá", "centre", 2, by="test", at=NOON)
        yield Desk(running.url, Judge(running.centre), keys, browser, database)


@on_the_shared_loop
async def queue(desk):
    companion = a_referral(
        desk.keys,
        "companion",
        occupant=2,
        because="companion",
        reasons=("CONTACT_OF_POSITIVE",),
        person_ref="b" * 64,
    )
    await desk.judge.sends(REFERRALS, a_referral(desk.keys), companion)
    page = await desk.logged_in("lan", "coordinator", "/queue")
    await expect(page.locator("tr.row")).to_have_count(2)
    yield page
    await desk.checked(page)


async def test_a_coordinator_claims_places_and_releases_by_the_keyboard(queue):
    row = queue.locator("tr.row").first
    await queue.keyboard.press("j")
    await queue.keyboard.press("c")
    await expect(row).to_contain_text("đã nhận")
    await expect(row).to_contain_text("lan")
    await queue.keyboard.press("Escape")
    await row.focus()
    await queue.keyboard.press("p")
    await expect(queue.locator("select.place")).to_be_focused()
    await queue.select_option("select.place", "ktx")
    await queue.locator(".step-place button").click()
    await expect(row).to_contain_text("Ký túc xá")
    await queue.select_option(".step-release select", "TERM_SERVED")
    await queue.locator(".step-release button").click()
    await expect(row).to_contain_text("đã kết thúc cách ly")
    await expect(queue.locator(".history")).to_contain_text("lan")
    await expect(queue.locator("#counts")).to_contain_text("1 đã kết thúc cách ly")


async def test_names_are_masked_until_a_purpose_is_given(queue):
    assert NAME not in await queue.content()
    await queue.keyboard.press("j")
    await queue.keyboard.press("Enter")
    await queue.select_option(".panel select[name=purpose]", "CALL_PERSON")
    await queue.get_by_role("button", name="Xem tên").click()
    await expect(queue.locator(".person")).to_contain_text(NAME)
    await expect(queue.locator(".person")).to_contain_text(TELEPHONE)


async def test_anothers_change_appears_without_reload_and_leaves_what_is_being_entered(desk, queue):
    row = queue.locator("tr.row").first
    await row.get_by_role("link").click()
    await queue.select_option(".panel select[name=purpose]", "ARRANGE_PLACE")
    minh = await desk.logged_in("minh", "coordinator", "/queue")
    await minh.locator("tr.row").first.locator("button.claim").click()
    await expect(row).to_contain_text("minh")
    assert await queue.input_value(".panel select[name=purpose]") == "ARRANGE_PLACE"
    await expect(queue.locator(".changed").first).to_contain_text("minh")
    await desk.checked(minh)


async def test_who_comes_second_is_told_who_was_faster(desk, queue):
    minh = await desk.logged_in("minh", "coordinator", "/")
    await minh.route("**/queue/live*", lambda route: route.abort())  # so he does not see it coming
    await minh.goto(f"{desk.url}/queue")
    await queue.locator("tr.row").first.locator("button.claim").click()
    await expect(queue.locator("tr.row").first).to_contain_text("lan")
    await minh.locator("tr.row").first.locator("button.claim").click()
    await expect(minh.locator(".problem")).to_contain_text("lan đã nhận hồ sơ này")
    await desk.checked(minh)


async def test_a_new_referral_and_a_recall_appear_by_themselves(desk, queue):
    newcomer = a_referral(desk.keys, "new", group_id=an_id("n"), crossing_id=an_id("n"), person_ref="e" * 64)
    await desk.judge.sends(REFERRALS, newcomer)
    await desk.judge.sends(RECALLS, a_recall(desk.keys))
    await expect(queue.locator("tr.row")).to_have_count(3)
    await expect(queue.locator(".recall")).to_contain_text("CHUYỂN CÁCH LY")


async def test_searching_narrows_the_page_and_tells_the_address_nothing(queue):
    await queue.keyboard.press("/")
    await queue.keyboard.type("Đi cùng người")
    await expect(queue.locator("tr.row:visible")).to_have_count(1)
    assert "cùng" not in queue.url


async def test_a_high_alert_sounds_until_it_is_acknowledged_by_a_key(desk):
    await desk.judge.sends(FINDINGS, a_finding(desk.keys))
    page = await desk.logged_in("csgt", "police", "/alerts")
    await expect(page.locator("#alerts")).to_have_attribute("data-sounding", "true")
    await expect(page.locator(".plate")).to_have_text("71C-123.45")
    await page.keyboard.press("j")
    await page.keyboard.press("a")
    await expect(page.locator(".alert")).to_contain_text("đã nhận tin")
    await expect(page.locator("#alerts")).to_have_attribute("data-sounding", "false")
    await desk.checked(page)


async def test_a_new_alert_waits_behind_a_button_and_a_withdrawn_one_says_so_in_place(desk):
    await desk.judge.sends(FINDINGS, a_finding(desk.keys))
    page = await desk.logged_in("csgt", "police", "/alerts")
    await desk.judge.sends(FINDINGS, a_finding(desk.keys, "other", incident_id=an_id("other incident")))
    await expect(page.locator("#show-new")).to_contain_text("1")
    await expect(page.locator(".alert")).to_have_count(1)
    await page.keyboard.press("n")
    await expect(page.locator(".alert")).to_have_count(2)
    gone = a_finding(desk.keys, revision=2, state=FactState.WITHDRAWN, withdrawn_because="FINDING_WITHDRAWN")
    await desk.judge.sends(FINDINGS, gone)
    await expect(page.locator(f"#alert-{an_id('incident')}")).to_contain_text("Đã kết thúc")
    await desk.checked(page)


async def test_axe_finds_nothing_on_any_page_in_either_theme_and_pages_are_light(desk):
    await desk.judge.sends(REFERRALS, a_referral(desk.keys), a_referral(desk.keys, "w", weak=True))
    await desk.judge.sends(RECALLS, a_recall(desk.keys))
    await desk.judge.sends(FINDINGS, a_finding(desk.keys))
    for role, path in (("coordinator", "/queue"), ("police", "/alerts"), ("auditor", "/desk"), ("command", "/")):
        page = await desk.logged_in(role, role, path)
        if path == "/queue":
            await page.locator(".details-link").first.click()
            await expect(page.locator(".history")).to_be_visible()
        for theme in ("sun", "night"):
            await expect(page.locator("html")).to_have_attribute("data-theme", theme)
            assert await violations(page) == [], (path, theme)
            await page.locator("#theme").click()
        sizes = await page.evaluate(
            "() => performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))"
            ".reduce((sum, one) => sum + one.transferSize, 0)"
        )
        assert sizes < 150_000, path
        small = await page.evaluate(
            "() => [...document.querySelectorAll('button, .button, select, input:not([type=hidden])')]"
            ".filter(one => one.offsetParent && one.type !== 'checkbox' && one.offsetHeight < 48)"
            ".map(one => one.outerHTML.slice(0, 80))"
        )
        assert small == [], path
        await desk.checked(page)
