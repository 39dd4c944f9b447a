"""The sheet-driven officer with a real decoder child and real pictures, and no network at all."""

import asyncio
import contextlib
import json
import time
from datetime import timedelta

import pytest

from checkpoint_agent.settings import StationSettings
from checkpoint_agent.station import Station
from schemas.events.crossing import CrossingSecrets
from schemas.topics import CROSSINGS, DECISIONS, decode
from tests.builders import DRIVER, NOON
from tests.station_parts import (
    STRANGER,
    a_centre,
    a_green_lane_text,
    a_picture,
    a_sheet,
    a_test_text,
    all_published,
    an_identity,
    put_sheet,
)


@pytest.fixture(scope="module")
def centre():
    return a_centre()


@pytest.fixture(scope="module")
def identity(centre):
    return an_identity(centre)


@contextlib.asynccontextmanager
async def a_station(tmp_path, centre, identity):
    """Working its sheets, with lists and without Kafka."""
    settings = StationSettings(
        home=tmp_path / "home",
        keys=tmp_path / "none",
        kafka_bootstrap="127.0.0.1:1",
        port=0,
        sheets=tmp_path / "sheets",
    )
    (tmp_path / "sheets").mkdir(exist_ok=True)
    station = Station(settings, identity)
    station.listening.take(all_published(centre))
    running = asyncio.create_task(station.run())
    try:
        yield station
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        station.database.close()


async def until_done(tmp_path, count, within_s=20):
    async with asyncio.timeout(within_s):
        while len(list((tmp_path / "sheets" / "done").glob("*.sheet.json"))) < count:  # noqa: ASYNC110  files
            await asyncio.sleep(0.02)


def put_clean(folder, sheet_id, **changes):
    person = DRIVER.model_copy(update={"number": None})
    a_picture(folder / f"{sheet_id}-1.png", a_green_lane_text())
    a_picture(folder / f"{sheet_id}-2.png", a_test_text(person))
    pictures = [{"file": f"{sheet_id}-1.png", "occupant": None}, {"file": f"{sheet_id}-2.png", "occupant": 1}]
    put_sheet(folder, a_sheet(sheet_id, pictures=pictures, **changes))


async def test_a_picture_becomes_a_sealed_crossing_and_a_decision(tmp_path, centre, identity):
    async with a_station(tmp_path, centre, identity) as station:
        put_clean(tmp_path / "sheets", "s1")
        await until_done(tmp_path, 1)
        closed, decision = (
            decode(topic, w.value, w.headers)
            for topic, w in zip((CROSSINGS, DECISIONS), station.outbox.oldest(10), strict=True)
        )
        (row,) = station.crossings.recent()

    assert [r.status for r in closed.readings] == ["accepted", "accepted"]
    assert closed.advice.outcome == "let_through"
    assert (closed.occurred_at, closed.inspection.draw_counter) == (NOON + timedelta(minutes=1), 1)
    assert (decision.outcome, decision.shown.what, decision.number) == ("let_through", "advice", 2)
    secrets = centre.opener().open(closed.sealed, closed.event_id, CrossingSecrets)
    assert secrets.plate == "71C-123.45"
    assert secrets.occupants[0].person.name == DRIVER.name
    assert (row.sheet_id, row.written, row.sent, row.decision["outcome"]) == ("s1", True, False, "let_through")


async def test_nothing_that_names_anybody_is_on_the_stations_disk(tmp_path, centre, identity):
    async with a_station(tmp_path, centre, identity):
        put_clean(tmp_path / "sheets", "s1")
        await until_done(tmp_path, 1)
        files = [path.read_bytes() for path in (tmp_path / "home").iterdir()]
    for planted in ("71C-123.45", "71C12345", DRIVER.name, "Nguyễn", DRIVER.birth_date, "BT-000001", "URN:UVCI"):
        assert not any(planted.encode() in content for content in files), "planted text is on the disk"


@pytest.mark.parametrize(
    ("text", "kind", "status", "reason"),
    [
        (None, "unknown", "could_not_check", "NO_CODE_SEEN"),
        ("WIFI-OF-A-SHOP", "unknown", "could_not_check", "CODE_UNKNOWN"),
        ("HC1:NOT BASE45 ???", "health_pass", "rejected", "PASS_BASE45_BROKEN"),
        ("forged", "green_lane_pass", "rejected", "PASS_SIGNATURE_WRONG"),
        ("expired", "green_lane_pass", "rejected", "PASS_EXPIRED"),
    ],
)
async def test_a_picture_that_proves_nothing_gives_its_reason(
    tmp_path, centre, identity, text, kind, status, reason
):
    if text == "forged":
        forged = type(STRANGER)(STRANGER.private_pem, STRANGER.entry.model_copy(update={}))
        from tests.station_parts import ISSUER

        same_id = STRANGER.entry.model_copy(update={"key_id": ISSUER.entry.key_id})
        text = a_green_lane_text(key=type(forged)(STRANGER.private_pem, same_id))
    elif text == "expired":
        text = a_green_lane_text(valid_until=NOON - timedelta(days=1))
    async with a_station(tmp_path, centre, identity) as station:
        folder = tmp_path / "sheets"
        a_picture(folder / "p.png", text)
        put_sheet(folder, a_sheet("s1", pictures=[{"file": "p.png", "occupant": None}]))
        await until_done(tmp_path, 1)
        (row,) = station.crossings.recent()
    (reading,) = row.readings
    assert (reading["kind"], reading["status"], reading["reason"]) == (kind, status, reason)


