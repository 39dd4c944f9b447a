"""After the runs: no file, row, record or log names anybody who was planted, in any form of writing.

Apart from the simulated camera's pictures, the scripted officer's sheets and the simulator's truth, which are
what the province is tested with and no part of it.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from checkpoint_agent.outbox.database import FILE_NAME
from deploy.checking.topics_read import all_records
from deploy.demo.posts import SIMULATED
from deploy.running.logins import METRICS_KEY
from deploy.running.programs import simulator_folder
from deploy.simulator.plan_model import GreenLanePass, Plan
from deploy.simulator.truth import planted_in
from tests.acceptance.needles import FIRST, Needles, forms
from tests.acceptance.places import Place, files_under, records_of, rows_of_postgresql, rows_of_sqlite
from tests.acceptance.province import Province
from tests.acceptance.the_five_hundred import FiveHundred
from tests.acceptance.the_morning import Morning

CANARY = "Hoàng Thị Bạch Yến, 71C-999.99"


def planted(plans: list[Plan]) -> set[str]:
    return {text for plan in plans for said in _said(plan) for text in _ways_to_write(said)}


def _said(plan: Plan) -> Iterator[str]:
    for crossing in plan.crossings:
        yield from planted_in(crossing)
        for aboard in crossing.occupants:
            yield from _birth_dates(aboard.person.birth_date)
            yield aboard.person.on_own_pass.masked_number or aboard.person.number
        yield from (shown.paper.carrier for shown in crossing.shown if isinstance(shown.paper, GreenLanePass))


def _birth_dates(born: date) -> Iterator[str]:
    yield from (born.isoformat(), f"{born:%d%m%Y}", f"{born:%d/%m/%Y}", f"{born:%d-%m-%Y}", f"{born:%Y%m%d}")


def _ways_to_write(text: str) -> Iterator[str]:
    """As it stands; without accents, in capitals; without what separates the parts of a plate or number."""
    bare = "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))
    for written in (text, unicodedata.normalize("NFD", text), bare.replace("Đ", "D").replace("đ", "d")):
        yield from (written, written.upper(), written.casefold())
    together = "".join(letter for letter in text if letter.isalnum())
    if any(letter.isdigit() for letter in text) and FIRST <= len(together) < 20:  # six digits are any number
        yield from (together, together.casefold())


def everything(province: Province) -> Iterator[Place]:
    home = province.machine.home
    yield from province.run(rows_of_postgresql(province.machine.parts.database_url))
    for database in (home.data / "stations").glob(f"*/{FILE_NAME}"):
        yield from rows_of_sqlite(database)
    yield from records_of(province.records())
    yield from metrics_of(province)
    yield from files_under(home.root, but=[home.root / "cache", simulator_folder(home)])


def metrics_of(province: Province) -> Iterator[Place]:
    """What each program tells Prometheus."""
    machine, keys = province.machine, province.logins
    places = {machine.services_url: keys.keys[METRICS_KEY], machine.worker_url(1): keys.keys[METRICS_KEY]}
    places |= {machine.station_url(lane): keys.stations[lane.station_id].device_key for lane in SIMULATED}
    for url, key in places.items():
        headers = {"Authorization": f"Bearer {key}"}
        answer = httpx.get(f"{url}/metrics", headers=headers, trust_env=False, timeout=30).raise_for_status()
        yield f"metrics of {url}", answer.content


def found(needles: Needles, places: Iterator[Place]) -> dict[str, set[str]]:
    seen: dict[str, set[str]] = defaultdict(set)
    for name, content in places:
        if there := needles.found_in(content):
            seen[name] |= there
    return dict(seen)


def test_nobody_who_was_planted_is_named_anywhere(
    province: Province, morning: Morning, five_hundred: FiveHundred
) -> None:
    searched: list[str] = []

    def noted() -> Iterator[Place]:
        for name, content in everything(province):
            searched.append(name)
            yield name, content

    assert found(Needles(planted(province.plans)), noted()) == {}
    for part in (
        "/postgres/",
        "/kafka/",
        "/logs/",
        "/stations/",
        "metrics of http",
        "topic crossings.v1",
        "table services.",
        "table processors.",
    ):
        assert any(part in name for name in searched), part
    assert any(name.endswith(".log") and "station-" in name for name in searched)


@pytest.mark.parametrize("form", list(dict.fromkeys(forms(CANARY))))
def test_the_search_finds_a_canary_in_a_copy_of_a_log(province: Province, tmp_path: Path, form: bytes) -> None:
    log = province.machine.home.logs / "services.log"
    copy = tmp_path / "deep" / "services.log"
    copy.parent.mkdir()
    copy.write_bytes(log.read_bytes() + b"{" + form + b"}" + log.read_bytes())
    assert found(Needles([CANARY]), files_under(tmp_path)) == {str(copy): {CANARY}}


def test_the_search_finds_a_canary_behind_a_hole_and_across_two_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.acceptance.places.AT_ONCE", 2**20)
    with (tmp_path / "segment").open("wb") as file:
        file.seek(30 * 2**20 - 7)
        file.write(CANARY.encode())
    assert found(Needles([CANARY]), files_under(tmp_path)) == {str(tmp_path / "segment"): {CANARY}}


def test_the_search_finds_a_canary_in_a_compressed_record_and_a_compressed_row(province: Province) -> None:
    """On a topic and in a database of their own; nobody who was planted bears the canary's name."""

    async def plant() -> list[Place]:
        admin = AIOKafkaAdminClient(bootstrap_servers=province.bootstrap)
        await admin.start()
        await admin.create_topics([NewTopic("canary", 1, 1)])
        async with AIOKafkaProducer(bootstrap_servers=province.bootstrap, compression_type="gzip") as producer:
            await producer.send_and_wait("canary", b"", headers=[("note", CANARY.encode())])
        given = await asyncpg.connect(province.machine.parts.database_url)
        await given.execute("CREATE DATABASE canary")
        url = urlsplit(province.machine.parts.database_url)._replace(path="/canary").geturl()
        connection = await asyncpg.connect(url)
        await connection.execute("CREATE TABLE canary (text text)")
        await connection.execute("INSERT INTO canary VALUES ($1)", CANARY * 1000)
        await connection.close()
        try:
            records = await all_records(province.bootstrap, ["canary"])
            return [*await rows_of_postgresql(url), *records_of(records)]
        finally:
            await given.execute("DROP DATABASE canary")
            await given.close()
            await admin.delete_topics(["canary"])
            await admin.close()

    planted_there = province.run(plant())
    assert found(Needles([CANARY]), iter(planted_there)) == {
        "table public.canary": {CANARY},
        "topic canary": {CANARY},
    }
