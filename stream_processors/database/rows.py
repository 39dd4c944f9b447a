"""How derived facts stand in rows, and how they are read back. The one place that knows both sides."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from schemas.bounded import instant_text
from schemas.canonical import canonical
from schemas.events.crossing import HeadCount
from schemas.plain import Plain, all_from_kept, from_kept
from schemas.replay import FactNamed
from schemas.rules.facts import CrossingFacts, OccupantFacts
from schemas.words import (
    CargoSpace,
    Direction,
    FactState,
    OrderedChange,
    Outcome,
    Purpose,
    TestBasis,
    TestKind,
    TestOutcome,
    TestStanding,
    VehicleClass,
)
from stream_processors.judging.context import (
    CrossingRef,
    Decided,
    KnownCrossing,
    KnownDeadline,
    KnownPass,
    KnownResult,
    Neighbour,
    PersonMatch,
)

NAMES = {
    "crossings": ("crossing", "crossing_id"),
    "decisions": ("decision", "crossing_id"),
    "results": ("result", "result_id"),
    "passes": ("pass", "pass_id"),
}
"""What the facts of a table are called, and the column of what they are revisions of."""


def named(table: str, row: Any) -> FactNamed:
    """The fact of a row, for whoever is told about it."""
    if table == "registry":
        event_id = _event_id_in(row["event"])
        return FactNamed(kind=row["kind"], fact_id=event_id, subject=row["subject"], revision=row["revision"])
    kind, id_column = NAMES[table]
    event_id = _event_id_in(row["content"]) if table == "passes" else row["event_id"]
    return FactNamed(kind=kind, fact_id=event_id, subject=str(row[id_column]), revision=row["revision"])


def _event_id_in(text: str) -> UUID | None:
    try:
        return UUID(json.loads(text)["event_id"])
    except (ValueError, KeyError, TypeError):
        return None  # somebody changed even that


def result_row(result: KnownResult, revision: int) -> tuple[Any, ...]:
    """In the order of the columns."""
    content = {
        "state": result.state.value,
        "kind": result.kind.value,
        "basis": result.basis.value,
        "standing": result.standing.value,
        "outcome": result.outcome.value,
        "persons": [{"refs": dict(person.refs), "covered": person.covered} for person in result.persons],
        "certificate_ref": result.certificate_ref,
        "occupant": result.occupant,
        "resulted_at": instant_text(result.resulted_at),
    }
    return (
        result.result_id,
        revision,
        result.event_id,
        result.at,
        result.sampled_at,
        result.crossing_id,
        canonical(content).decode(),
    )


def result_from(row: Any) -> KnownResult:
    content = json.loads(row["content"])
    return KnownResult(
        result_id=row["result_id"],
        event_id=row["event_id"],
        at=row["occurred_at"],
        state=FactState(content["state"]),
        kind=TestKind(content["kind"]),
        basis=TestBasis(content["basis"]),
        standing=TestStanding(content["standing"]),
        outcome=TestOutcome(content["outcome"]),
        sampled_at=row["sampled_at"],
        # Rows from before it was kept: as if it had been known at once.
        resulted_at=_instant(content["resulted_at"]) if "resulted_at" in content else row["sampled_at"],
        persons=tuple(PersonMatch(person["refs"], person["covered"]) for person in content["persons"]),
        certificate_ref=content["certificate_ref"],
        crossing_id=row["crossing_id"],
        occupant=content["occupant"],
        revision=row["revision"],
    )


def pass_row(known: KnownPass, revision: int) -> tuple[Any, ...]:
    """In the order of the columns."""
    content = {
        "event_id": str(known.event_id),
        "at": instant_text(known.at),
        "state": known.state.value,
        "registered_crew": known.registered_crew,
        "issuer": known.issuer,
        "valid_from": instant_text(known.valid_from),
        "valid_until": instant_text(known.valid_until),
        "number_ref": known.number_ref,
        "token_ref": known.token_ref,
        "plate_ref": known.plate_ref,
        "misreads": dict(known.misreads),
        "crew": [dict(member) for member in known.crew],
        "vehicle_class": known.vehicle_class.value if known.vehicle_class else None,
        "route": list(known.route),
        "carrier_id": known.carrier_id,
    }
    return known.pass_id, revision, canonical(content).decode()


class _PassContent(Plain, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of ``pass_row``."""

    event_id: UUID
    at: datetime
    state: FactState
    registered_crew: int
    issuer: str
    valid_from: datetime
    valid_until: datetime
    number_ref: str
    token_ref: str | None
    plate_ref: str | None
    misreads: dict[str, str] = msgspec.field(default_factory=dict)
    crew: tuple[dict[str, str], ...]
    vehicle_class: VehicleClass | None = None
    route: tuple[str, ...] = ()
    carrier_id: str | None = None


