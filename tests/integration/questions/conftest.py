"""A province whose motorbikes were judged by a real worker through real Kafka, and the services to ask of it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from schemas.trust.signing import CentreSigner, CentreVerifier
from schemas.words import Direction, VehicleClass
from services.keys import CentreKeys
from stream_processors.database.migrate import migrate
from tests.builders import a_green_lane_reading
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


async def verdicts_in(url: str) -> int:
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
                while await verdicts_in(database) < CROSSINGS:  # noqa: ASYNC110  another process says so
                    await asyncio.sleep(0.1)
            yield services
    finally:
        worker.close()


@pytest.fixture
def period() -> list[str]:
    """The options of a command line that all crossings of the province are in."""
    return ["--from", (now() - DAY).isoformat(), "--to", (now() + DAY).isoformat()]
