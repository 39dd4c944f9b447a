"""What notices say about a crossing as of its own time: post or road closed, vehicle wanted, driver changed. Pure.

Extensions are in schemas.rules.validity. A notice counts from its instant to just before its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from schemas.events.registry import NoticePublished, PlateToCheck
from schemas.rules.closed_roads import ROAD_CLOSED, ends_of
from schemas.rules.codes import Note
from schemas.rules.facts import CrossingFacts
from schemas.rules.validity import notices_at
from schemas.trust.refs import plate_normalised

_OF_A_POST = {
    "post_closed": Note.POST_CLOSED,
    ROAD_CLOSED: Note.ROAD_CLOSED,
    "change_of_driver": Note.CHANGE_OF_DRIVER_ORDERED,
}


def notice_codes(facts: CrossingFacts, notices: Sequence[NoticePublished]) -> list[str]:
    """In a fixed order, once each. ``facts.to_be_checked`` was filled in by whoever may know plates."""
    codes: list[str] = []
    if in_force := notices_at(notices, facts.occurred_at):
        there = {one.notice for one in in_force if one.post_id == facts.post_id}
        there |= {one.notice for one in in_force if facts.post_id in ends_of(one)}
        codes = [note.value for name, note in _OF_A_POST.items() if name in there]
    return [*codes, Note.PLATE_TO_BE_CHECKED.value] if facts.to_be_checked else codes


def wanted(plate: str | None, entries: Iterable[PlateToCheck], at: datetime) -> tuple[PlateToCheck, ...]:
    """The entries of a short list that name this plate and are in force at ``at``."""
    typed = plate_normalised(plate or "")
    return tuple(
        one
        for one in entries
        if typed
        and plate_normalised(one.plate) == typed
        and one.effective_at <= at
        and (one.ends_at is None or at < one.ends_at)
    )
