"""The station page in a real Chromium, on a real station: lists signed by a centre, no network, no camera."""

import asyncio
import os
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import expect

from checkpoint_agent.page.app import station_app
from checkpoint_agent.page.officers import add_officer
from checkpoint_agent.page.serving import a_server
from checkpoint_agent.settings import StationSettings
from checkpoint_agent.station import Station
from deploy.checks import free_port
from deploy.home import home_from_environment
from deploy.parts.front_end import ensure_axe
from schemas.events.registry import PolicyPublished
from schemas.events.verdict import DecisionCounted, RuleThatDecided, VerdictReached
from schemas.topics import POLICIES
from schemas.words import Outcome
from tests.browser.shared_loop import on_the_shared_loop
from tests.builders import DRIVER, NOON, a_policy, an_id
from tests.station_parts import (
    StandingClock,
    a_centre,
    a_green_lane_text,
    a_picture,
    a_test_text,
    all_published,
    an_identity,
    signed_record,
)


@on_the_shared_loop
async def station(tmp_path):
    centre = a_centre()
    port = free_port()
    a_picture(tmp_path / "lane.png", None)
    settings = StationSettings(
        home=tmp_path / "home",
        keys=tmp_path / "none",
        kafka_bootstrap="127.0.0.1:1",
        port=port,
        camera=str(tmp_path / "lane.png"),
    )
    station = Station(settings, an_identity(centre), clock=StandingClock(NOON))
    station.centre = centre
    station.listening.take(all_published(centre))
    server = a_server(station_app(station), settings)
    tasks = [asyncio.create_task(station.run()), asyncio.create_task(server.serve())]
    station.pin = add_officer(settings.home, "minh", "police")
    async with asyncio.timeout(10):
        while not server.started:  # noqa: ASYNC110  uvicorn tells it by nothing else
            await asyncio.sleep(0.02)
    yield station
    server.should_exit = True
    tasks[0].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    station.database.close()


@on_the_shared_loop
async def page(browser, station):
    page = await browser.new_page(viewport={"width": 1280, "height": 900})
    page.wrong = []
    page.on("console", lambda said: page.wrong.append(said.text) if "Content Security" in said.text else None)
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    await page.goto(f"http://127.0.0.1:{station.settings.port}/")
    await page.select_option("#officer_id", "minh")
    await page.fill("#pin", station.pin)
    await page.keyboard.press("Enter")
    await expect(page.locator("#part-head")).to_contain_text("Chốt cầu Rạch Miễu")
    # The page stands before its scripts run; nobody scans within that moment, but a test would.
    await page.wait_for_function("() => window.scanned && document.readyState === 'complete'")
    yield page
    assert page.wrong == []
    await page.close()


async def scan(page, text):
    """As a hand scanner does: fast keys and an Enter, whatever has the focus."""
    await page.evaluate(
        """text => { const keys = [...text, "Enter"].map(
               (key) => new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
             for (const key of keys) (document.activeElement || document.body).dispatchEvent(key); }""",
        text,
    )


async def test_one_rider_with_one_code_is_three_actions(page, station):
    await scan(page, a_test_text(DRIVER.model_copy(update={"number": None})))
    await expect(page.locator(".outcome .verb")).to_contain_text("CHO QUA")
    await page.fill("#plate", "71B1-234.56")
    await page.keyboard.press("F1")
    await expect(page.locator("#part-last tbody")).to_contain_text("chưa gửi")
    await expect(page.locator("#part-last td:nth-child(4)")).to_contain_text("CHO QUA")
    (row,) = station.crossings.recent()
    assert row.decision["outcome"] == "let_through"
    assert station.lane.known(row.crossing_id).plate == "71B1-234.56"


async def test_the_scanner_works_while_a_field_has_the_focus_and_leaves_it_as_it_was(page, station):
    await page.select_option("#vehicle_class", "truck")
    await page.focus("#telephone")
    await scan(page, a_green_lane_text())
    await expect(page.locator("#part-readings")).to_contain_text("giấy luồng xanh")
    assert await page.input_value("#telephone") == ""


