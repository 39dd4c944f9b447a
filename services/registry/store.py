"""The registry's table: every revision of every published thing. Opens no box, decides no right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from schemas.events.base import SignedEvent
from schemas.events.registry import StationEnrolled, UnitsPublished, ZonesAssigned
from schemas.events.test_result import TestResultReported
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
    "units": ZONES,
    "lists": LISTS,
    "notices": NOTICES,
    "policies": POLICIES,
    "vehicle-passes": VEHICLE_PASSES,
    "test-results": TEST_RESULTS,
}
"""What is published by the centre, and on which topic."""

_MODELS: dict[str, type[SignedEvent]] = {
    "units": UnitsPublished,
    "test-results": TestResultReported,
}
"""Of kinds whose topic carries other events as well."""

_KIND_OF = {name: kind for kind, topic in KINDS.items() for name in topic.models} | {
    UnitsPublished.type_name: "units",
    ZonesAssigned.type_name: "zones",
}


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
    await conn.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))", f"registry {kind}")
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


async def publish_many(conn: Connection, entries: Sequence[Entry], by: str, at: datetime) -> list[bool]:
    """As ``publish`` for many things of one kind at once, all or none: a fixed number of statements.

    One audit record says how many, with a hash over their ids and revisions. A thing that stands twice in
    ``entries`` is refused, as is everything beside it.
    """
    if not entries:
        return []
    kind = kind_of(entries[0].event)
    things = [thing_of(entry.event) for entry in entries]
    if len(set(things)) != len(things):
        raise _thing_twice()
    # One lock for all: thousands of single ones would fill PostgreSQL's table of locks.
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"registry {kind}")
    rows = await conn.fetch(
        """
        SELECT thing,
               (SELECT max(revision) FROM registry WHERE kind = $1 AND thing_id = thing) AS newest,
               (SELECT content_mac FROM registry
                WHERE kind = $1 AND thing_id = thing AND registry.revision = sent.revision) AS content_mac
        FROM unnest($2::text[], $3::int[]) AS sent (thing, revision)
        """,
        kind,
        things,
        [entry.event.revision for entry in entries],
    )
    known = {row["thing"]: row for row in rows}
    fresh = [_is_newer(entry, known[thing]) for entry, thing in zip(entries, things, strict=True)]
    added = [pair for pair, new in zip(zip(entries, things, strict=True), fresh, strict=True) if new]
    values = await outbox.add_many(conn, KINDS[kind], [entry.event for entry, _ in added], at)
    await conn.execute(
        """
        INSERT INTO registry
            (kind, thing_id, revision, state, event_id, value, content_mac, recorded_at, recorded_by)
        SELECT $1, thing, revision, state, event, value, mac, $8, $9
        FROM unnest($2::text[], $3::int[], $4::text[], $5::uuid[], $6::bytea[], $7::bytea[])
             AS sent (thing, revision, state, event, value, mac)
        """,
        kind,
        [thing for _, thing in added],
        [entry.event.revision for entry, _ in added],
        [entry.event.state.value for entry, _ in added],
        [entry.event.event_id for entry, _ in added],
        values,
        [entry.content_mac for entry, _ in added],
        at,
        by,
    )
    if added:
        ids = sha256("\n".join(f"{thing} {entry.event.revision}" for entry, thing in added).encode()).hexdigest()
        await chain.record(conn, at, by, f"published_{kind}", ids, details={"things": len(added)})
    return fresh


def _is_newer(entry: Entry, known: Any) -> bool:
    """False when the very same is there. Raises Conflict as ``publish`` does."""
    newest = known["newest"]
    if known["content_mac"] == entry.content_mac:
        return False
    if newest is not None and newest >= entry.event.revision:
        raise _not_newer(newest, same=newest == entry.event.revision)
    return True


def _thing_twice() -> Conflict:
    return Conflict(
        "THING_TWICE",
        "Một mã có hai lần trong cùng một lần gửi, chưa ghi gì.",
        "One id stands twice in what was sent; nothing was recorded.",
    )


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
    model = _MODELS.get(kind) or KINDS[kind].events[0]
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
