"""Lays a crossing in a headless station's folder: its pictures, and last, in one step, the officer's sheet."""

import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deploy.simulator.pictures import frame_with, jpeg
from deploy.simulator.plan_model import Aboard, Paper, PlannedCrossing
from schemas.bounded import instant_text

SHEET_SUFFIX = ".sheet.json"


def lay(crossing: PlannedCrossing, folder: Path, text_of: Callable[[Paper], str]) -> Path:
    """Write pictures and sheet; the sheet's path. The same crossing is always the same pictures."""
    rng = random.Random(crossing.sheet_id)
    names = []
    for number, shown in enumerate(crossing.shown, start=1):
        names.append(f"{crossing.sheet_id}-{number}.jpg")
        (folder / names[-1]).write_bytes(jpeg(frame_with(text_of(shown.paper), rng)))
    sheet = folder / f"{crossing.sheet_id}{SHEET_SUFFIX}"
    unfinished = sheet.with_name(f".{sheet.name}.unfinished")
    unfinished.write_text(json.dumps(sheet_of(crossing, names), ensure_ascii=False), encoding="utf-8")
    os.replace(unfinished, sheet)
    return sheet


def sheet_of(crossing: PlannedCrossing, pictures: list[str]) -> dict[str, Any]:
    """The sheet's fields, as the station's model has them."""
    return {
        "sheet_id": crossing.sheet_id,
        "opened_at": instant_text(crossing.opened_at),
        "closed_at": instant_text(crossing.closed_at),
        "decided_at": instant_text(crossing.decided_at),
        "pictures": [
            {"file": name, "occupant": shown.occupant}
            for name, shown in zip(pictures, crossing.shown, strict=True)
        ],
        "papers": [
            {"occupant": slip.occupant, "claims": slip.claims.model_dump(mode="json", exclude_none=True)}
            for slip in crossing.papers
        ],
        "plate": crossing.plate,
        "vehicle_class": crossing.vehicle_class.value,
        "head_count": {"cab": crossing.cab, "cargo": crossing.cargo},
        "direction": crossing.direction.value,
        "purpose": crossing.purpose.value,
        "cargo_space": crossing.cargo_space.value,
        "seal_number": crossing.seal_number,
        "ordered_change": crossing.ordered_change.model_dump(mode="json") if crossing.ordered_change else None,
        "destination_commune": crossing.destination_commune,
        "telephone": crossing.occupants[0].person.telephone,
        "occupants": [_occupant(aboard) for aboard in crossing.occupants],
        "decision": "as_advised",
        "decision_reason": None,
        "correction": None,
    }


def _occupant(aboard: Aboard) -> dict[str, Any]:
    person = aboard.person
    return {
        "role": aboard.role.value,
        "person": person.claims.model_dump(mode="json", exclude_none=True) if aboard.typed else None,
        "telephone": person.telephone,
        "address": person.address,
    }
