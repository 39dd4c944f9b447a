"""What an officer enters of people and papers that no code tells. Nothing is ever required (DOMAIN.md, 1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from checkpoint_agent.crossing.building import Crossing, new_occupant, with_occupant
from checkpoint_agent.crossing.papers import PaperKind, paper_digest, paper_read
from checkpoint_agent.crossing.people import Occupant
from checkpoint_agent.page.access import AtStation, Pressing
from checkpoint_agent.page.actions import FieldWrong, answered, ensure_open, parsed
from checkpoint_agent.page.view import ZONE
from schemas.passes.claims import PaperClaims, PersonClaims
from schemas.words import OccupantRole, TestKind, TestOutcome

router = APIRouter()
NEW = "new"
CLOCK_LEEWAY = timedelta(minutes=10)
"""The paper's own clock may be ahead of ours."""


@router.post("/crossing/occupant")
async def occupant(request: Request, station: AtStation, _: Pressing) -> Response:
    """Somebody whom no code names, or (with ``number``) what was not known of an occupant."""
    form = await _form(request)

    async def act() -> None:
        number = parsed("count", "number", form.get("number"))
        changes = _particulars(form)
        await ensure_open(station)
        await station.lane.change(lambda crossing: _with_particulars(crossing, number, form, changes))

    return await answered(request, station, act())


@router.post("/crossing/paper")
async def paper(request: Request, station: AtStation, session: Pressing) -> Response:
    """A paper without a code: what stands on it, whose it is, and who saw it."""
    form = await _form(request)

    async def act() -> None:
        claims = _paper(form, seen_by=session.officer.officer_id, at=station.clock.now())
        await ensure_open(station)
        number = _whose(form, station.lane.current)
        await station.lane.add_reading(paper_digest(claims, number), paper_read(claims), occupant=number)

    return await answered(request, station, act())


async def _form(request: Request) -> dict[str, str]:
    return {name: str(value) for name, value in (await request.form()).items()}


def _particulars(form: dict[str, str]) -> dict[str, Any]:
    """Of an occupant beside who they are; what was left empty is not among them."""
    given = {
        "telephone": parsed("telephone", "telephone", form.get("telephone")),
        "address": parsed("name", "address", form.get("address")),
        "acted_for_by": parsed("name", "acted_for_by", form.get("acted_for_by")),
        "role": _one_of(OccupantRole, "role", form.get("role")),
        "no_papers": bool(form.get("no_papers")) or None,
    }
    return {name: value for name, value in given.items() if value is not None}


def _with_particulars(
    crossing: Crossing, number: int | None, form: dict[str, str], changes: dict[str, Any]
) -> Crossing:
    known = new_occupant(crossing) if number is None else crossing.occupant(number)
    if known is None:
        raise FieldWrong("number")
    return with_occupant(crossing, replace(known, person=_person(form, known), **changes))


def _person(form: dict[str, str], known: Occupant) -> PersonClaims:
    """Only what is filled in is changed; a year that fits the whole birth date leaves it."""
    name, year = parsed("name", "name", form.get("name")), _year(form.get("birth_year"))
    changes: dict[str, Any] = {"name": name} if name else {}
    if year and not known.person.birth_date.startswith(year):
        changes["birth_date"] = year
    return known.person.model_copy(update=changes)


def _year(typed: str | None) -> str:
    year = parsed("count", "birth_year", typed)
    if year is not None and not 1880 <= year <= 2100:
        raise FieldWrong("birth_year")
    return str(year or "")


def _paper(form: dict[str, str], *, seen_by: str, at: datetime) -> PaperClaims:
    kind = _one_of(PaperKind, "paper_kind", form.get("paper_kind")) or PaperKind.OTHER
    person = PersonClaims(
        name=parsed("name", "paper_name", form.get("paper_name")), birth_date=_year(form.get("birth_year"))
    )
    contents: dict[str, Any] = {}
    if kind is PaperKind.TEST:
        contents = {
            "sampled_at": _local_time(form.get("sampled_at"), at),
            "test_kind": _one_of(TestKind, "test_kind", form.get("test_kind")),
            "test_outcome": _one_of(TestOutcome, "test_outcome", form.get("test_outcome")),
        }
    elif kind is PaperKind.VACCINATION:
        contents = {
            "doses": parsed("count", "doses", form.get("doses")),
            "doses_needed": parsed("count", "doses_needed", form.get("doses_needed")),
            "last_dose_on": _date("last_dose_on", form),
        }
    elif kind is PaperKind.DISCHARGE:
        contents = {"recovered_on": _date("recovered_on", form)}
    return PaperClaims(
        paper_kind=kind.value,
        paper_number=parsed("plate", "paper_number", form.get("paper_number")),
        issuer=parsed("name", "issuer", form.get("issuer")),
        person=person if person != PersonClaims() else None,
        seen_by=seen_by[:40],
        **contents,
    )


def _date(field: str, form: dict[str, str]) -> str:
    typed = (form.get(field) or "").strip()
    try:
        return date.fromisoformat(typed).isoformat() if typed else ""
    except ValueError:
        raise FieldWrong(field) from None


def _local_time(typed: str | None, now: datetime) -> datetime | None:
    """As a browser's field gives it, in the post's own time. Raises FieldWrong for another, or a later one."""
    if not (typed or "").strip():
        return None
    try:
        at = datetime.fromisoformat((typed or "").strip())
    except ValueError:
        raise FieldWrong("sampled_at") from None
    at = at if at.tzinfo else at.replace(tzinfo=ZONE)
    if at > now + CLOCK_LEEWAY or at.year < 2020:
        raise FieldWrong("sampled_at")
    return at


def _whose(form: dict[str, str], crossing: Crossing | None) -> int | None:
    """The occupant's number; the next free one for somebody new; None for a paper of the vehicle."""
    whose = (form.get("whose") or "").strip()
    if not whose or crossing is None:
        return None
    if whose == NEW:
        return new_occupant(crossing).number
    number: int | None = parsed("count", "whose", whose)
    if number is None or crossing.occupant(number) is None:
        raise FieldWrong("whose")
    return number


def _one_of(choices: Any, field: str, typed: str | None) -> Any:
    text = (typed or "").strip()
    if not text:
        return None
    try:
        return choices(text)
    except ValueError:
        raise FieldWrong(field) from None
