"""The command closes a ferry between two posts and opens it again, in a real Chromium, by the keyboard alone."""

from __future__ import annotations

import httpx
from playwright.async_api import expect

from schemas.events.registry import NoticePublished
from services.accounts.create import create_key
from tests.browser.shared_loop import on_the_shared_loop
from tests.browser.test_command_pages import looks_right
from tests.browser.test_queue_page import Desk, desk
from tests.integration.services.test_registry_api import a_post

__all__ = ["desk"]


@on_the_shared_loop
async def lan(desk: Desk):
    async with desk.judge.centre.pool.acquire() as conn:
        key = await create_key(conn, "registrar", ("registry",))
    async with httpx.AsyncClient(base_url=desk.url, headers={"Authorization": f"Bearer {key}"}) as client:
        for post_id, name in (("rach-mieu", "Rạch Miễu"), ("co-chien", "Cổ Chiên")):
            answer = await client.post("/v1/registry/posts", json=a_post() | {"post_id": post_id, "name": name})
            assert answer.status_code == 201
    page = await desk.logged_in("lan", "command", "/notices")
    yield page
    await desk.checked(page)


async def in_the_registry(desk):
    async with desk.judge.centre.pool.acquire() as conn:
        rows = await conn.fetch("SELECT value FROM registry WHERE kind = 'notices' ORDER BY revision")
    return [NoticePublished.model_validate_json(row["value"]) for row in rows]


async def test_a_ferry_is_closed_and_opened_again_by_the_keyboard(lan, desk):
    keys = lan.keyboard
    await expect(lan.locator("#standing .empty")).to_be_visible()
    await looks_right(lan, "notices-empty")
    await lan.locator("a[href='#close-road']").focus()
    await keys.press("Enter")  # to the form, which is where Tab goes on from
    await keys.press("Tab")
    await expect(lan.locator("#close-road input[name=road]")).to_be_focused()
    await keys.type("Phà Rạch Miễu")
    for down in (2, 1):
        await keys.press("Tab")
        for _ in range(down):
            await keys.press("ArrowDown")
    for typed in ("TB-12", "UBND tỉnh"):
        await keys.press("Tab")
        await keys.type(typed)
    await keys.press("Enter")
    row = lan.locator("#standing tbody tr")
    await expect(row).to_contain_text("Phà Rạch Miễu: Rạch Miễu ↔ Cổ Chiên")
    await expect(row).to_contain_text("đang có hiệu lực")
    await expect(row).to_contain_text("in force")
    await expect(lan.locator("nav [aria-current]")).to_contain_text("Thông báo")
    await looks_right(lan, "notices")
    await row.locator("button.main").focus()
    await keys.press("Enter")
    await expect(row).to_contain_text("đã hết")
    await expect(row.locator("button.main")).to_have_count(0)
    closed, opened = await in_the_registry(desk)
    assert (closed.road, closed.ends_at) == ("Phà Rạch Miễu", None)
    assert (closed.post_id, closed.other_post_id) == ("rach-mieu", "co-chien")
    assert (opened.notice_id, opened.ends_at) == (closed.notice_id, opened.occurred_at)


async def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_is_kept(lan, desk):
    form = lan.locator("#close-road")
    await form.locator("[name=road]").fill("Phà Rạch Miễu")
    for name in ("post_id", "other_post_id"):
        await form.locator(f"[name={name}]").select_option("rach-mieu")
    await form.locator("[name=document]").fill("TB-12")
    await form.locator("[name=issuer]").fill("UBND tỉnh")
    await form.locator("[name=effective_at]").fill("2021-10-06T07:30")
    await form.locator("button.main").click()
    await expect(form.locator(".wrong-field")).to_contain_text("chọn một chốt khác")
    await expect(lan.locator("#at-post .wrong-field")).to_have_count(0)
    assert await form.locator("[name=effective_at]").input_value() == "2021-10-06T07:30"
    await looks_right(lan, "notices-refused")
    await form.locator("[name=other_post_id]").select_option("co-chien")
    await form.locator("button.main").click()
    await expect(lan.locator("#standing tbody tr")).to_contain_text("07:30 06/10/2021")
    (closed,) = await in_the_registry(desk)
    assert closed.effective_at.isoformat() == "2021-10-06T00:30:00+00:00"  # as typed, in Bến Tre
