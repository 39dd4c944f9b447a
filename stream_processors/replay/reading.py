"""Stored judgements of a period, each with the crossing and the context that its judge was given then."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from schemas.plain import from_kept
from schemas.replay import FactNamed
from schemas.rules.facts import CrossingFacts
from stream_processors.database.as_then import Facts, Rows, facts_given, taken_in_since
from stream_processors.database.judgements import KeptJudgement, judged_of, judgements_of
from stream_processors.database.kept import kept_since
from stream_processors.database.pool import Connection
from stream_processors.database.registry_then import RegistryThen
from stream_processors.database.rows import (
    NAMES,
    crossing_from,
    decision_from,
    named,
    neighbour_from,
    pass_from,
    result_from,
)
from stream_processors.judging.context import (
    CERTIFICATE,
    Companion,
    Context,
    CrossingRef,
    Decided,
    KnownCrossing,
    Neighbour,
)
from stream_processors.judging.given import Given, GivenNeighbour, Revised, own_refs
from stream_processors.questions import snapshot
from stream_processors.questions.snapshot import Period
from stream_processors.replay.repeating import Missing, Repeatable

T = TypeVar("T")
CHUNK = 500
COUNTED = "NOT abandoned"
"""What was abandoned is not judged; practice and what was withdrawn is."""


@dataclass(frozen=True)
class Chunk:
    crossings: int
    first_at: datetime
    last_at: datetime
    judgements: Sequence[Repeatable]
    waiting: int
    """Crossings that nothing was said about yet."""
    unsaid: Sequence[UUID]
    """Crossings that were judged, and whose verdict is gone."""


@dataclass
class Reading:
    """All that a replay asks of one snapshot."""

    connection: Connection
    registry: RegistryThen
    kept_since: datetime | None

    @classmethod
    async def of(cls, connection: Connection) -> Reading:
        return cls(connection, await RegistryThen.read(connection), await kept_since(connection))

    async def count(self, period: Period) -> int:
        return await snapshot.count(self.connection, period, COUNTED)

    def chunks(self, period: Period, *, former: bool, size: int = CHUNK) -> AsyncIterator[Chunk]:
        async def load(rows: Sequence[Any]) -> Chunk:
            return await self._chunk(rows, former=former)

        return snapshot.chunks(self.connection, period, COUNTED, load, size=size)

    async def _chunk(self, rows: Sequence[Any], *, former: bool) -> Chunk:
        """A fixed number of queries, however many crossings."""
        kept = await judgements_of(self.connection, [row["crossing_id"] for row in rows], former=former)
        facts = await facts_given(
            self.connection,
            ((id_, one.given) for id_, judgements in kept.items() for one in judgements if one.given is not None),
        )
        repeatable = [
            self._repeatable(row, one, facts) for row in rows for one in kept.get(row["crossing_id"], ())
        ]
        silent = [row["crossing_id"] for row in rows if row["crossing_id"] not in kept]
        unsaid = await judged_of(self.connection, silent) if silent else set()
        return Chunk(
            crossings=len(rows),
            first_at=rows[0]["occurred_at"],
            last_at=rows[-1]["occurred_at"],
            judgements=await self._told_apart(repeatable),
            waiting=len(silent) - len(unsaid),
            unsaid=sorted(unsaid),
        )

    def _repeatable(self, row: Any, kept: KeptJudgement, facts: Facts) -> Repeatable:
        found = Repeatable(row["crossing_id"], row["post_id"], row["occurred_at"], kept.number, kept.said)
        if kept.given is None:
            return found
        registry, altered = self.registry.at(kept.given.registry)
        building = _Building(facts, kept.given, row["crossing_id"])
        crossing = building.crossing()
        context = Context(
            registry=registry,
            decision=building.decision(),
            neighbours=building.neighbours(crossing),
            results=building.built("results", facts.results, kept.given.results, result_from),
            passes=building.built("passes", facts.passes, kept.given.passes, pass_from),
            deadlines=kept.given.deadlines,
            travelled=kept.given.travelled,
            looked_back=kept.given.looked_back,
            trip=building.trip(),
        )
        if crossing is not None and not building.missing and not building.unreadable:
            found = replace(found, crossing=crossing, context=context)
        return replace(
            found,
            given_kept=True,
            altered=(*building.altered, *building.unreadable),
            altered_registry=altered,
            missing=tuple(building.missing),
        )

    async def _told_apart(self, found: Sequence[Repeatable]) -> list[Repeatable]:
        """What retention dropped is nobody's fault; what is gone though it should be kept, is."""
        missing = {one for repeatable in found for one in repeatable.missing}
        if not missing:
            return list(found)
        gone = await self._should_be_here(missing)
        return [
            replace(one, missing=tuple(replace(fact, dropped=fact not in gone) for fact in one.missing))
            for one in found
        ]

    async def _should_be_here(self, missing: set[Missing]) -> set[Missing]:
        if self.kept_since is None:
            return missing
        gone: set[Missing] = set()
        for kind in sorted({one.kind for one in missing}):
            asked = {one.fact: one for one in missing if one.kind == kind}
            young = await taken_in_since(self.connection, kind, sorted(asked), self.kept_since)
            gone |= {asked[fact] for fact in young}
        return gone


