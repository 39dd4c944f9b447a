"""Whether a record can be believed and read. No database: what stations are enrolled is passed in.

Unreadable          the record is at fault: buried, with its reason
└── NotBelieved     and its origin too: counted against the station that it names
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas import topics
from schemas.events.base import Event, StationEvent, Trust
from schemas.events.operations import StationHealth
from schemas.topics import Topic, Unreadable, decode, header
from schemas.trust.again import corrected_of
from schemas.trust.chain import MAC_HEADER, mac_is_right
from schemas.trust.signing import SIGNATURE_HEADER
from services.keys import CentreKeys

MOST_AHEAD = timedelta(hours=24)
"""A station's time later than this after its arrival is not taken at all."""

READ = (
    topics.FINDINGS,
    topics.REFERRALS,
    topics.RECALLS,
    topics.VERDICTS,
    topics.CROSSINGS,
    topics.DECISIONS,
    topics.TEST_RESULTS,
    topics.STATION_HEALTH,
    topics.DEAD_LETTERS,
    topics.WHATIF_RESULTS,
    topics.SELF_CHECKS,
    topics.POSTS,
    topics.STATIONS,
    topics.ZONES,
    topics.LISTS,
    topics.NOTICES,
    topics.POLICIES,
    topics.VEHICLE_PASSES,
)
"""What the services read; the registry's own topics too, so that a lost database fills itself again."""

NAMES = re.compile("|".join(re.escape(topic.name).replace("<post>", "[a-z0-9-]+") for topic in READ))
"""Every topic that is subscribed to, those of posts to come included."""


@dataclass(frozen=True)
class Record:
    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]

    @property
    def place(self) -> tuple[str, int, int]:
        return (self.topic, self.partition, self.offset)


@dataclass(frozen=True)
class Enrolled:
    """One enrolment of a station, as the registry has it."""

    post_id: str
    in_force: bool


Enrolments = Mapping[tuple[str, int], Enrolled]


class NotBelieved(Unreadable):
    def __init__(self, reason: str, station_id: str) -> None:
        super().__init__(reason)
        self.station_id = station_id


def topic_of(name: str) -> Topic:
    for topic in READ:
        if topic.name == name or (
            topic.per_post and re.fullmatch(topic.name.replace("<post>", "[a-z0-9-]+"), name)
        ):
            return topic
    raise Unreadable("TOPIC_UNKNOWN")


def event_of(record: Record, keys: CentreKeys, enrolments: Enrolments, arrived_at: datetime) -> Event:
    """The event of a record that can be believed. Raises Unreadable, NotBelieved."""
    event = decode(topic_of(record.topic), record.value, record.headers)
    _check_correction(record, event, keys)
    match event.trust:
        case Trust.CHAINED | Trust.MAC:
            _check_station(record, event, keys, enrolments)
            _check_time(event, arrived_at)
        case Trust.SIGNED:
            _check_signature(record, event, keys)
        case Trust.BROKER:
            pass
    return event


def _check_correction(record: Record, event: Event, keys: CentreKeys) -> None:
    """What says that it was corrected at the centre is believed by the centre's signature alone."""
    corrected = corrected_of(record.headers)
    if corrected is not None and not corrected.is_right(
        keys.verifier, record.topic, event.type_name, record.value or b"", record.headers
    ):
        raise Unreadable("SIGNATURE_WRONG")


def _check_station(record: Record, event: Event, keys: CentreKeys, enrolments: Enrolments) -> None:
    assert isinstance(event, StationEvent | StationHealth)
    mac = header(record.headers, MAC_HEADER)
    key = keys.station_key(event.station_id, event.enrolment)
    if corrected_of(record.headers) is None and (
        mac is None or not mac_is_right(key, record.topic, event.type_name, record.value or b"", mac)
    ):
        raise NotBelieved("STATION_MAC_WRONG", event.station_id)
    enrolled = enrolments.get((event.station_id, event.enrolment))
    if enrolled is None:
        raise NotBelieved("STATION_NOT_ENROLLED", event.station_id)
    if enrolled.post_id != event.post_id:
        raise NotBelieved("STATION_OF_ANOTHER_POST", event.station_id)
    if not enrolled.in_force:
        raise NotBelieved("STATION_REVOKED", event.station_id)


def _check_time(event: Event, arrived_at: datetime) -> None:
    """As the processors refuse it: a fact of the future would be the newest of its post for years."""
    if isinstance(event, StationEvent) and event.occurred_at - arrived_at > MOST_AHEAD:
        raise Unreadable("TIME_IN_FUTURE")


def _check_signature(record: Record, event: Event, keys: CentreKeys) -> None:
    signature = header(record.headers, SIGNATURE_HEADER)
    if not keys.verifier.is_right(record.topic, event.type_name, record.value or b"", signature):
        raise Unreadable("SIGNATURE_WRONG")
