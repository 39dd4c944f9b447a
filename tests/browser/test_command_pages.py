"""The command's pages in a real Chromium: bundles, risk levels, what-if. Each checked by axe in both themes."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx
from playwright.async_api import expect

from schemas.policy.limits import Limits
from services.accounts.create import create_key
from services.intake.counts import take_crossing, take_health
from services.policies import limits
from services.policies import store as policies
from services.policies.past import Past
from services.questions.answers import take_answer
from tests.browser.axe import violations
from tests.browser.shared_loop import on_the_shared_loop
from tests.browser.test_queue_page import Desk, desk
from tests.builders import a_crossing, a_policy
from tests.integration.services.test_policy_desk import a_heartbeat
from tests.integration.services.test_registry_api import GOODS
from tests.integration.services.test_registry_tables import LEVELS, UNITS
from tests.integration.services.test_whatif_desk import an_answer
from tests.integration.services.test_zones_page import WRONG

__all__ = ["desk"]

NO_TRUCKS = {
    "acceptance": (
        {
            "code": "NO_TRUCKS",
            "about": "crossing",
            "when": {"vehicle_classes": ["truck"], "destination_levels": [4]},
            "logic": False,
            "sentence": {"vi": "Xe tải không được vào", "en": "no trucks"},
        },
    ),
    "codes": ({"code": "NO_TRUCKS", "outcome": "turn_back"},),
}


def now():
    return datetime.now(UTC).replace(microsecond=0)


def a_draft(**changes):
    return a_policy(**{"effective_at": now() + timedelta(hours=12)} | changes)


def as_text(policy):
    return json.dumps(policy.model_dump(mode="json"), ensure_ascii=False)


async def propose(page, draft):
    await page.fill("#draft", as_text(draft))
    await page.locator("#propose button.main").click()


async def looks_right(page, name):
    """axe finds nothing in either theme, targets are large enough; a picture for a person's eyes on demand."""
    for theme in ("sun", "night"):
        await expect(page.locator("html")).to_have_attribute("data-theme", theme)
        assert await violations(page) == [], name
        if folder := os.environ.get("CHOTXANH_TEST_PICTURES"):
            await page.screenshot(path=Path(folder) / f"{name}-{theme}.png", full_page=True)
        await page.locator("#theme").click()
    small = await page.evaluate(
        "() => [...document.querySelectorAll('button, .button, select, input:not([type=hidden])')]"
        ".filter(one => one.offsetParent && one.type !== 'checkbox' && one.offsetHeight < 48)"
        ".map(one => one.outerHTML.slice(0, 80))"
    )
    assert small == [], name
    wide = await page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, name


@on_the_shared_loop
async def lan(desk: Desk):
    page = await desk.logged_in("lan", "command", "/policies")
    yield page
    await desk.checked(page)


@on_the_shared_loop
async def minh(desk: Desk):
    page = await desk.logged_in("minh", "command", "/policies")
    yield page
    await desk.checked(page)


async def test_empty_pages_say_what_will_appear(lan, desk):
    for path in ("policies", "zones", "whatif"):
        await lan.goto(f"{desk.url}/{path}")
        await expect(lan.locator(".empty").first).to_be_visible()
        await looks_right(lan, f"{path}-empty")


async def test_one_proposes_a_second_approves_and_one_action_goes_back(lan, minh, desk):
    await propose(lan, a_draft(document="Công văn 1"))
    await expect(lan.locator("#waiting")).to_contain_text("Công văn 1")
    await expect(lan.locator("#waiting .main")).to_have_count(0)  # not by the one who proposed it
    await looks_right(lan, "policies-proposed")
    await minh.reload()
    await minh.locator("#waiting button.main").click()
    await expect(minh.locator("#published")).to_contain_text("Công văn 1")
    await expect(minh.locator("#waiting")).to_contain_text("Không có bộ quy định nào chờ duyệt")
    await propose(lan, a_draft(version=2, document="Công văn 2", look_back=timedelta(days=21)))
    await minh.reload()
    await minh.locator("#waiting button.main").click()
    async with desk.judge.centre.pool.acquire() as conn:
        for heartbeat in (a_heartbeat("rach-mieu-1", 1), a_heartbeat("rach-mieu-2", None)):
            await take_health(conn, heartbeat)
    await lan.goto(f"{desk.url}/policies")
    await expect(lan.locator("#holders")).to_contain_text("✘ 1")
    await looks_right(lan, "policies-published")
    await lan.locator("#published form button").click()
    await expect(lan.locator("#published tbody tr")).to_have_count(3)
    await expect(lan.locator("#published tbody tr").first).to_contain_text("Công văn 1")
    await lan.locator("#published a").nth(1).click()
    await expect(lan.locator("article.sheet")).to_contain_text("thời gian truy ngược")
    await looks_right(lan, "policies-sheet")


