"""A what-if from the command line to its answer: real services, Kafka, PostgreSQL and a real worker."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from deploy import whatif_command
from deploy.refusals import CannotStart
from schemas.trust.signing import CentreSigner, CentreVerifier
from schemas.words import Direction, VehicleClass
from services.accounts.create import create_key
from services.database.connection import connect
from services.keys import CentreKeys
from stream_processors.database.migrate import migrate
from tests.builders import a_green_lane_reading, a_policy
from tests.integration.services.centre_parts import a_front_end, migrated
from tests.integration.services.serving import served
from tests.integration.stream_processors.province import POSTS_OF_TEST, Centre, Station, now
from tests.integration.stream_processors.running import Worker, environment, make_topics, send

DAY = timedelta(days=1)
CROSSINGS = 6


def keys_of(centre: Centre) -> CentreKeys:
    private = centre.signing.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    public = centre.signing.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return CentreKeys(
        opener=centre.opener,
        sealer=centre.sealer,
        signer=CentreSigner(private),
        verifier=CentreVerifier(public),
        master=centre.master,
    )


async def judged(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval("SELECT count(*) FROM processors.verdicts WHERE revision > 0")
    finally:
        await connection.close()


def a_motorbike(station: Station):
    reading = a_green_lane_reading(valid_from=now() - 5 * DAY, valid_until=now() + 5 * DAY)
    return station.crossing(
        readings=(reading,), direction=Direction.OUT, vehicle_class=VehicleClass.MOTORBIKE, at=now()
    )


@pytest.fixture
async def province(database, kafka, tmp_path):
    """Six motorbikes have left, and were judged; the services and a key are there."""
    centre = Centre()
    connection = await asyncpg.connect(database)
    await migrate(connection)
    await connection.close()
    await migrated(database)
    await make_topics(kafka)
    around = environment(
        database=database,
        kafka=kafka,
        keys=centre.write_keys(tmp_path / "keys"),
        ready_file=tmp_path / "ready",
    )
    worker = Worker(around, tmp_path / "worker.log")
    stations = [Station(centre, post_id) for post_id in POSTS_OF_TEST]
    await send(
        kafka,
        *(centre.post(post_id) for post_id in POSTS_OF_TEST),
        *(centre.enrolment(station) for station in stations),
        centre.policy(effective_at=datetime(2021, 1, 1, tzinfo=UTC)),
        *(a_motorbike(stations[0]) for _ in range(CROSSINGS)),
    )
    try:
        async with served(database, kafka, a_front_end(tmp_path / "front"), keys_of(centre)) as services:
            await worker.start()
            async with asyncio.timeout(60):
                while await judged(database) < CROSSINGS:  # noqa: ASYNC110  another process says so
                    await asyncio.sleep(0.1)
            yield services
    finally:
        worker.close()


@pytest.fixture
async def ask(database, province, tmp_path):
    """The command, with what it needs beside the draft."""
    conn = await connect(database)
    (tmp_path / "key").write_text(await create_key(conn, "command", ["whatif"]))
    await conn.close()

    async def asked(draft: dict, *more: str) -> int:
        (tmp_path / "draft.json").write_text(json.dumps(draft))
        period = ["--from", (now() - DAY).isoformat(), "--to", (now() + DAY).isoformat()]
        to = ["--services", province.url, "--key-file", str(tmp_path / "key")]
        return await asyncio.to_thread(
            whatif_command.main,
            ["--policy", str(tmp_path / "draft.json"), *period, *to, *more],
        )

    return asked


async def test_a_draft_that_asks_motorbikes_for_a_test_turns_them_back(ask, capsys):
    draft = a_policy(version=2, test_demands=({"vehicle_classes": (VehicleClass.MOTORBIKE,)},))
    assert await ask(draft.model_dump(mode="json"), "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    comparison = answer["comparison"]
    assert (answer["state"], answer["crossings"]) == ("done", CROSSINGS)
    assert (comparison["changed"], comparison["outcomes_after"]) == (CROSSINGS, {"turn_back": CROSSINGS})
    assert await ask(draft.model_dump(mode="json")) == 0
    assert f"{CROSSINGS} verdicts would change" in capsys.readouterr().out


async def test_a_draft_that_is_not_valid_is_refused_with_its_field(ask):
    with pytest.raises(CannotStart, match=r"422 REQUEST_NOT_VALID\)\n  policy.order"):
        await ask(a_policy().model_dump(mode="json") | {"order": ["hold"]})