async def test_plate_and_crew_of_the_pass_are_shown_only_after_the_officer_looked(page):
    await scan(page, a_green_lane_text())
    await expect(page.locator("#part-readings")).to_contain_text("giấy luồng xanh")
    text = await page.inner_text("#part-readings")
    assert "71C" not in text
    assert "Registered crew" not in text
    await page.fill("#plate", "71C-123.45")
    await page.fill("#cab", "2")
    await page.keyboard.press("Tab")
    await expect(page.locator("#part-readings")).to_contain_text("71C-123.45")
    await expect(page.locator("#part-readings")).to_contain_text("Registered crew")


async def test_a_decision_unlike_the_advice_asks_for_a_reason(page, station):
    await scan(page, "WIFI-OF-A-SHOP")
    await expect(page.locator(".outcome[data-outcome]")).to_be_visible()
    await page.keyboard.press("F1")
    await expect(page.locator("#said")).to_contain_text("chọn lý do")
    assert station.crossings.recent() == []
    await page.select_option("#reason", "CHECKED_BY_HAND")
    await page.keyboard.press("F1")
    await expect(page.locator("#part-last")).to_contain_text("CHO QUA")
    assert station.crossings.recent()[0].decision["reason"] == "CHECKED_BY_HAND"


async def test_the_verdict_that_comes_back_is_shown_and_a_recall_cannot_be_missed(page, station):
    await scan(page, a_test_text(DRIVER.model_copy(update={"number": None})))
    await expect(page.locator(".outcome .verb")).to_contain_text("CHO QUA")
    await page.keyboard.press("F1")
    await expect(page.locator("#part-last")).to_contain_text("chưa có kết luận")
    (row,) = station.crossings.recent()
    verdict = VerdictReached(
        event_id=row.crossing_id,
        occurred_at=NOON,
        revision=1,
        crossing_id=row.crossing_id,
        crossing_revision=1,
        station_id="rach-mieu-1",
        post_id="rach-mieu",
        outcome=Outcome.HOLD,
        reasons=("OCCUPANT_HEALTH",),
        rules=(RuleThatDecided(code="GL01", outcome=Outcome.HOLD, document="CV 1570/24-8-2021"),),
        policy_id="ben-tre",
        policy_version=7,
        judge_version="1",
        facts=(row.crossing_id,),
        counted=DecisionCounted(outcome=Outcome.LET_THROUGH),
    )
    station.crossings.keep_verdict(verdict, verdict.model_dump_json().encode(), NOON)
    station.lane.verdicts_came([verdict])
    await expect(page.locator(".outcome.hold .verb")).to_contain_text("GIỮ LẠI")
    await expect(page.locator("tr.recalled")).to_contain_text("KIỂM TRA LẠI")
    basis = page.locator("#rests-on")
    await expect(basis.locator("summary")).to_contain_text("ben-tre 7")
    await expect(basis).to_contain_text("CV 1570/24-8-2021")
    await expect(basis).to_contain_text(str(row.crossing_id))


async def test_a_mistyped_plate_is_corrected_by_a_later_record(page, station):
    await scan(page, a_test_text(DRIVER.model_copy(update={"number": None})))
    await expect(page.locator(".outcome .verb")).to_contain_text("CHO QUA")
    await page.fill("#plate", "71B1-234.56")
    await page.keyboard.press("F1")
    await page.fill("#plate-now", "71B1-234.57")
    await page.click("text=Gửi bản sửa")
    await expect(page.locator("#plate-now")).to_have_value("")
    (row,) = station.crossings.recent()
    assert (row.revision, station.lane.known(row.crossing_id).plate) == (2, "71B1-234.57")
    assert station.outbox.head().number == 3


async def test_the_outcome_is_at_least_56_px_and_every_target_at_least_48(page):
    await scan(page, a_green_lane_text())
    await expect(page.locator(".outcome .shape")).to_be_visible()
    size = await page.locator(".outcome .verb").evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
    heights = await page.locator("button:visible, select:visible, input:visible").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect().height)"
    )
    assert size >= 56
    assert min(heights) >= 48


def axe_source():
    return ensure_axe(home_from_environment()).read_text()


