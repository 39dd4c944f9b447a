"""What the page shows, as plain values for the templates. Personal data goes to the screen from memory only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from checkpoint_agent.crossing.building import Crossing
from checkpoint_agent.crossing.people import perhaps_the_holder, perhaps_the_same
from checkpoint_agent.crossing.states import State
from checkpoint_agent.lane.shown import seen_of
from checkpoint_agent.listening.published import OLDER_THAN_HELD
from checkpoint_agent.outbox import CrossingRow, OutboxTrouble
from checkpoint_agent.page import sheets
from checkpoint_agent.page.state import is_recalled
from checkpoint_agent.station import Station
from schemas.events.registry import PlateToCheck
from schemas.events.verdict import OccupantHealthReasons, VerdictReached, VerdictSecrets
from schemas.passes.kinds import Confidence, ReadingReason, ReadingStatus, Step
from schemas.passes.reading import Reading
from schemas.rules.codes import Note
from schemas.rules.revoked import as_revoked
from schemas.trust.sealing import BoxRefused
from schemas.words import Outcome

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
LAST_SHOWN = 12
SHAPES = {
    Outcome.LET_THROUGH: "✔",
    Outcome.CHECK_MORE: "?",
    Outcome.REFER: "✚",
    Outcome.TURN_BACK: "↩",
    Outcome.HOLD: "■",
    Outcome.COULD_NOT_CHECK: "…",
}
KEYS = (
    ("F1", Outcome.LET_THROUGH),
    ("F2", Outcome.CHECK_MORE),
    ("F3", Outcome.REFER),
    ("F4", Outcome.TURN_BACK),
    ("F5", Outcome.HOLD),
)


@dataclass(frozen=True)
class ShownOutcome:
    """The largest thing on the page."""

    outcome: Outcome | None
    verdict: VerdictReached | None = None
    """Where it is the centre's: for the rules, the policy's version and the facts that it rests on."""
    reasons: tuple[str, ...] = ()
    people: tuple[tuple[int, tuple[str, ...]], ...] = ()
    valid_until: datetime | None = None
    valid_by: str | None = None
    valid_by_occupant: int | None = None
    """Whose test, where it is a test that ends first."""
    document: str | None = None
    seen: str = ""
    decided: Outcome | None = None
    not_checked: tuple[str, ...] = ()
    wanted: tuple[PlateToCheck, ...] = field(default=(), repr=False)
    """Notices that name this vehicle: what to check it for, from the station's own short list."""


@dataclass(frozen=True)
class Check:
    """One step of a code's chain: done, failed here, or not come to."""

    step: Step
    mark: str


@dataclass(frozen=True)
class ShownReading:
    index: int
    reading: Reading
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True)
class ShownPerson:
    number: int
    role: str
    name: str = field(repr=False)
    birth_year: str = field(repr=False)
    no_papers: bool
    outcome: Outcome | None
    reasons: tuple[str, ...]


def shown_outcome(station: Station) -> ShownOutcome:
    lane = station.lane
    crossing, advising, verdict = lane.current, lane.advising, lane.verdict
    if crossing is None or advising is None:
        return ShownOutcome(None)
    shown = lane.shown()
    decided = crossing.decision.outcome if crossing.decision else None
    seen = seen_of(shown) if shown else ""
    document = advising.policy.document if advising.policy else None
    if verdict is not None:
        return ShownOutcome(
            outcome=verdict.outcome,
            verdict=verdict,
            reasons=_first(verdict.binding, verdict.reasons),
            people=tuple((one.occupant, one.reasons) for one in health_of(station, verdict)),
            valid_until=verdict.valid_until,
            valid_by=verdict.valid_by,
            valid_by_occupant=verdict.valid_by_occupant,
            document=next((rule.document for rule in verdict.rules if rule.document), document),
            seen=seen,
            decided=decided,
            not_checked=advising.advice.not_checked,
            wanted=advising.wanted,
        )
    conclusion, validity = advising.advised.conclusion, advising.advised.validity
    return ShownOutcome(
        outcome=advising.outcome,
        reasons=_first(conclusion.binding, conclusion.reasons),
        people=tuple((number, reasons) for number, (_, reasons) in sorted(conclusion.occupants.items())),
        valid_until=validity.until if validity else None,
        valid_by=validity.code if validity else None,
        valid_by_occupant=validity.occupant if validity else None,
        document=document,
        seen=seen,
        decided=decided,
        not_checked=advising.advice.not_checked,
        wanted=advising.wanted,
    )


def _first(binding: str | None, reasons: tuple[str, ...]) -> tuple[str, ...]:
    """The binding reason first. That somebody has a health reason is said by the reason itself."""
    ordered = (binding, *reasons) if binding else reasons
    return tuple(code for code in dict.fromkeys(ordered) if code != Note.OCCUPANT_HEALTH)


def health_of(station: Station, verdict: VerdictReached) -> tuple[OccupantHealthReasons, ...]:
    """The reasons that came sealed to this station, opened for the screen alone."""
    if verdict.health is None:
        return ()
    try:
        return station.identity.opener.open(verdict.health, verdict.event_id, VerdictSecrets).occupants
    except BoxRefused:
        return ()


