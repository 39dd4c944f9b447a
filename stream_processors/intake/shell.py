"""The first transaction: what of a batch can be believed is stored, the rest is buried with its reason."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from schemas.events.base import StationEvent
from schemas.events.crossing import CrossingCorrected
from schemas.events.operations import StationHealth
from schemas.topics import (
    COMMANDS,
    CROSSINGS,
    DEAD_LETTERS,
    DECISIONS,
    NOTICES,
    POLICIES,
    POSTS,
    STATION_HEALTH,
    STATIONS,
    TEST_RESULTS,
    VEHICLE_PASSES,
    ZONES,
    Topic,
)
from stream_processors.clock import Clock
from stream_processors.database import chain, facts, heard, statements
from stream_processors.database.pool import Connection, Pool
from stream_processors.database.registry import RegistryInForce
from stream_processors.intake.believing import StationNotKnown, believe, is_signed_policy
from stream_processors.intake.dead_letters import dead_letter
from stream_processors.intake.limit import Refusals, Seen
from stream_processors.intake.opening import Opening, take_all
from stream_processors.intake.reasons import Reason
from stream_processors.intake.records import Believed, RawRecord, Refused, Taken
from stream_processors.intake.sent_again import report_taken
from stream_processors.keeping import kept_from
from stream_processors.keys import Keys
from stream_processors.outputs.making import output
from stream_processors.seen import metrics
from stream_processors.stopping import RulesTooNew
from stream_processors.world import in_place

log = logging.getLogger(__name__)

FACT_TOPICS: tuple[Topic, ...] = (CROSSINGS, DECISIONS, TEST_RESULTS, COMMANDS, STATION_HEALTH)
REGISTRY_TOPICS: tuple[Topic, ...] = (STATIONS, POSTS, ZONES, POLICIES, NOTICES, VEHICLE_PASSES)
FACT_NAMES = frozenset(topic.name for topic in FACT_TOPICS)
TOPICS = {topic.name: topic for topic in (*FACT_TOPICS, *REGISTRY_TOPICS)}

WAIT_FOR_STATION_S = 10.0
LOOK_AGAIN_S = 0.5


A_FEW = 20
"""Records that are read or opened at one go, which takes about as long as an answer of the database. Opened ten
at a time they took a tenth longer."""
Opened: TypeAlias = list[tuple[Believed | Refused, Taken | Refused]]
"""Each record as it was believed, and what its box held."""


@dataclass(frozen=True)
class TakenIn:
    """What the first transaction left behind."""

    to_judge: tuple[Taken, ...] = ()
    stored_now: tuple[Taken, ...] = ()
    """Of those, the ones that were not here before."""
    resend: tuple[UUID, ...] = ()
    """Causes whose stored outputs go out again: facts seen before, and dead letters."""
    seen: tuple[Seen, ...] = ()
    """Who sent the batch's facts, and which were refused."""