async def test_a_broken_picture_and_a_broken_sheet_stop_nothing(tmp_path, centre, identity):
    async with a_station(tmp_path, centre, identity) as station:
        folder = tmp_path / "sheets"
        (folder / "a.sheet.json").write_text(json.dumps({"sheet_id": "a", "plate": 5}))
        (folder / "p.png").write_bytes(b"no picture")
        put_sheet(folder, a_sheet("b", pictures=[{"file": "p.png", "occupant": None}]))
        await until_done(tmp_path, 1)
        (row,) = station.crossings.recent()
    assert row.readings[0]["reason"] == "PICTURE_BROKEN"
    assert [path.name for path in (folder / "refused").iterdir()] == ["a.sheet.json"]


async def test_a_sheet_that_is_done_twice_is_written_once(tmp_path, centre, identity):
    """As after a kill -9 between the last record and the moving of the sheet."""
    async with a_station(tmp_path, centre, identity) as station:
        put_clean(tmp_path / "sheets", "s1", correction=None)
        await until_done(tmp_path, 1)
        first = station.outbox.oldest(10)
    done = tmp_path / "sheets" / "done"
    for path in sorted(done.iterdir(), reverse=True):
        path.rename(tmp_path / "sheets" / path.name)
    async with a_station(tmp_path, centre, identity) as station:
        await until_done(tmp_path, 1)
        assert station.outbox.oldest(10) == first


async def test_a_sheet_cut_off_by_a_restart_is_gone_on_with_and_not_abandoned(tmp_path, centre, identity):
    from checkpoint_agent.headless.officer import crossing_id_of
    from checkpoint_agent.outbox import Crossings, Database

    (tmp_path / "home").mkdir()
    database = Database(tmp_path / "home")
    Crossings(database).open(crossing_id_of("rach-mieu-1", "s1", NOON), NOON, sheet_id="s1")
    Crossings(database).open(crossing_id_of("rach-mieu-1", "lost", NOON), NOON, sheet_id="lost")
    database.close()
    (tmp_path / "sheets").mkdir()
    put_clean(tmp_path / "sheets", "s1")
    async with a_station(tmp_path, centre, identity) as station:
        await until_done(tmp_path, 1)
        events = [
            decode(DECISIONS if "decisions" in w.topic else CROSSINGS, w.value, w.headers)
            for w in station.outbox.oldest(10)
        ]
    assert [type(e).__name__ for e in events] == ["CrossingAbandoned", "CrossingClosed", "DecisionMade"]
    assert (events[0].reason, events[0].draw_counter, events[1].inspection.draw_counter) == (
        "STATION_RESTARTED",
        2,
        1,
    )


async def test_a_correction_is_a_later_revision_with_a_box_of_its_own(tmp_path, centre, identity):
    correction = {
        "at": (NOON + timedelta(minutes=5)).isoformat(),
        "reason": "MISTYPED_PLATE",
        "changes": {"plate": "71C-999.99"},
    }
    async with a_station(tmp_path, centre, identity) as station:
        put_clean(tmp_path / "sheets", "s1", correction=correction, decision="check_more")
        await until_done(tmp_path, 1)
        waiting = station.outbox.oldest(10)
    corrected = decode(CROSSINGS, waiting[2].value, waiting[2].headers)
    secrets = centre.opener().open(corrected.sealed, corrected.event_id, CrossingSecrets)
    assert (corrected.revision, corrected.reason, secrets.plate) == (2, "MISTYPED_PLATE", "71C-999.99")
    assert decode(DECISIONS, waiting[1].value, waiting[1].headers).reason == "OTHER"


async def test_ten_crossings_a_second(tmp_path, centre, identity):
    async with a_station(tmp_path, centre, identity):
        folder = tmp_path / "sheets"
        for number in range(30):
            a_picture(folder / f"{number:03}.jpg", a_green_lane_text(pass_number=f"BT-{number:06}"))
        started = time.monotonic()
        for number in range(30):
            pictures = [{"file": f"{number:03}.jpg", "occupant": None}]
            put_sheet(folder, a_sheet(f"s{number:03}", pictures=pictures))
        await until_done(tmp_path, 30)
        per_s = 30 / (time.monotonic() - started)
    assert per_s >= 5, f"{per_s:.1f} crossings a second"
