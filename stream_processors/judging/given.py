"""What the judge was given, by ids and revisions: enough to build the same crossing and context again. Pure.

Not what a verdict rests on, which is less: a result that bore on nobody was weighed too, and the same bytes can
only be proven from the same facts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from schemas.canonical import canonical_of_ours
from stream_processors.judging.context import (
    Context,
    CrossingRef,
    KnownCrossing,
    KnownDeadline,
    LookedBack,
    Neighbour,
    PassedToo,
)


class Revised(NamedTuple):
    """A fact at one of its revisions."""

    id: UUID
    revision: int


class GivenNeighbour(msgspec.Struct, frozen=True):
    crossing: Revised
    shared: tuple[int, ...]
    """The places, in the judged crossing's own refs, of those that they share."""
    decision: int | None = None
    """Its revision; None where there was no decision."""
    no_decision_until: datetime | None = None


class GivenCompanion(msgspec.Struct, frozen=True):
    """Another crossing of the same trip, by what it was at."""

    crossing: Revised
    decision: int | None = None
    results: tuple[Revised, ...] = ()


class Given(msgspec.Struct, frozen=True):
    """Of one judgement of one crossing. None and empty where there was nothing."""

    crossing: int
    """Its revision."""
    registry: int
    """The state of the registry: ``Registry.at_change``."""
    decision: int | None = None
    """Its revision."""
    neighbours: tuple[GivenNeighbour, ...] = ()
    results: tuple[Revised, ...] = ()
    passes: tuple[Revised, ...] = ()
    deadlines: Mapping[str, KnownDeadline] = msgspec.field(default_factory=dict)
    """Whole: what a timer found has no revision."""
    travelled: tuple[tuple[str, timedelta], ...] = ()
    """Whole: of others nothing else was given."""
    trip: tuple[GivenCompanion, ...] = ()
    looked_back: LookedBack | None = None
    """Whole: of the others nothing else was given."""


def given_of(crossing: KnownCrossing, context: Context) -> Given:
    shared = bool(context.neighbours)
    places = {ref: number for number, ref in enumerate(own_refs(crossing.refs))} if shared else {}
    return Given(
        crossing=crossing.facts.revision,
        registry=context.registry.at_change,
        decision=context.decision.revision if context.decision else None,
        neighbours=tuple(
            _neighbour(one, places) for one in sorted(context.neighbours, key=lambda one: one.crossing_id)
        ),
        results=tuple(sorted(Revised(one.result_id, one.revision) for one in context.results)),
        passes=tuple(sorted(Revised(one.pass_id, one.revision) for one in context.passes)),
        deadlines=context.deadlines,
        travelled=context.travelled,
        trip=tuple(
            GivenCompanion(
                Revised(one.crossing.facts.crossing_id, one.crossing.facts.revision),
                one.decision.revision if one.decision else None,
                tuple(sorted(Revised(result.result_id, result.revision) for result in one.results)),
            )
            for one in context.trip
        ),
        looked_back=context.looked_back,
    )


def _neighbour(one: Neighbour, places: Mapping[tuple[str, str], int]) -> GivenNeighbour:
    return GivenNeighbour(
        Revised(one.crossing_id, one.revision),
        tuple(sorted(places[ref] for ref in one.shared)),
        one.decision.revision if one.decision else None,
        one.no_decision_until,
    )


def own_refs(refs: Iterable[CrossingRef]) -> list[tuple[str, str]]:
    """Kind and ref of each, once, in an order that the refs alone decide."""
    return sorted({(one.kind, one.ref) for one in refs})


def text_of(given: Given) -> str:
    """As it stands in the row of the verdict."""
    content: dict[str, Any] = {"crossing": given.crossing, "registry": given.registry}
    if given.decision is not None:
        content["decision"] = given.decision
    if given.neighbours:
        content["neighbours"] = [
            [
                str(one.crossing.id),
                one.crossing.revision,
                list(one.shared),
                one.decision,
                _text(one.no_decision_until) if one.no_decision_until else None,
            ]
            for one in given.neighbours
        ]
    for name, facts in (("results", given.results), ("passes", given.passes)):
        if facts:
            content[name] = [[str(one.id), one.revision] for one in facts]
    if given.deadlines:
        content["deadlines"] = {
            kind: [_text(one.passed_at), sorted(one.posts)] for kind, one in given.deadlines.items()
        }
    if given.travelled:
        content["travelled"] = [[post, took // timedelta(microseconds=1)] for post, took in given.travelled]
    if given.trip:
        content["trip"] = [
            [str(one.crossing.id), one.crossing.revision, one.decision, [[str(i), n] for i, n in one.results]]
            for one in given.trip
        ]
    if given.looked_back is not None:
        content["looked_back"] = _looked_back_text(given.looked_back)
    return canonical_of_ours(content).decode()


def _looked_back_text(one: LookedBack) -> list[Any]:
    return [
        [str(other.event_id), _text(other.at), other.people, other.by_vehicle, list(other.by_occupants)]
        for other in one.passed
    ]


def _looked_back(content: list[Any] | None) -> LookedBack | None:
    if content is None:
        return None
    return LookedBack(
        tuple(
            PassedToo(UUID(event_id), _instant(at), people, by_vehicle, tuple(occupants))
            for event_id, at, people, by_vehicle, occupants in content
        )
    )


def given_from(text: str) -> Given:
    content = json.loads(text)
    return Given(
        crossing=content["crossing"],
        registry=content["registry"],
        decision=content.get("decision"),
        neighbours=tuple(
            GivenNeighbour(
                Revised(UUID(id_), revision), tuple(shared), decision, _instant(until) if until else None
            )
            for id_, revision, shared, decision, until in content.get("neighbours", ())
        ),
        results=_revised(content.get("results", ())),
        passes=_revised(content.get("passes", ())),
        deadlines={
            kind: KnownDeadline(_instant(passed_at), frozenset(posts))
            for kind, (passed_at, posts) in content.get("deadlines", {}).items()
        },
        travelled=tuple((post, timedelta(microseconds=took)) for post, took in content.get("travelled", ())),
        trip=tuple(
            GivenCompanion(Revised(UUID(id_), revision), decision, _revised(results))
            for id_, revision, decision, results in content.get("trip", ())
        ),
        looked_back=_looked_back(content.get("looked_back")),
    )


def _revised(facts: Iterable[tuple[str, int]]) -> tuple[Revised, ...]:
    return tuple(Revised(UUID(id_), revision) for id_, revision in facts)


def _text(at: datetime) -> str:
    """To the microsecond: what a timer found may be an instant of ours."""
    return at.astimezone(UTC).isoformat()


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