def shown_readings(
    crossing: Crossing | None, revoked: Mapping[int, ReadingReason] | None = None
) -> list[ShownReading]:
    """Each code as it was read, or rejected where a notice revokes it."""
    if crossing is None:
        return []
    readings = [
        as_revoked(read.reading, (revoked or {}).get(index)) for index, read in enumerate(crossing.readings)
    ]
    return [ShownReading(index, reading, checks_of(reading)) for index, reading in enumerate(readings)]


def checks_of(reading: Reading) -> tuple[Check, ...]:
    """The visible chain of a signed code; empty for a text that nobody signed."""
    if reading.passed is None and reading.confidence is not Confidence.SIGNED:
        return ()
    steps = tuple(Step)
    done = steps.index(reading.passed) + 1 if reading.passed else 0
    if reading.status is ReadingStatus.ACCEPTED:
        return tuple(Check(step, "✔") for step in steps)
    failed = "✘" if reading.status is ReadingStatus.REJECTED else "?"
    marks = ["✔"] * done + [failed] + ["–"] * len(steps)
    return tuple(Check(step, mark) for step, mark in zip(steps, marks, strict=False))


def shown_people(station: Station) -> list[ShownPerson]:
    crossing, advising = station.lane.current, station.lane.advising
    if crossing is None:
        return []
    advised = advising.advised.conclusion.occupants if advising else {}
    return [
        ShownPerson(
            number=one.number,
            role=one.role.value,
            name=short_name(one.person.name),
            birth_year=one.person.birth_date[:4],
            no_papers=one.no_papers,
            outcome=advised[one.number][0] if one.number in advised else None,
            reasons=advised[one.number][1] if one.number in advised else (),
        )
        for one in crossing.occupants
    ]


def one_person(crossing: Crossing) -> list[tuple[int, int]]:
    """Pairs that may be one person: the officer is asked, nobody is merged."""
    found = [*perhaps_the_same(crossing.occupants), *perhaps_the_holder(crossing.occupants, crossing.readings)]
    return list(dict.fromkeys(found))


def short_name(name: str | None) -> str:
    """``Nguyễn V. A``: enough to call somebody to the window, not to copy from the screen."""
    first, *rest = (name or "").split() or [""]
    return " ".join([first, *(f"{word[0]}." for word in rest[:-1]), *(word[0] for word in rest[-1:])])


def page_view(station: Station) -> dict[str, Any]:
    """Everything that the parts of the page need. Reads the disk: called in a thread."""
    lane = station.lane
    crossing = lane.current
    post = station.listening.held.posts.get(station.identity.post_id)
    last, trouble = _last(station)
    return {
        "post_name": post.name if post else station.identity.post_id,
        "lane": station.identity.lane,
        "online": station.reach.online,
        "revoked": station.listening.revoked,
        "lists_age_min": _minutes(station.lists_age_s()),
        "unsent": station.outbox.unsent() if trouble is None else None,
        "refused": station.outbox.refused() if trouble is None else [],
        "published_refused": _worth_saying(station.listening.refused),
        "camera": station.camera_state(),
        "hints": [hint.value for hint in station.live.hints],
        "decoder_away": station.decoder.state.away,
        "crossing": crossing,
        "is_open": crossing is not None and crossing.state is State.OPEN,
        "is_closed": crossing is not None and crossing.state is State.CLOSED,
        "shown": shown_outcome(station),
        "readings": shown_readings(crossing, lane.advising.revoked if lane.advising else {}),
        "people": shown_people(station),
        "same": one_person(crossing) if crossing else [],
        "message": lane.message,
        "trouble": trouble.code if trouble else (lane.trouble.code if lane.trouble else None),
        "last": last,
        "correctable": [row for row, _ in last if lane.known(row.crossing_id) is not None],
        "by_sheets": station.sheet_clock is not None,
        "sheets": sheets.unread(station),
        "keys": KEYS,
        "shapes": SHAPES,
    }


def _last(station: Station) -> tuple[list[tuple[CrossingRow, bool]], OutboxTrouble | None]:
    try:
        return [(row, is_recalled(row)) for row in station.crossings.recent(LAST_SHOWN)], None
    except OutboxTrouble as exc:
        return [], exc


def _minutes(seconds: int | None) -> int | None:
    return None if seconds is None else seconds // 60


def local_time(at: datetime | str | None) -> str:
    """``14:05:31``."""
    if at is None:
        return ""
    instant = datetime.fromisoformat(at) if isinstance(at, str) else at
    return instant.astimezone(ZONE).strftime("%H:%M:%S")


def local_date_time(at: datetime | None) -> str:
    return at.astimezone(ZONE).strftime("%H:%M %d/%m/%Y") if at else ""


def _worth_saying(refused: Mapping[str, int]) -> dict[str, int]:
    """What was published and not believed. Older than what we hold is what every restart reads again."""
    return {reason: times for reason, times in refused.items() if reason != OLDER_THAN_HELD}
