"""How derived facts stand in rows, and how they are read back. The one place that knows both sides."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from schemas.bounded import instant_text
from schemas.canonical import canonical
from schemas.replay import FactNamed
from schemas.rules.facts import CrossingFacts
from schemas.words import FactState, Outcome, TestBasis, TestKind, TestOutcome, TestStanding
from stream_processors.judging.context import (
    CrossingRef,
    Decided,
    KnownCrossing,
    KnownPass,
    KnownResult,
    Neighbour,
    PersonMatch,
)

DIGESTED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "crossings": ("facts", ("crossing_id", "revision", "event_id", "state", "ahead_ms", "doubted")),
    "decisions": ("occupants", ("crossing_id", "revision", "event_id", "occurred_at", "state", "outcome")),
    "results": ("content", ("result_id", "revision", "event_id", "occurred_at", "sampled_at", "crossing_id")),
    "passes": ("content", ("pass_id", "revision")),
    "registry": ("event", ("kind", "subject", "revision", "pass_ref")),
}
"""Of each table of facts: its JSON, and beside it the columns that the judge is given something of."""


def digest_of(table: str, row: Mapping[str, Any], refs: Iterable[CrossingRef] = ()) -> bytes:
    """Of a row that is about to be stored; its JSON is canonical text."""
    json_column, columns = DIGESTED[table]
    return _digest(row[json_column] or "", [row[name] for name in columns], refs)


def digest_again(table: str, row: Any, refs: Iterable[CrossingRef] = ()) -> bytes:
    """Of a row that was read back: the same as when it was stored, unless somebody changed it."""
    json_column, columns = DIGESTED[table]
    text = row[json_column]
    return _digest(canonical(json.loads(text)).decode() if text else "", [row[name] for name in columns], refs)


def _digest(text: str, columns: Sequence[Any], refs: Iterable[CrossingRef]) -> bytes:
    beside = [
        *(_plain(value) for value in columns),
        *(f"{one.kind} {one.ref} {one.occupant} {one.reading}" for one in sorted(set(refs))),
    ]
    return sha256("\n".join((text, *beside)).encode()).digest()


def _plain(value: Any) -> str:
    match value:
        case datetime():
            return instant_text(value)
        case bytes():
            return value.hex()
        case _:
            return str(value)


_NAMES = {"crossings": "crossing", "decisions": "decision", "results": "result", "passes": "pass"}


def named(table: str, row: Any) -> FactNamed:
    """The fact of a row, for whoever is told about it."""
    json_column, columns = DIGESTED[table]
    if table == "registry":
        subject, kind = row["subject"], row["kind"]
    else:
        subject, kind = str(row[columns[0]]), _NAMES[table]
    event_id = row["event_id"] if "event_id" in columns else _event_id_in(row[json_column])
    return FactNamed(kind=kind, fact_id=event_id, subject=subject, revision=row["revision"])


def _event_id_in(text: str) -> UUID | None:
    try:
        return UUID(json.loads(text)["event_id"])
    except (ValueError, KeyError, TypeError):
        return None  # somebody changed even that


def result_row(result: KnownResult, revision: int) -> dict[str, Any]:
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
    row = {
        "result_id": result.result_id,
        "revision": revision,
        "event_id": result.event_id,
        "occurred_at": result.at,
        "sampled_at": result.sampled_at,
        "crossing_id": result.crossing_id,
        "content": canonical(content).decode(),
    }
    return row | {"digest": digest_of("results", row)}


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


def pass_row(known: KnownPass, revision: int) -> dict[str, Any]:
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
    }
    row = {"pass_id": known.pass_id, "revision": revision, "content": canonical(content).decode()}
    return row | {"digest": digest_of("passes", row)}


def pass_from(row: Any) -> KnownPass:
    content = json.loads(row["content"])
    return KnownPass(
        **{
            **content,
            "pass_id": row["pass_id"],
            "revision": row["revision"],
            "event_id": UUID(content["event_id"]),
            "state": FactState(content["state"]),
            "crew": tuple(content["crew"]),
            **{name: _instant(content[name]) for name in ("at", "valid_from", "valid_until")},
        }
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def crossing_from(row: Any, refs: list[CrossingRef]) -> KnownCrossing:
    return KnownCrossing(
        facts=CrossingFacts.model_validate_json(row["facts"]),
        event_id=row["event_id"],
        state=FactState(row["state"]),
        ahead=timedelta(milliseconds=row["ahead_ms"]),
        doubted=row["doubted"],
        refs=tuple(sorted(refs)),
    )


def ref_from(row: Any) -> CrossingRef:
    return CrossingRef(row["kind"], row["ref"].hex(), row["occupant"], row["reading"])


def decision_from(row: Any) -> Decided:
    return Decided(
        event_id=row["event_id"],
        at=row["occurred_at"],
        outcome=Outcome(row["outcome"]),
        occupants={int(number): Outcome(outcome) for number, outcome in json.loads(row["occupants"]).items()},
        revision=row["revision"],
    )


def neighbour_from(row: Any) -> Neighbour:
    return Neighbour(
        crossing_id=row["crossing_id"],
        event_id=row["event_id"],
        post_id=row["post_id"],
        at=row["occurred_at"],
        clock_error_ms=row["clock_error_ms"],
        ahead=timedelta(milliseconds=row["ahead_ms"]),
        shared=frozenset((kind, ref.hex()) for kind, ref in zip(row["kinds"], row["refs"], strict=True)),
        revision=row["revision"],
    )