async def test_a_bundle_that_breaks_a_limit_is_refused_beside_its_field_and_kept_in_the_form(lan, desk):
    async with desk.judge.centre.pool.acquire() as conn, conn.transaction():
        await limits.keep(conn, Limits.model_validate_json(json.dumps(GOODS)), "test", now())
    await propose(lan, a_draft(**NO_TRUCKS))
    await expect(lan.locator("#wrong")).to_contain_text("policy.acceptance.0")
    await expect(lan.locator("#wrong")).to_contain_text("Nghị quyết 128/NQ-CP")
    assert "NO_TRUCKS" in await lan.input_value("#draft")
    await looks_right(lan, "policies-refused")


async def test_a_limit_that_came_later_is_a_warning_with_its_action(lan, desk):
    centre = desk.judge.centre
    async with centre.pool.acquire() as conn, conn.transaction():
        published = a_draft(effective_at=now() - timedelta(hours=1), **NO_TRUCKS)
        await policies.publish(centre, conn, published, "test", Past(nothing_judged=True))
        above = Limits.model_validate_json(json.dumps(GOODS))
        await limits.keep(conn, above, "test", now())
        await limits.note_breaks(conn, above, await policies.published(conn, most=None), now())
    await lan.reload()
    await expect(lan.locator("#breaks")).to_contain_text("Không cấm hàng hóa")
    await looks_right(lan, "policies-breaks-a-limit")
    await lan.locator("#breaks a").click()
    await expect(lan.locator("#propose")).to_be_in_viewport()


async def test_a_bundle_for_the_past_is_tried_then_proposed_from_what_was_shown(lan, minh, desk):
    async with desk.judge.centre.pool.acquire() as conn:
        await take_crossing(conn, a_crossing(occurred_at=now() - timedelta(hours=2)))
    await propose(lan, a_draft(effective_at=now() - timedelta(hours=5), document="Công văn 3"))
    await expect(lan.locator("#wrong")).to_contain_text("quá khứ")
    await looks_right(lan, "policies-past")
    await lan.locator("#show-past button").click()
    await expect(lan.locator("#whatif progress")).to_be_visible()
    await looks_right(lan, "whatif-waiting")
    await answered(desk, lan.url)
    await lan.locator("#propose-this button").click()  # the page takes the answer by itself
    await expect(lan.locator("#waiting")).to_contain_text("7 trong 10 kết luận sẽ khác")
    await minh.reload()
    await looks_right(minh, "policies-past-proposed")
    await minh.locator("#waiting button.main").click()
    await expect(minh.locator("#published")).to_contain_text("Công văn 3")


async def test_a_whatif_is_asked_watched_and_read(lan, desk):
    await lan.goto(f"{desk.url}/whatif")
    await lan.fill("#draft", "{}")
    await lan.locator("form.panel button.main").click()
    await expect(lan.locator("#wrong")).to_contain_text("signer")
    await looks_right(lan, "whatif-wrong")
    await lan.fill("#draft", as_text(a_draft()))
    await lan.locator("form.panel button.main").click()
    await expect(lan.locator("#whatif")).to_contain_text("0%")
    await answered(desk, lan.url)
    await expect(lan.locator("#changes")).to_contain_text("QUAY ĐẦU")
    await expect(lan.locator("#posts")).to_contain_text("rach-mieu")
    await looks_right(lan, "whatif-answered")


async def answered(desk, url):
    async with desk.judge.centre.pool.acquire() as conn:
        answer = an_answer(UUID(url.rsplit("/", 1)[1])).model_copy(update={"occurred_at": now()})
        await take_answer(conn, answer)


async def test_a_whatif_can_be_stopped(lan, desk):
    await lan.goto(f"{desk.url}/whatif")
    await lan.fill("#draft", as_text(a_draft()))
    await lan.locator("form.panel button.main").click()
    await lan.locator("#whatif form button").click()
    await expect(lan.locator("#whatif")).to_contain_text("Đang dừng theo yêu cầu của lan")


async def test_levels_come_by_a_table_with_every_wrong_row_in_words(lan, desk):
    async with desk.judge.centre.pool.acquire() as conn:
        await with_units(desk, conn)
    await lan.goto(f"{desk.url}/zones")
    await upload(lan, WRONG)
    await expect(lan.locator("#refused")).to_contain_text("99999,2,2021-10-06,QĐ 1")
    await expect(lan.locator("#refused")).to_contain_text("không có đơn vị này")
    await looks_right(lan, "zones-refused")
    await upload(lan, LEVELS)
    await expect(lan.locator(".said").first).to_contain_text("Đã ghi 1 văn bản")
    await lan.fill("input[name=unit]", "28810")
    await lan.locator("form.filters button").click()
    await expect(lan.locator("#found")).to_contain_text("Thị trấn Châu Thành")
    await looks_right(lan, "zones")


async def upload(page, table):
    content = {"name": "levels.csv", "mimeType": "text/csv", "buffer": table.encode()}
    await page.set_input_files("#upload input[type=file]", files=[content])
    await page.locator("#upload button").click()


async def with_units(desk, conn):
    key = await create_key(conn, "registrar", ("registry",))
    async with httpx.AsyncClient(base_url=desk.url, headers={"Authorization": f"Bearer {key}"}) as client:
        answer = await client.post("/v1/registry/units", content=UNITS, headers={"Content-Type": "text/csv"})
        assert answer.status_code == 201
