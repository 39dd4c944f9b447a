"""The registry's table: every revision of every published thing. Opens no box, decides no right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.events.base import SignedEvent
from schemas.events.registry import StationEnrolled
from schemas.topics import (
    LISTS,
    NOTICES,
    POLICIES,
    POSTS,
    STATIONS,
    TEST_RESULTS,
    VEHICLE_PASSES,
    ZONES,
    Topic,
)
from schemas.words import FactState
from services.audit import chain
from services.database.connection import Connection
from services.errors import Conflict
from services.intake.records import Enrolled, Enrolments
from services.outbox import store as outbox

KINDS: dict[str, Topic] = {
    "posts": POSTS,
    "stations": STATIONS,
    "zones": ZONES,
    "lists": LISTS,
    "notices": NOTICES,
    "policies": POLICIES,
    "vehicle-passes": VEHICLE_PASSES,
    "test-results": TEST_RESULTS,
}
"""What is published by the centre, and on which topic."""

_KIND_OF = {name: kind for kind, topic in KINDS.items() for name in topic.models}


@dataclass(frozen=True)
class Entry:
    """One thing to be published, as its caller gave it."""

    event: SignedEvent
    content_mac: bytes
    """Of what the caller sent. A box is different every time it is sealed, so boxes cannot be compared."""
    family: str | None = None
    """Things whose revisions rise together, where that is more than one thing: the versions of a policy."""


def kind_of(event: SignedEvent) -> str:
    return _KIND_OF[event.type_name]


def thing_of(event: SignedEvent) -> str:
    """What its revisions are counted by: the event's own id, which stays the same from revision to revision."""
    return KINDS[kind_of(event)].key_of(event).decode()


async def publish(conn: Connection, entry: Entry, by: str, at: datetime) -> bool:
    """Keep the entry and write it to the outbox; False when the very same was published before.

    Runs inside the caller's transaction. Raises Conflict: same revision with other content, or not the newest.
    """
    kind, thing = kind_of(entry.event), entry.family or thing_of(entry.event)
    # The newest revision must also be the last on its topic, which is compacted.
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"registry {kind} {thing}")
    known = await conn.fetchval(
        "SELECT content_mac FROM registry WHERE kind = $1 AND thing_id = $2 AND revision = $3",
        kind,
        thing,
        entry.event.revision,
    )
    if known == entry.content_mac:
        return False
    newest = await conn.fetchval(
        "SELECT max(revision) FROM registry WHERE kind = $1 AND thing_id = $2", kind, thing
    )
    if newest is not None and newest >= entry.event.revision:
        raise _not_newer(newest, same=newest == entry.event.revision)
    value = await outbox.add(conn, KINDS[kind], entry.event, at)
    await _keep(conn, kind, thing, entry.event, value, entry.content_mac, by, at)
    await chain.record(conn, at, by, f"published_{kind}", thing, details={"revision": entry.event.revision})
    return True


def _not_newer(newest: int, *, same: bool) -> Conflict:
    if same:
        return Conflict(
            "REVISION_HAS_OTHER_CONTENT",
            f"Bản {newest} đã có với nội dung khác. Gửi bản {newest + 1}.",
            f"Revision {newest} is there with other content. Send revision {newest + 1}.",
        )
    return Conflict(
        "REVISION_TOO_OLD",
        f"Đã có bản {newest}. Gửi bản {newest + 1}.",
        f"There is revision {newest} already. Send revision {newest + 1}.",
    )


async def _keep(
    conn: Connection,
    kind: str,
    thing: str,
    event: SignedEvent,
    value: bytes,
    content_mac: bytes | None,
    by: str,
    at: datetime,
) -> None:
    await conn.execute(
        """
        INSERT INTO registry
            (kind, thing_id, revision, state, event_id, value, content_mac, recorded_at, recorded_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING
        """,
        kind,
        thing,
        event.revision,
        event.state,
        event.event_id,
        value,
        content_mac,
        at,
        by,
    )


async def read_back(conn: Connection, event: SignedEvent, value: bytes, at: datetime) -> None:
    """What we published ourselves comes back; after a lost database it fills the registry again."""
    await _keep(conn, kind_of(event), family_of(event) or thing_of(event), event, value, None, "topic", at)


def family_of(event: SignedEvent) -> str | None:
    policy = getattr(event, "policy", None)
    return policy.policy_id if policy is not None else None


async def newest(conn: Connection, kind: str) -> list[Any]:
    """The newest revision of each thing of a kind, as the event that says it."""
    rows = await conn.fetch(
        """
        SELECT DISTINCT ON (thing_id) event_id, revision, value FROM registry WHERE kind = $1
        ORDER BY thing_id, revision DESC
        """,
        kind,
    )
    (model,) = KINDS[kind].events if kind != "test-results" else KINDS[kind].events[1:]
    return [model.model_validate_json(row["value"]) for row in rows]


async def enrolments(conn: Connection) -> Enrolments:
    """Every enrolment of a station, in force or not."""
    stations: list[StationEnrolled] = await newest(conn, "stations")
    return {
        (station.station_id, station.enrolment): Enrolled(station.post_id, station.state is FactState.IN_FORCE)
        for station in stations
    }


async def post_exists(conn: Connection, post_id: str) -> bool:
    found: bool = await conn.fetchval(
        "SELECT EXISTS (SELECT FROM registry WHERE kind = 'posts' AND thing_id = $1)", post_id
    )
    return found
