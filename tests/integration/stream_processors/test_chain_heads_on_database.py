"""Stations sign the heads of their chains; the centre holds each against what stands here, and tells."""

from __future__ import annotations

import base64
import logging

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from schemas.events.operations import ChainHead
from schemas.events.registry import StationEnrolled
from schemas.topics import STATIONS
from schemas.trust.chain import record_hash, sign_head
from tests.integration.stream_processors.test_timer_that_ends_the_process import alarms, answer


@pytest.fixture
async def key(judge, centre, province):
    """Of the station at the bridge, enrolled anew with it."""
    key = Ed25519PrivateKey.generate()
    public = base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
    enrolled = StationEnrolled.model_validate_json(centre.enrolment(province["rach-mieu"], revision=2).value)
    await judge.takes(centre.signed(STATIONS, enrolled.model_copy(update={"signing_key": public})))
    return key


def head_of(station, key, *, sha256=None):
    sha256 = sha256 or station.previous
    signature = sign_head(key, station.station_id, 1, station.number, sha256)
    return {"head": ChainHead(number=station.number, record_sha256=sha256, signature=signature)}


async def states(judge):
    async with judge.pool.acquire() as connection:
        rows = await connection.fetch("SELECT number, state FROM chain_heads ORDER BY number, state")
    return [(row["number"], row["state"]) for row in rows]


async def test_heads_that_agree_are_quiet_and_the_newest_stands_for_all(judge, province, key, caplog):
    station = province["rach-mieu"]
    for _ in range(3):
        await judge.takes(station.crossing())
        await judge.takes(station.heartbeat(**head_of(station, key)))
    with caplog.at_level(logging.CRITICAL):
        await judge.timing.check_heads()
    assert await states(judge) == [(3, "right")]
    assert alarms(caplog) == []


async def test_a_head_whose_record_is_still_on_its_way_is_looked_at_when_it_has_come(judge, province, key, caplog):
    station = province["rach-mieu"]
    late = station.crossing()
    await judge.takes(station.heartbeat(**head_of(station, key)))
    await judge.timing.check_heads()
    assert await states(judge) == [(1, "signed")]
    await judge.takes(late)
    with caplog.at_level(logging.CRITICAL):
        await judge.timing.check_heads()
    assert await states(judge) == [(1, "right")]
    assert alarms(caplog) == []


async def test_a_record_that_the_station_did_not_write_is_told_once_and_shown(
    judge, province, key, caplog, migrated
):
    """Whoever has the centre's master key can make the HMAC, and not the signature."""
    station = province["rach-mieu"]
    before = station.number, station.previous
    await judge.takes(station.crossing())  # in its name
    station.number, station.previous = before
    own = station.crossing()
    await judge.takes(station.heartbeat(**head_of(station, key, sha256=record_hash(own.value))))
    with caplog.at_level(logging.CRITICAL):
        await judge.timing.check_heads()
        await judge.timing.check_heads()
    assert alarms(caplog) == ["the signed head of a station's chain does not agree"]
    assert await states(judge) == [(1, "other_record")]
    assert await answer(migrated, "waiting") == ["signed head of station rach-mieu-1, number 1: other_record"]


async def test_a_head_that_another_signed_is_told(judge, province, key, caplog):
    station = province["rach-mieu"]
    await judge.takes(station.crossing())
    await judge.takes(station.heartbeat(**head_of(station, Ed25519PrivateKey.generate())))
    with caplog.at_level(logging.CRITICAL):
        await judge.timing.check_heads()
    assert await states(judge) == [(1, "signature_wrong")]
    assert len(alarms(caplog)) == 1


async def test_a_heartbeat_without_a_head_asks_for_nothing(judge, province):
    await judge.takes(province["rach-mieu"].heartbeat())
    await judge.timing.check_heads()
    assert await states(judge) == []
