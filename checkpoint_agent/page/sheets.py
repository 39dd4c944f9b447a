"""Change sheets at the lane: shown from when a bundle comes until the shift says that it has read it.

Who read what stands on the station's own disk, so that a restart asks nobody again.
"""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from checkpoint_agent.outbox import Database, OutboxTrouble
from checkpoint_agent.page.access import AtStation, Pressing
from checkpoint_agent.station import Station
from schemas.bounded import instant_text
from schemas.policy.change_sheet import ChangeSheet, change_sheet
from schemas.policy.in_force import policy_at
from schemas.policy.policy import Policy
from schemas.policy.when import Place

router = APIRouter()
_JUST_BEFORE = timedelta(milliseconds=1)


def unread(station: Station) -> list[ChangeSheet]:
    """Of the bundle in force here and of those to come, the first to come first. Reads the disk."""
    rules, at = station.listening.held.rules, station.clock.now()
    post_id = station.identity.post_id
    place = rules.places.get(post_id) or Place(post_id=post_id)

    def in_force(when: datetime) -> Policy | None:
        return policy_at(rules.policies, when, place, rules.areas)

    coming = [one for one in rules.policies if one.effective_at > at and in_force(one.effective_at) is one]
    now = in_force(at)
    shown = ([now] if now else []) + sorted(coming, key=lambda one: one.effective_at)
    read = _read(station.database) if shown else frozenset()
    return [
        change_sheet(in_force(one.effective_at - _JUST_BEFORE), one)
        for one in shown
        if _name(one.policy_id, one.version) not in read
    ]


def read_by(database: Database, policy_id: str, version: int, *, by: str, at: datetime) -> None:
    """Kept with who and when; the first one stays. Raises OutboxTrouble."""
    said = json.dumps({"by": by, "at": instant_text(at)})
    with database.writing() as db:
        db.execute("INSERT OR IGNORE INTO facts (name, value) VALUES (?, ?)", (_name(policy_id, version), said))


def _read(database: Database) -> frozenset[str]:
    try:
        with database.reading() as db:
            rows = db.execute("SELECT name FROM facts WHERE name GLOB 'sheet:*'").fetchall()
    except OutboxTrouble:
        return frozenset()  # shown once more is better than never
    return frozenset(row["name"] for row in rows)


def _name(policy_id: str, version: int) -> str:
    return f"sheet:{policy_id}/{version}"


@router.post("/sheet/read")
async def sheet_read(
    request: Request,
    station: AtStation,
    session: Pressing,
    policy_id: Annotated[str, Form(max_length=100)],
    version: Annotated[int, Form(ge=1)],
) -> Response:
    """The shift has read it. A sheet that is not shown here is nobody's to acknowledge."""
    shown = {(sheet.policy_id, sheet.version) for sheet in await asyncio.to_thread(unread, station)}
    if (policy_id, version) in shown:
        await asyncio.to_thread(
            read_by,
            station.database,
            policy_id,
            version,
            by=session.officer.officer_id,
            at=station.machine_clock.now(),
        )
        station.changes.tell()
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"done": True})
    return RedirectResponse("/", 303)