@pytest.mark.parametrize("theme", ["sun", "night"])
async def test_axe_finds_nothing(page, theme):
    await scan(page, a_green_lane_text())
    await expect(page.locator(".outcome .shape")).to_be_visible()
    if theme == "night":
        await page.keyboard.press("F8")
    await page.evaluate(axe_source())
    found = await page.evaluate(
        "() => axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']})"
        ".then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target).join(' ')))"
    )
    assert found == []


async def test_a_change_sheet_is_shown_until_the_shift_has_read_it(page, station):
    sheet = page.locator("section.sheet")
    await expect(sheet).to_have_count(1)
    await page.locator("section.sheet button").click()  # the bundle in force: read at the start of the shift
    await expect(sheet).to_have_count(0)
    tonight = a_policy(version=2, effective_at=NOON + timedelta(hours=12), look_back=timedelta(days=21))
    event = PolicyPublished(event_id=an_id("tonight"), occurred_at=NOON, revision=2, policy=tonight)
    station.listening.take([signed_record(station.centre, POLICIES, event)])
    station.changes.tell()
    await expect(sheet).to_contain_text("Từ 00:00 ngày 07/10/2021")
    await expect(sheet).to_contain_text("thời gian truy ngược")
    # it does not stand in the way of the next vehicle, and nothing is wrong with it
    await scan(page, a_green_lane_text())
    await expect(page.locator(".outcome .shape")).to_be_visible()
    await expect(sheet).to_be_visible()
    for theme in ("sun", "night"):
        await page.evaluate(axe_source())
        found = await page.evaluate("() => axe.run().then(r => r.violations.map(v => v.id))")
        assert found == [], theme
        await photographed(page, f"lane-sheet-{theme}")
        await page.keyboard.press("F8")
    await page.locator("section.sheet button").click()
    await expect(sheet).to_have_count(0)
    await page.reload()
    await expect(page.locator("#part-head")).to_contain_text("Chốt cầu Rạch Miễu")
    await expect(sheet).to_have_count(0)


async def photographed(page, name):
    """A picture for a person's eyes, on demand."""
    if folder := os.environ.get("CHOTXANH_TEST_PICTURES"):
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


async def test_the_page_says_that_it_is_offline_and_works_without_the_network(page):
    await expect(page.locator("#part-head")).to_contain_text("mất mạng")
    await expect(page.locator("#picture")).to_have_js_property("complete", True)


async def test_a_paper_without_a_code_counts_as_seen_by_the_officer(page, station):
    await page.select_option("#vehicle_class", "motorbike")
    await page.fill("#plate", "71B1-234.56")
    await page.keyboard.press("Tab")
    await page.click("#part-paper summary")
    await page.select_option("#whose", "new")
    await page.fill("#paper_name", "Trần Thị Mẫu")
    await page.fill("#sampled_at", "2021-10-06T08:00")
    await page.select_option("#test_kind", "pcr")
    await page.select_option("#test_outcome", "negative")
    await page.click("#part-paper button")
    await expect(page.locator("#part-readings")).to_contain_text("đã xem giấy")
    await expect(page.locator(".outcome .verb")).to_contain_text("CHO QUA")
    (read,) = station.lane.current.readings
    assert (read.reading.confidence, read.claims.seen_by, read.reading.occupant) == ("paper_seen", "minh", 1)


async def test_a_code_of_another_app_is_named_so_that_the_officer_can_say_what_was_shown(page):
    await scan(page, "https://zalo.me/g/abcdef")
    await expect(page.locator("#part-readings")).to_contain_text("Zalo")


async def test_a_person_is_changed_by_hand_and_the_destination_entered(page, station):
    await scan(page, a_test_text(DRIVER.model_copy(update={"number": None})))
    await page.click("#part-people summary")
    await page.fill("#name-1", "Nguyễn Văn Khác")
    await page.click("#part-people button")
    await expect(page.locator("#part-outcome")).to_contain_text("Tên trên các giấy không khớp")
    await page.fill("#destination_commune", "28810")
    await page.keyboard.press("Tab")
    async with asyncio.timeout(5):
        while station.lane.current.destination_commune != "28810":  # noqa: ASYNC110
            await asyncio.sleep(0.05)
