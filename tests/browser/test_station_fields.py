"""What the officer enters about seal, boat trip and ordered change reaches the record, through a real Chromium."""

from __future__ import annotations

import asyncio

from playwright.async_api import expect

from schemas.events.crossing import ChangeOrdered
from schemas.topics import CROSSINGS, decode
from schemas.words import CargoSpace, OrderedChange
from tests.browser.test_station_page import axe_source, page, scan, station
from tests.builders import DRIVER
from tests.station_parts import a_test_text

__all__ = ["page", "station"]


async def a_rider_is_read(page, plate):
    await scan(page, a_test_text(DRIVER.model_copy(update={"number": None})))
    await expect(page.locator(".outcome .verb")).to_contain_text("CHO QUA")
    await page.fill("#plate", plate)


async def leave(page, field):
    """As a person does, by the next field; what was entered is then with the station."""
    await page.focus(field)
    await page.keyboard.press("Tab")


async def entered(station, **expected):
    def now():
        current = station.lane.current
        return {name: getattr(current, name) for name in expected} if current else {}

    async with asyncio.timeout(10):
        while now() != expected:  # noqa: ASYNC110  the page sends when a field is left
            await asyncio.sleep(0.02)


async def closed(page, station):
    """Closed and decided as advised; the record as it is on the disk, ready to be sent."""
    before = len(station.crossings.recent())
    await page.keyboard.press("F1")
    await expect(page.locator("#part-last tr[data-crossing] .states")).to_have_count(before + 1, timeout=15_000)
    written = [one for one in station.outbox.oldest(10) if one.topic == CROSSINGS.name]
    return decode(CROSSINGS, written[-1].value, written[-1].headers)


async def test_seal_trip_and_ordered_change_reach_the_record(page, station):
    await a_rider_is_read(page, "71C-123.45")
    await page.select_option("#cargo_space", "seal_put_on")
    await page.fill("#seal_number", "BT-000123")
    await page.fill("#trip_id", "pha-dinh-khao-0730")
    await page.select_option("#ordered_change", "change_of_driver")
    await page.fill("#ordered_document", "3111/UBND-KT")
    await leave(page, "#ordered_document")
    ordered = ChangeOrdered(change=OrderedChange.CHANGE_OF_DRIVER, document="3111/UBND-KT")
    await entered(station, seal_number="BT-000123", trip_id="pha-dinh-khao-0730", ordered_change=ordered)
    await page.evaluate(axe_source())
    assert await page.evaluate("() => axe.run().then(r => r.violations.map(v => v.id))") == []
    record = await closed(page, station)
    assert (record.inspection.cargo_space, record.inspection.seal_number) == (CargoSpace.SEAL_PUT_ON, "BT-000123")
    assert record.trip_id == "pha-dinh-khao-0730"
    assert record.ordered_change == ordered


async def test_what_is_taken_back_before_the_end_is_not_in_the_record(page, station):
    await a_rider_is_read(page, "71C-123.45")
    await page.fill("#trip_id", "pha-dinh-khao-0730")
    await page.select_option("#ordered_change", "diversion")
    await page.fill("#ordered_document", "TB-12")
    await leave(page, "#ordered_document")
    ordered = ChangeOrdered(change=OrderedChange.DIVERSION, document="TB-12")
    await entered(station, trip_id="pha-dinh-khao-0730", ordered_change=ordered)
    await page.fill("#trip_id", "")
    await page.select_option("#ordered_change", "")
    await leave(page, "#ordered_change")
    await entered(station, trip_id=None, ordered_change=None)
    record = await closed(page, station)
    assert (record.trip_id, record.ordered_change) == (None, None)


async def test_a_document_that_orders_nothing_is_said_and_leads_to_what_is_missing(page, station):
    await a_rider_is_read(page, "71C-123.45")
    await page.fill("#ordered_document", "TB-12")
    await leave(page, "#ordered_document")
    await expect(page.locator("#said")).not_to_be_empty()
    await expect(page.locator("#ordered_change")).to_be_focused()
    assert station.lane.current.ordered_change is None


async def test_a_field_that_is_too_long_is_said_and_nothing_of_it_is_kept(page, station):
    await a_rider_is_read(page, "71C-123.45")
    await leave(page, "#plate")
    await entered(station, plate="71C-123.45")
    await page.evaluate("() => document.getElementById('seal_number').removeAttribute('maxlength')")
    await page.select_option("#cargo_space", "seal_checked")
    await page.fill("#seal_number", "B" * 41)
    await leave(page, "#seal_number")
    await expect(page.locator("#said")).not_to_be_empty()
    assert station.lane.current.seal_number is None


async def test_the_next_vehicle_begins_without_the_former_ones_seal_trip_and_order(page, station):
    await a_rider_is_read(page, "71C-123.45")
    await page.select_option("#cargo_space", "seal_checked")
    await page.fill("#seal_number", "BT-000123")
    await page.fill("#trip_id", "pha-dinh-khao-0730")
    await page.select_option("#ordered_change", "trans_shipment")
    await page.fill("#ordered_document", "TB-12")
    await leave(page, "#ordered_document")
    ordered = ChangeOrdered(change=OrderedChange.TRANS_SHIPMENT, document="TB-12")
    await entered(station, seal_number="BT-000123", trip_id="pha-dinh-khao-0730", ordered_change=ordered)
    await closed(page, station)
    await scan(page, a_test_text(DRIVER.model_copy(update={"number": None, "name": "Trần Thị Mẫu"})))
    await expect(page.locator("#part-people")).to_contain_text("Trần")
    for field in ("seal_number", "trip_id", "ordered_change", "ordered_document"):
        assert await page.input_value(f"#{field}") == "", field
    record = await closed(page, station)
    assert (record.inspection.seal_number if record.inspection else None) is None
    assert (record.trip_id, record.ordered_change) == (None, None)


async def test_what_is_entered_belongs_to_its_own_vehicle_however_slowly_it_arrives(page, station):
    async def slowly(route):
        await asyncio.sleep(0.5)
        await route.continue_()

    await a_rider_is_read(page, "71C-123.45")
    await leave(page, "#plate")
    await entered(station, plate="71C-123.45")
    await page.route("**/crossing/fields", slowly)
    await page.select_option("#cargo_space", "seal_checked")
    await page.fill("#seal_number", "BT-000123")
    await leave(page, "#seal_number")
    record = await closed(page, station)
    assert (record.inspection.cargo_space, record.inspection.seal_number) == (CargoSpace.SEAL_CHECKED, "BT-000123")
    assert station.lane.current.crossing_id == record.crossing_id


async def test_what_was_meant_for_a_vehicle_that_is_gone_is_said_and_begins_no_crossing(page, station):
    """From another window at this lane, which has not heard yet."""
    await a_rider_is_read(page, "71C-123.45")
    await leave(page, "#plate")
    await entered(station, plate="71C-123.45")
    record = await closed(page, station)
    late = """crossing => { const form = new FormData();
        form.set("csrf", document.querySelector("main").dataset.csrf);
        form.set("crossing", crossing); form.set("seal_number", "BT-000123");
        return fetch("/crossing/fields", {method: "POST", body: form, headers: {accept: "application/json"}})
            .then(async answer => [answer.status, (await answer.json()).code]); }"""
    assert await page.evaluate(late, str(record.crossing_id)) == [409, "SCREEN_CHANGED"]
    assert station.lane.current.crossing_id == record.crossing_id
    assert station.lane.current.seal_number is None