def pass_from(row: Any) -> KnownPass:
    content = from_kept(_PassContent, row["content"])
    return KnownPass(pass_id=row["pass_id"], revision=row["revision"], **msgspec.structs.asdict(content))


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def crossing_from(row: Any, facts: CrossingFacts, refs: tuple[CrossingRef, ...]) -> KnownCrossing:
    return KnownCrossing(
        facts=facts,
        event_id=row["event_id"],
        state=FactState(row["state"]),
        ahead=timedelta(milliseconds=row["ahead_ms"]),
        doubted=row["doubted"],
        refs=refs,
    )


def ref_from(row: Any) -> CrossingRef:
    return CrossingRef(row["kind"], row["ref"].hex(), row["occupant"], row["reading"])


def decision_from(row: Any) -> Decided:
    return _decided(row["event_id"], row["occurred_at"], row["outcome"], row["occupants"], row["revision"])


def decided_from(row: Any) -> Decided | None:
    """Of the row of a crossing that was read together with its decision."""
    if row["decision_id"] is None:
        return None
    return _decided(
        row["decision_id"], row["decided_at"], row["outcome"], row["decided_occupants"], row["decision_revision"]
    )


def _decided(event_id: UUID, at: datetime, outcome: str, occupants: str, revision: int) -> Decided:
    return Decided(
        event_id=event_id,
        at=at,
        outcome=Outcome(outcome),
        occupants=_OCCUPANTS.decode(occupants),
        revision=revision,
    )


_OCCUPANTS = msgspec.json.Decoder(dict[int, Outcome])


def refs_from(row: Any) -> tuple[CrossingRef, ...]:
    """Of the row of a crossing that was read together with all that it showed, a column an array."""
    if row["kinds"] is None:
        return ()
    columns = (row["kinds"], row["refs"], row["ref_occupants"], row["readings"])
    return tuple(
        sorted(
            CrossingRef(kind, ref.hex(), occupant, reading)
            for kind, ref, occupant, reading in zip(*columns, strict=True)
        )
    )


def deadlines_from(row: Any) -> dict[str, KnownDeadline]:
    """Of the row of a crossing that was read together with what passed of it, a column an array."""
    if row["deadline_kinds"] is None:
        return {}
    columns = (row["deadline_kinds"], row["passed_at"], row["posts_heard"])
    return {
        kind: KnownDeadline(passed_at, frozenset(posts.split(",") if posts else ()))
        for kind, passed_at, posts in zip(*columns, strict=True)
    }


def neighbour_from(row: Any, refs: tuple[CrossingRef, ...]) -> Neighbour:
    """``refs`` are all that it showed. The shared ones are among them, or the row would not be given."""
    return Neighbour(
        crossing_id=row["crossing_id"],
        event_id=row["event_id"],
        post_id=row["post_id"],
        at=row["occurred_at"],
        clock_error_ms=row["clock_error_ms"],
        ahead=timedelta(milliseconds=row["ahead_ms"]),
        shared=row["shared"],
        station_id=row["station_id"],
        direction=Direction(row["direction"]),
        purpose=Purpose(row["purpose"]),
        vehicle_class=VehicleClass(row["vehicle_class"]),
        head_count=HeadCount.model_validate_json(row["head_count"]),
        cargo_space=CargoSpace(row["cargo_space"]),
        seal_number=row["seal_number"],
        ordered_change=OrderedChange(row["ordered_change"]) if row["ordered_change"] else None,
        emergency=row["emergency"],
        green_lane=row["green_lane"],
        group_id=row["group_id"],
        decision=decided_from(row),
        no_decision_until=row["no_decision_until"],
        refs=refs,
        occupants=all_from_kept(OccupantFacts, row["occupants_shown"]) if row["occupants_shown"] else (),
        revision=row["revision"],
    )