class _Building:
    """One judgement's facts into what the judge is given, noting what is not there or not as it was."""

    def __init__(self, facts: Facts, given: Given, crossing_id: UUID) -> None:
        self._facts, self._given = facts, given
        self._id = Revised(crossing_id, given.crossing)
        self.missing: list[Missing] = []
        self.altered: list[FactNamed] = []
        self.unreadable: list[FactNamed] = []

    def crossing(self) -> KnownCrossing | None:
        return self._crossing(self._id)

    def _crossing(self, wanted: Revised) -> KnownCrossing | None:
        def build(row: Any) -> KnownCrossing:
            facts = from_kept(CrossingFacts, row["facts"])
            return crossing_from(row, facts, self._refs(wanted))

        return self._one("crossings", self._facts.crossings, wanted, build)

    def trip(self) -> tuple[Companion, ...]:
        found = [(one, self._crossing(one.crossing)) for one in self._given.trip]
        return tuple(
            Companion(
                crossing,
                self._decision(Revised(one.crossing.id, one.decision)) if one.decision is not None else None,
                self.built("results", self._facts.results, one.results, result_from),
            )
            for one, crossing in found
            if crossing is not None
        )

    def decision(self) -> Decided | None:
        if self._given.decision is None:
            return None
        return self._decision(Revised(self._id.id, self._given.decision))

    def _decision(self, decided: Revised) -> Decided | None:
        return self._one("decisions", self._facts.decisions, decided, decision_from)

    def _refs(self, crossing: Revised) -> tuple[CrossingRef, ...]:
        return tuple(sorted(self._facts.refs.get(crossing, ())))

    def _one(self, table: str, rows: Rows, wanted: Revised, build: Callable[[Any], T]) -> T | None:
        found = self.built(table, rows, [wanted], build)
        return found[0] if found else None

    def neighbours(self, crossing: KnownCrossing | None) -> tuple[Neighbour, ...]:
        if crossing is None:
            return ()
        own = own_refs(crossing.refs)
        return tuple(
            neighbour for one in self._given.neighbours if (neighbour := self._neighbour(one, own)) is not None
        )

    def _neighbour(self, one: GivenNeighbour, own: Sequence[tuple[str, str]]) -> Neighbour | None:
        decided: Mapping[str, Any] | None = None
        if one.decision is not None:
            decision = Revised(one.crossing.id, one.decision)
            decided = self._checked("decisions", self._facts.decisions, decision)

        def build(row: Any) -> Neighbour:
            # Where the refs that they shared are gone from the crossing itself, there is no such place.
            shared = [own[place] for place in one.shared]
            known = {**self._facts.neighbours[one.crossing], "shared": frozenset(shared), **_decided(decided)}
            if not any(kind == CERTIFICATE for kind, _ in shared):
                known["occupants_shown"] = None
            known["no_decision_until"] = one.no_decision_until
            return neighbour_from(known, self._refs(one.crossing))

        return self._one("crossings", self._facts.crossings, one.crossing, build)

    def built(self, table: str, rows: Rows, wanted: Iterable[Revised], build: Callable[[Any], T]) -> tuple[T, ...]:
        found = []
        for fact in wanted:
            row = self._checked(table, rows, fact)
            if row is None:
                continue
            try:
                found.append(build(row))
            except (ValueError, LookupError, TypeError, AttributeError):
                self.unreadable.append(named(table, row))
        return tuple(found)

    def _checked(self, table: str, rows: Rows, fact: Revised) -> Mapping[str, Any] | None:
        row: Mapping[str, Any] | None = rows.get(fact)
        if row is None:
            self.missing.append(Missing(NAMES[table][0], fact))
        elif row["as_stored"] is False:
            self.altered.append(named(table, row))
        return row


def _decided(row: Mapping[str, Any] | None) -> dict[str, Any]:
    """A decision's row as it stands beside a neighbour's."""
    names = {
        "decision_id": "event_id",
        "decision_revision": "revision",
        "decided_at": "occurred_at",
        "outcome": "outcome",
        "decided_occupants": "occupants",
    }
    return {name: row[column] if row is not None else None for name, column in names.items()}