@dataclass
class Intake:
    pool: Pool
    keys: Keys
    clock: Clock
    in_force: RegistryInForce
    wait_for_station_s: float = WAIT_FOR_STATION_S
    keep: timedelta | None = None
    refusals: Refusals = field(default_factory=Refusals)
    _waited_for: set[tuple[str, int]] = field(default_factory=set)

    async def take_in(self, records: Sequence[RawRecord]) -> TakenIn:
        """Believe, open, store. Returns when the transaction is committed, however long that takes."""
        return await self.store(await self.open(records))

    async def open(self, records: Sequence[RawRecord], registry_changes: int | None = None) -> Opened:
        """What can be believed, with its box opened, in the order of the records. Stores nothing.

        ``registry_changes`` as a statement of a moment ago read them. Lets others work in between: another batch
        may be with the database meanwhile.
        """
        if not self.in_force.is_of(registry_changes):
            await in_place("registry", self._refresh)
        sorted_out = await self._sort_out(records)
        believed = [one for one in sorted_out if isinstance(one, Believed)]
        contents: list[Taken | Refused] = []
        for start in range(0, len(believed), A_FEW):
            contents += take_all(believed[start : start + A_FEW], self._opening())
            await asyncio.sleep(0)
        inside = iter(contents)
        return [(one, next(inside) if isinstance(one, Believed) else one) for one in sorted_out]

    async def store(self, opened: Opened) -> TakenIn:
        """Returns when the transaction is committed, however long that takes.

        Raises NeedsAPerson, and then nothing of it was stored.
        """
        taken_in = await in_place("facts", lambda: self._store(opened))
        self.refusals.note(taken_in.seen, time.monotonic())
        return taken_in

    async def bury(self, record: RawRecord, reason: Reason) -> TakenIn:
        """Put a record away that nothing here can take."""
        refused = Refused(record, reason.value)
        return await in_place("dead letter", lambda: self._store([(refused, refused)]))

    async def _sort_out(self, records: Sequence[RawRecord]) -> list[Believed | Refused]:
        """In the order of the records. Waits a moment for enrolments that are still on the way."""
        found = await self._all_believed(records)
        waiting = {one.station for one in found if isinstance(one, StationNotKnown)} - self._waited_for
        if waiting:
            await self._wait_for(waiting)
            found = await self._all_believed(records)
        return [
            Refused(record, Reason.STATION_UNKNOWN.value, event=one.event)
            if isinstance(one, StationNotKnown)
            else one
            for record, one in zip(records, found, strict=True)
        ]

    async def _all_believed(self, records: Sequence[RawRecord]) -> list[Believed | Refused | StationNotKnown]:
        found = []
        from_when = kept_from(self.keep, self.in_force, self.clock.now())
        for record in records:
            found.append(self._believed(record, from_when))
            if len(found) % A_FEW == 0:
                await asyncio.sleep(0)
        return found

    def _believed(self, record: RawRecord, from_when: datetime | None) -> Believed | Refused | StationNotKnown:
        try:
            found = believe(
                record,
                TOPICS[record.topic],
                self.keys.verifying,
                self.in_force.enrolled.stations,
                arrived_at=record.appended_at or self.clock.now(),
                kept_from=from_when,
            )
        except StationNotKnown as unknown:
            return unknown
        if isinstance(found, Refused) and is_signed_policy(record, self.keys.verifying) and found.event is None:
            raise RulesTooNew(found.detail)
        return found

    async def _wait_for(self, stations: set[tuple[str, int]]) -> None:
        """Once for each: a station that never comes may not hold up the others again and again."""
        for _ in range(int(self.wait_for_station_s / LOOK_AGAIN_S)):
            await asyncio.sleep(LOOK_AGAIN_S)
            await in_place("registry", self._refresh)
            if stations <= self.in_force.enrolled.stations.keys():
                return
        self._waited_for |= stations - self.in_force.enrolled.stations.keys()

    async def _refresh(self) -> None:
        async with self.pool.acquire() as connection:
            await self.in_force.refresh(connection)

    async def _store(self, opened: Opened) -> TakenIn:
        async with self.pool.acquire() as connection, connection.transaction():
            heard_of = [one for one, _ in opened if one.record.topic == STATION_HEALTH.name]
            await self._hear(connection, [one for one in heard_of if isinstance(one, Believed)])
            if heard_of:
                opened = [pair for pair in opened if not isinstance(pair[0].event, StationHealth)]
            refused = [one for one, _ in opened if isinstance(one, Refused)]
            inside = {id(one): content for one, content in opened}
            believed = [one for one, _ in opened if isinstance(one, Believed)]
            believed, repeated, broken = await self._linked(connection, believed)
            contents = [inside[id(one)] for one in believed]
            unread = [one for one in contents if isinstance(one, Refused)]
            await heard.keep_unread(connection, unread)
            refused += unread
            taken = [one for one in contents if isinstance(one, Taken)]
            taken, foreign = await self._of_their_station(connection, taken)
            stored = await facts.store_facts(connection, taken)
            refused += [*repeated, *broken, *foreign]
            refused += [_refused(one, Reason.CONFLICT) for one in stored.conflicting]
            refused += [_refused(one, Reason.REVISION_OLDER) for one in stored.older]
            seen = _seen([one for one, _ in opened], refused)
            self.refusals.check(seen, time.monotonic())
            buried = await self._bury(connection, refused)
            buried += await report_taken(connection, [*stored.to_judge, *stored.judged], at=self.clock.now())
        seen_before = [one.event.event_id for one in (*stored.known, *stored.judged)]
        return TakenIn(stored.to_judge, stored.new, (*seen_before, *buried), seen)

    async def _hear(self, connection: Connection, believed: Sequence[Believed]) -> None:
        """Heartbeats are no facts of their own: each moves on what is known of its station."""
        error = self.in_force.clock_error_when_unknown()
        again = await heard.store_health(connection, believed, error_when_unknown=error)
        if again:
            log.info("stations are heard again", extra={"stations": sorted(again)})

    def _opening(self) -> Opening:
        return Opening(self.keys.opener, self.keys.refs, self.in_force.time_zone, self.keys.numbers)

    async def _linked(
        self, connection: Connection, believed: list[Believed]
    ) -> tuple[list[Believed], list[Refused], list[Refused]]:
        """Those whose number is their own; those that repeat one; those whose link to a neighbour is wrong."""
        links = {id(one): link for one in believed if (link := chain.link_of(one)) is not None}
        stored = await chain.store_links(connection, reversed(list(links.values())))
        good, repeated, broken = [], [], []
        arrived: dict[chain.Station, list[int]] = {}
        posts: dict[chain.Station, str] = {}
        for one in believed:
            link = links.get(id(one))
            if link is not None and stored[link.key].sha256 != link.sha256:
                repeated.append(Refused(one.record, Reason.NUMBER_REPEATED.value, event=one.event))
                continue
            good.append(one)
            if link is None:
                continue
            arrived.setdefault(link.station, []).append(link.number)
            posts[link.station] = getattr(one.event, "post_id", "")
            if (detail := chain.wrong_link(link, stored)) is not None:
                broken.append(Refused(one.record, Reason.CHAIN_BROKEN.value, detail, one.event))
        await chain.note_numbers(connection, arrived, posts, at=self.clock.now())
        return good, repeated, broken

    async def _of_their_station(
        self, connection: Connection, taken: list[Taken]
    ) -> tuple[list[Taken], list[Refused]]:
        """A crossing is corrected by the station that closed it, and by no other."""
        corrected = [one for one in taken if one.revision > 1 and isinstance(one.event, CrossingCorrected)]
        if not corrected:
            return taken, []
        known = await facts.stations_of(connection, [one.subject for one in corrected])
        foreign = [
            one
            for one in corrected
            if isinstance(one.event, StationEvent)
            and known.get(one.subject, one.event.station_id) != one.event.station_id
        ]
        good = [one for one in taken if one not in foreign]
        return good, [_refused(one, Reason.CROSSING_OF_OTHER_STATION) for one in foreign]

    async def _bury(self, connection: Connection, refused: Sequence[Refused]) -> list[UUID]:
        """Keep the dead letters' bytes; what was buried before keeps the bytes that it has."""
        letters = [dead_letter(one, self.keys.sealer, at=self.clock.now()) for one in refused]
        outputs = [output(DEAD_LETTERS, one, cause=one.event_id, id_=one.event_id) for one in letters]
        await statements.store_letters(connection, outputs)
        for one in refused:
            metrics.DEAD_LETTERS.labels(one.reason, one.record.topic).inc()
            log.warning(
                "a record was buried",
                extra={"reason": one.reason, "topic": one.record.topic, "offset": one.record.offset},
            )
        return [one.event_id for one in letters]


def _seen(sorted_out: Sequence[Believed | Refused], refused: Sequence[Refused]) -> tuple[Seen, ...]:
    """Of the facts: what the registry's topics hold is few, and is read again at each start."""
    reasons = {id(one.record): one.reason for one in refused}
    return tuple(
        Seen(one.record.key or b"", reasons.get(id(one.record)))
        for one in sorted_out
        if one.record.topic in FACT_NAMES
    )


def _refused(taken: Taken, reason: Reason) -> Refused:
    return Refused(taken.believed.record, reason.value, event=taken.event)
