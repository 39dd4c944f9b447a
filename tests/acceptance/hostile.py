"""Records that somebody with a station's key, or with none, could send: each wrong in one way, the rest right."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from aiokafka import AIOKafkaProducer
from nacl.bindings import sodium_pad
from nacl.public import PublicKey
from nacl.public import SealedBox as NaClBox

from deploy.demo.policy import demo_policy
from deploy.keys import KeyFolder, Lane, make_keys
from deploy.simulator.plan_model import Plan
from deploy.simulator.registry_stream import enrolment_of
from deploy.simulator.stream import Record, events_of
from schemas.events.crossing import CrossingClosed
from schemas.topics import CROSSINGS
from schemas.trust.chain import MAC_HEADER, record_mac
from schemas.trust.sealing import BLOCK
from schemas.words import FactState

HOSTILE = Lane("pha-rach-mieu-2", "pha-rach-mieu", 2)
REVOKED = Lane("pha-rach-mieu-3", "pha-rach-mieu", 3)
NEVER_ENROLLED = Lane("pha-rach-mieu-4", "pha-rach-mieu", 4)
LANES = (HOSTILE, REVOKED, NEVER_ENROLLED)
Place = tuple[str, int, int]


def enrolments(keys: KeyFolder) -> list[dict[str, Any]]:
    """Of the first two lanes; of the second, that it is over, too."""
    make_keys(keys, LANES)
    revoked = enrolment_of(keys.read_station(REVOKED.station_id))
    return [
        enrolment_of(keys.read_station(HOSTILE.station_id)),
        revoked,
        revoked | {"revision": 2, "state": FactState.WITHDRAWN.value},
    ]


@dataclass(frozen=True)
class Attack:
    name: str
    reasons: frozenset[str]
    """Any of these is right: two programs say it in their own words, and the desk shows one."""
    record: Record


def attacks(made: Plan, keys: KeyFolder) -> tuple[list[Attack], list[Record]]:
    """One of each kind, and the good records among which they are sent: the first crossings, and the last."""
    records = list(events_of(made, keys, [demo_policy()]))
    own = [record for record in records if record.key == HOSTILE.station_id.encode()]
    first, other, last = own[0], own[2], own[-2:]
    hmac = keys.read_station(HOSTILE.station_id).hmac
    box_key = keys.read_station(HOSTILE.station_id).centre_sealing_public
    number = max(json.loads(record.value)["number"] for record in own)

    def changed(**fields: Any) -> Record:
        nonlocal number
        number += 1
        crossing_id = _other_id(first, number)
        own_fields = {"number": number, "event_id": crossing_id, "crossing_id": crossing_id}
        return _again(first, hmac, own_fields | fields)

    def by(lane: Lane) -> Record:
        return next(record for record in records if record.key == lane.station_id.encode())

    inside = {"record_id": _other_id(first, number + 1), "plate": "71C\x00-123.45", "claims": [], "occupants": []}
    found = [
        _attack("garbage", "RECORD_TYPE_UNKNOWN", Record(CROSSINGS.name, b"?", b"\x00\xff\xfe garbage", [])),
        _attack("cut off", "RECORD_NOT_VALID", replace(first, value=first.value[:-40])),
        _attack("NUL in the plate", "BOX_CONTENT_UNREADABLE", changed(sealed=_box(inside, box_key, first))),
        _attack("65 bits", "RECORD_NOT_VALID", changed(number=2**64 + 1)),
        _attack("year 2031", "TIME_IN_FUTURE", changed(occurred_at="2031-10-06T07:30:00.000Z")),
        # Later than anybody of the simulator's was born: the search for persons would take it for a birth date.
        _attack("year 2019", "RECORD_NOT_VALID", changed(occurred_at="2019-12-31T23:59:59.999Z")),
        _attack("number used before", "NUMBER_REPEATED", _again(first, hmac, {"officer_id": "another"})),
        _attack("box of another", "BOX_OF_ANOTHER_RECORD", changed(sealed=json.loads(other.value)["sealed"])),
        _attack("changed on the way", "MAC_WRONG STATION_MAC_WRONG", _changed_on_the_way(other)),
        _attack("revoked", "STATION_REVOKED", by(REVOKED)),
        _attack("unknown", "STATION_UNKNOWN STATION_NOT_ENROLLED", by(NEVER_ENROLLED)),
    ]
    return found, [*own[:-2], *last]


async def send_at(bootstrap: str, records: Sequence[Record]) -> list[Place]:
    """Where each came to stand."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()
    try:
        said = [
            await producer.send_and_wait(one.topic, key=one.key, value=one.value, headers=one.headers)
            for one in records
        ]
    finally:
        await producer.stop()
    return [(one.topic, one.partition, one.offset) for one in said]


def _attack(name: str, reasons: str, record: Record) -> Attack:
    return Attack(name, frozenset(reasons.split()), record)


def _again(record: Record, hmac: bytes, fields: dict[str, Any]) -> Record:
    """The same with other ``fields``, and with the MAC of the station that is said to have written it."""
    value = json.dumps(json.loads(record.value) | fields).encode()
    headers = [header for header in record.headers if header[0] != MAC_HEADER]
    mac = record_mac(hmac, record.topic, CrossingClosed.type_name, value)
    return replace(record, value=value, headers=[*headers, (MAC_HEADER, mac)])


def _changed_on_the_way(record: Record) -> Record:
    value = json.dumps(json.loads(record.value) | {"head_count": {"cab": 9, "cargo": 9}}).encode()
    return replace(record, value=value)


def _box(inside: dict[str, Any], public_key: bytes, like: Record) -> dict[str, str]:
    """Sealed as ``schemas`` would never seal it."""
    padded = sodium_pad(json.dumps(inside).encode(), BLOCK)
    box = base64.b64encode(NaClBox(PublicKey(public_key)).encrypt(padded)).decode()
    key_id: str = json.loads(like.value)["sealed"]["key_id"]
    return {"key_id": key_id, "box": box}


def _other_id(record: Record, number: int) -> str:
    """A crossing of its own for each attack."""
    own: str = json.loads(record.value)["event_id"]
    return f"{own[:24]}{number:012x}"
