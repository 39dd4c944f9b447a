"""Doses and recoveries from papers that were accepted, and what they prove by a policy's definition. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from schemas.passes.claims import Claims, HealthClaims, PaperClaims
from schemas.policy.matters import ImmunityDefinition
from schemas.words import Immunity

if TYPE_CHECKING:
    from schemas.rules.facts import OccupantFacts


def protection(claims: Iterable[Claims | None]) -> dict[str, Any]:
    """The fields of an occupant that say it: the highest dose with its date, and the latest recovery."""
    doses: list[tuple[int, str, int | None]] = []
    recoveries: list[str] = []
    for one in claims:
        if isinstance(one, PaperClaims):
            if one.doses:
                doses.append((one.doses, one.last_dose_on, one.doses_needed))
            if one.recovered_on:
                recoveries.append(one.recovered_on)
        elif isinstance(one, HealthClaims):
            for entry in one.entries:
                if entry.entry == "vaccination" and entry.dose:
                    doses.append((entry.dose, entry.on or "", entry.doses_needed))
                elif entry.entry == "recovery" and entry.on:
                    recoveries.append(entry.on)
    last = max(doses, key=lambda dose: (dose[0], dose[1])) if doses else (None, "", None)
    return {
        "doses": last[0],
        "doses_needed": last[2],
        "last_dose_on": last[1] or None,
        "recovered_on": max(recoveries) if recoveries else None,
    }


def immunity_of(occupant: OccupantFacts, definition: ImmunityDefinition, at: datetime, zone: ZoneInfo) -> Immunity:
    """As of the local day of ``at``. A dose without a readable date proves a part at most, and only of doses."""
    today = at.astimezone(zone).date()
    dosed, recovered = _date(occupant.last_dose_on), _date(occupant.recovered_on)
    if dosed is not None and _is_complete(occupant):
        days = (today - dosed).days
        if days >= definition.full_from_day and _lasts(dosed, definition.full_months, today):
            return Immunity.FULL
    if recovered is not None:
        days = (today - recovered).days
        if days >= definition.recovered_from_day and _lasts(recovered, definition.recovered_months, today):
            return Immunity.RECOVERED
    if dosed is not None and occupant.doses and _part(occupant, (today - dosed).days, definition):
        return Immunity.PART
    return Immunity.NONE


def _is_complete(occupant: OccupantFacts) -> bool:
    return bool(occupant.doses and occupant.doses_needed and occupant.doses >= occupant.doses_needed)


def _part(occupant: OccupantFacts, days_since_last: int, definition: ImmunityDefinition) -> bool:
    """With a second dose just given the first one is older than any definition asks."""
    return days_since_last >= (definition.part_from_day if occupant.doses == 1 else 0)


def _lasts(since: date, months: int | None, today: date) -> bool:
    return months is None or today <= months_after(since, months)


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for shorter in range(4):
        try:
            return date(year, month + 1, day.day - shorter)
        except ValueError:
            continue
    return date.max


def _date(text: str | None) -> date | None:
    """None unless it is a whole date; a time behind it is left out."""
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None
