"""The second transaction: lock, read what bears, judge (pure), keep what changed with its exact bytes."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from types import MappingProxyType
from typing import Any
from uuid import UUID

from schemas.events.crossing import CrossingSecrets
from stream_processors.clock import Clock, SystemClock
from stream_processors.database import affected, bearing, facts, nearby, statements, timers
from stream_processors.database.pool import Connection, Pool
from stream_processors.database.registry import RegistryInForce
from stream_processors.database.statements import Judgement, Output
from stream_processors.database.writing import Write, write
from stream_processors.intake import opening
from stream_processors.intake.records import Taken
from stream_processors.judging.changes import Change, Standing, changes
from stream_processors.judging.given import given_of, text_of
from stream_processors.judging.judge import judge
from stream_processors.judging.said import Kind
from stream_processors.keys import Keys
from stream_processors.outputs.making import output_of
from stream_processors.outputs.secrets import opened, other_crossing
from stream_processors.seen.counting import turn_taken
from stream_processors.world import in_place

log = logging.getLogger(__name__)
AT_ONCE = 500
"""Crossings in one transaction. A policy that took effect in the past wakes more: they go in turns."""


@dataclass(frozen=True)
class _Judged:
    judgements: tuple[Judgement, ...] = ()
    """Of the crossings about which something new is to be said."""
    timers: Iterable[Write] = ()
    """What sets those that are wanted now, and takes away the others."""


@dataclass
class Judging:
    pool: Pool
    keys: Keys
    in_force: RegistryInForce
    clock: Clock = field(default_factory=SystemClock)
    """For when a timer is looked at; nothing that is said depends on it."""

    async def judge_deadlines(self, crossing_ids: Sequence[UUID]) -> list[Output]:
        """Judge again what hangs on deadlines that were found to have passed; their timers go with the last of it.

        The outputs are held: whoever sends them releases them, or they are sent again.
        """
        woken = await in_place("affected crossings", lambda: self._behind(crossing_ids))
        causes: dict[UUID | None, UUID] = {None: crossing_ids[0]}
        # The crossings themselves come last: a timer that is still there brings all of this again.
        ordered = [*(one for one in woken if one not in set(crossing_ids)), *crossing_ids]
        outputs: list[Output] = []
        for start in range(0, len(ordered), AT_ONCE):
            turn = sorted(ordered[start : start + AT_ONCE])
            outputs += await in_place("verdicts", partial(self._judge, turn, causes, (), {}, held=True))
        return outputs

    async def _behind(self, crossing_ids: Sequence[UUID]) -> list[UUID]:
        async with self.pool.acquire() as connection:
            await self.in_force.refresh(connection)
            registry = self.in_force.registry
            return sorted(await nearby.neighbours_of(connection, set(crossing_ids), registry))

    async def judge_facts(self, taken: Sequence[Taken], *, stored_now: Sequence[Taken] = ()) -> list[Output]:
        """Judge what these facts may change; what is to be sent. The facts are marked when all of it is done.

        ``stored_now`` are those that the first transaction of this very batch stored.
        """
        if not taken:
            return []
        woken = await in_place("affected crossings", lambda: self._affected(taken))
        causes, fresh, at_hand = _causes(taken), _fresh(stored_now), _at_hand(stored_now)
        outputs: list[Output] = []
        for start in range(0, max(len(woken), 1), AT_ONCE):
            turn = woken[start : start + AT_ONCE]
            done = taken if start + AT_ONCE >= len(woken) else ()
            outputs += await in_place("verdicts", _Again(partial(self._judge, turn, causes, done, fresh, at_hand)))
        return outputs

    async def _affected(self, taken: Sequence[Taken]) -> list[UUID]:
        async with self.pool.acquire() as connection:
            await self.in_force.refresh(connection)
            return await affected.affected_by(connection, taken, self.in_force.registry)

    async def _judge(
        self,
        crossing_ids: Sequence[UUID],
        causes: Mapping[UUID | None, UUID],
        done: Sequence[Taken],
        fresh: bearing.Fresh,
        at_hand: Mapping[UUID, CrossingSecrets] = MappingProxyType({}),
        *,
        held: bool = False,
        again: bool = False,
    ) -> list[Output]:
        """``again``: a try before this one failed, perhaps in hearing of its commit. What it said goes out too."""
        async with self.pool.acquire() as connection, connection.transaction():
            judged = await self._judged(connection, crossing_ids, fresh) if crossing_ids else _Judged()
            found = [change for one in judged.judgements for change in one.changes]
            outputs = await self._outputs(connection, found, causes, at_hand)
            writes = chain(
                judged.timers,
                statements.judgements_kept(judged.judgements),
                statements.outputs_kept(outputs, held=held),
                facts.marked_judged(done),
            )
            await write(connection, writes)
            earlier = await statements.outputs_caused_by(connection, list(causes.values())) if again else []
        turn_taken(found)
        new = {one.output_id for one in outputs}
        return [*(one for one in earlier if one.output_id not in new), *outputs]

    async def _judged(self, connection: Connection, crossing_ids: Sequence[UUID], fresh: bearing.Fresh) -> _Judged:
        locked = await statements.lock_verdicts(connection, crossing_ids)
        judged_before = [id_ for id_, one in locked.items() if one.judgements]
        never_judged = locked.keys() - judged_before
        # Read after the lock: whoever held it before us has committed, and is seen. So with the registry.
        rows = await bearing.read_rows(connection, crossing_ids, fresh=fresh, never_judged=never_judged)
        if rows:
            await self.in_force.refresh(connection, rows[0]["registry_changes"])
        known = await bearing.read_bearings(
            connection, crossing_ids, self.in_force.registry, fresh=fresh, rows=rows
        )
        before: dict[UUID, list[Standing]] = defaultdict(list)
        for one in await statements.others_of(connection, judged_before):
            before[one.crossing_id].append(one)
        judged = {crossing.facts.crossing_id: judge(crossing, context) for crossing, context in known}
        wanted = {id_: one.timers for id_, one in judged.items()}
        perhaps_set = [id_ for id_ in crossing_ids if wanted.get(id_) or id_ not in never_judged]
        judgements = [
            Judgement(id_, locked[id_].judgements + 1, text_of(given_of(crossing, context)), tuple(found))
            for crossing, context in known
            for id_ in [crossing.facts.crossing_id]
            if (found := changes(judged[id_], locked[id_].verdict, before[id_]))
        ]
        return _Judged(tuple(judgements), timers.kept(perhaps_set, wanted, at=self.clock.now()))

    async def _outputs(
        self,
        connection: Connection,
        found: Sequence[Change],
        causes: Mapping[UUID | None, UUID],
        at_hand: Mapping[UUID, CrossingSecrets],
    ) -> list[Output]:
        secrets = await self._secrets(connection, found, at_hand)
        return [
            output_of(
                change,
                cause=causes.get(change.crossing_id, causes[None]),
                secrets=secrets.get(change.crossing_id),
                other=secrets.get(other) if (other := other_crossing(change)) is not None else None,
                centre=self.keys.sealer,
                station_of=self.in_force.station,
            )
            for change in found
        ]

    async def _secrets(
        self, connection: Connection, found: Sequence[Change], at_hand: Mapping[UUID, CrossingSecrets]
    ) -> Mapping[UUID, CrossingSecrets]:
        saying = [one for one in found if one.kind is not Kind.VERDICT and one.said]
        others = {other for one in saying if (other := other_crossing(one)) is not None}
        named = sorted({one.crossing_id for one in saying} | others)
        if not named:
            return {}
        boxes = await statements.boxes_of(connection, named, at_hand=at_hand.keys())
        log.info("boxes of crossings opened for what is said about them", extra={"boxes": len(boxes)})
        return opened(self.keys.opener, boxes.values(), at_hand)


class _Again:
    """Calls with ``again=True`` from the second time on."""

    def __init__(self, judge: Callable[..., Awaitable[list[Output]]]) -> None:
        self._judge, self._tried = judge, False

    def __call__(self) -> Awaitable[list[Output]]:
        again, self._tried = self._tried, True
        return self._judge(again=again)


def _fresh(stored_now: Sequence[Taken]) -> bearing.Fresh:
    """What was stored and committed a moment ago is not parsed again; a later revision of it is read."""
    return {
        (one.event.event_id, one.revision): (one.derived.crossing, one.derived.refs)
        for one in stored_now
        if one.derived.crossing is not None
    }


def _at_hand(stored_now: Sequence[Taken]) -> dict[UUID, CrossingSecrets]:
    """By event: what was opened a moment ago is not opened again."""
    return {one.event.event_id: one.derived.secrets for one in stored_now if one.derived.secrets is not None}


def _causes(taken: Sequence[Taken]) -> dict[UUID | None, UUID]:
    """For each crossing the fact of this batch that its outputs are kept under: its own, or any that woke it.

    All facts of a batch are acknowledged after all its outputs were sent, so any of them brings them again.
    """
    causes: dict[UUID | None, UUID] = {None: taken[0].event.event_id}
    for one in taken:
        if one.kind in (opening.CROSSING, opening.DECISION):
            event: Any = one.event
            causes[event.crossing_id] = event.event_id
    return causes
