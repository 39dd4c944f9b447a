"""Works through a folder of officer's sheets, in order of name. Exactly once in effect, whenever it is killed.

A crossing's id follows from station and sheet: what is done twice after a restart is the same thing, and what
is in the outbox already is not written again. A sheet goes to ``done/`` when its records are on the disk.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
from datetime import datetime
from pathlib import Path
from uuid import UUID

from pydantic import ValidationError

from checkpoint_agent.clock import SheetClock
from checkpoint_agent.crossing.building import Crossing, with_occupant
from checkpoint_agent.crossing.papers import paper_digest, paper_read
from checkpoint_agent.crossing.people import NOBODY, Occupant, person_joined
from checkpoint_agent.crossing.records import Desk
from checkpoint_agent.crossing.states import State
from checkpoint_agent.headless.pictures import PictureReader
from checkpoint_agent.headless.sheet import SUFFIX, OfficerSheet, SheetCorrection
from checkpoint_agent.lane.lane import Lane
from checkpoint_agent.outbox import OutboxTrouble
from schemas.ids import derived_id_at
from schemas.topics import where
from schemas.words import Outcome

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.1
RETRY_S = 2.0
OFFICER_ID = "sheets"
NOT_SAID = "OTHER"
"""Reason of a decision unlike the advice when the sheet gives none."""


def crossing_id_of(station_id: str, sheet_id: str, opened_at: datetime) -> UUID:
    return derived_id_at(opened_at, "sheet", station_id, sheet_id)


class SheetOfficer:
    def __init__(
        self, lane: Lane, folder: Path, clock: SheetClock, reader: PictureReader, station_id: str
    ) -> None:
        self._lane = lane
        self._folder = folder
        self._clock = clock
        self._reader = reader
        self._station_id = station_id
        self._said_trouble = False

    async def work_for_ever(self) -> None:
        for name in ("done", "refused"):
            await asyncio.to_thread((self._folder / name).mkdir, parents=True, exist_ok=True)
        await self._lane.abandon_left_open(self._desk, except_for=await asyncio.to_thread(self._waiting_ids))
        while True:
            for path in await asyncio.to_thread(self._waiting):
                await self._until_written(path)
            await asyncio.sleep(LOOK_EVERY_S)

    @property
    def _desk(self) -> Desk:
        return self._lane.desk(OFFICER_ID)

    def _waiting(self) -> list[Path]:
        return sorted(path for path in self._folder.glob(f"*{SUFFIX}") if not path.name.startswith("."))

    def _waiting_ids(self) -> frozenset[UUID]:
        """Crossings that these sheets go on with: they were not given up by the restart."""
        ids = set()
        for path in self._waiting():
            try:
                ids.add(self._id_of(OfficerSheet.model_validate_json(path.read_bytes())))
            except (ValidationError, OSError):
                continue
        return frozenset(ids)

    def _id_of(self, sheet: OfficerSheet) -> UUID:
        return crossing_id_of(self._station_id, sheet.sheet_id, sheet.opened_at)

    async def _until_written(self, path: Path) -> None:
        try:
            sheet = OfficerSheet.model_validate_json(await asyncio.to_thread(path.read_bytes))
        except ValidationError as exc:
            log.warning("a sheet was refused", extra={"sheet_file": path.name, "fault": where(exc)})
            await asyncio.to_thread(_moved, [path], self._folder / "refused")
            return
        except FileNotFoundError:
            return
        for wait_s in itertools.chain((0.0,), itertools.repeat(RETRY_S)):
            await asyncio.sleep(wait_s)
            if await self._done(sheet):
                break
        pictures = [self._folder / picture.file for picture in sheet.pictures]
        # The sheet first: pictures without it are orphans, it without pictures would be another crossing.
        await asyncio.to_thread(_moved, [path, *pictures], self._folder / "done")

    async def _done(self, sheet: OfficerSheet) -> bool:
        """False when the disk did not take it: everything again, from the first picture."""
        try:
            await self._carried_out(sheet)
        except OutboxTrouble as exc:
            if not self._said_trouble:
                log.warning("sheets wait for the disk", extra={"error": type(exc).__name__})
            self._said_trouble = True
            self._lane.forget_current()
            return False
        self._said_trouble = False
        return True

    async def _carried_out(self, sheet: OfficerSheet) -> None:
        self._clock.move_to(sheet.opened_at)
        crossing_id = self._id_of(sheet)
        await self._lane.open(crossing_id=crossing_id, sheet_id=sheet.sheet_id, direction=sheet.direction)
        await self._lane.set(
            plate=sheet.plate,
            vehicle_class=sheet.vehicle_class,
            head_count=sheet.head_count.counted() if sheet.head_count else None,
            purpose=sheet.purpose,
            cargo_space=sheet.cargo_space,
            seal_number=sheet.seal_number,
            ordered_change=sheet.ordered_change,
            trip_id=sheet.trip_id,
            destination_commune=sheet.destination_commune,
            origin_unit=sheet.origin_unit,
            telephone=sheet.telephone,
            note=sheet.note,
        )
        for number, seen in enumerate(sheet.occupants, start=1):
            occupant = Occupant(number, seen.role, NOBODY, seen.telephone, seen.address)
            await self._lane.change(lambda crossing, one=occupant: with_occupant(crossing, one))  # type: ignore[misc]
        for picture in sheet.pictures:
            await self._shown(picture.file, picture.occupant)
        for paper in sheet.papers:
            claims = paper.claims.model_copy(update={"seen_by": OFFICER_ID})
            digest = paper_digest(claims, paper.occupant)
            await self._lane.add_reading(digest, paper_read(claims), occupant=paper.occupant)
        await self._lane.change(lambda crossing: with_people_of(crossing, sheet))
        self._clock.move_to(sheet.closed_at)
        await self._lane.close(self._desk)
        await self._decide(crossing_id, sheet)
        if sheet.correction is not None:
            await self._correct(crossing_id, sheet.correction)
        await self._lane.leave()

    async def _shown(self, file: str, occupant: int | None) -> None:
        for digest, read in await self._reader.readings(self._folder / file, self._clock.now()):
            await self._lane.add_reading(digest, read, occupant=occupant)

    async def _decide(self, crossing_id: UUID, sheet: OfficerSheet) -> None:
        if sheet.decided_at is None:
            return
        self._clock.move_to(sheet.decided_at)
        shown = await self._lane.shown_for(crossing_id)
        outcome = shown.outcome if sheet.decision == "as_advised" else Outcome(sheet.decision)
        differs = outcome is not shown.outcome
        reason = (sheet.decision_reason or NOT_SAID) if differs else sheet.decision_reason
        await self._lane.decide(crossing_id, outcome, self._desk, reason=reason)

    async def _correct(self, crossing_id: UUID, correction: SheetCorrection) -> None:
        self._clock.move_to(correction.at)
        given = {name: getattr(correction.changes, name) for name in correction.changes.model_fields_set}
        if correction.changes.head_count is not None:
            given["head_count"] = correction.changes.head_count.counted()
        await self._lane.correct(crossing_id, correction.reason, self._desk, **given)


def with_people_of(crossing: Crossing, sheet: OfficerSheet) -> Crossing:
    """Who the officer wrote down comes before what the codes say; codes fill in the rest."""
    if crossing.state is not State.OPEN:
        return crossing
    for number, seen in enumerate(sheet.occupants, start=1):
        known = crossing.occupant(number)
        if known is None or seen.person is None:
            continue
        person = person_joined(seen.person, known.person)
        joined = Occupant(number, seen.role, person, seen.telephone, seen.address)
        crossing = with_occupant(crossing, joined)
    return crossing


def _moved(paths: list[Path], folder: Path) -> None:
    for path in paths:
        try:
            os.replace(path, folder / path.name)
        except FileNotFoundError:
            continue
