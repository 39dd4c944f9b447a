"""The page that is printed: A5, the code as large as it goes, names masked. Pure; keeps nothing.

What stands in clear letters is what anybody at the lane may see: no number, no whole name, no birthday.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from schemas.passes.asked import Issued
from schemas.passes.claims import GreenLaneClaims, HealthClaims, PersonClaims
from schemas.words import TestOutcome
from services.passes.code_picture import CodePicture

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
KINDS = {
    "person": ("Giấy thông hành cá nhân", "Person pass"),
    "test": ("Giấy thông hành: kết quả xét nghiệm", "Test pass"),
    "green_lane": ("Giấy nhận diện phương tiện luồng xanh", "Green-lane pass"),
}
OUTCOMES = {
    TestOutcome.NEGATIVE: ("Âm tính", "negative"),
    TestOutcome.POSITIVE: ("DƯƠNG TÍNH", "POSITIVE"),
    TestOutcome.PENDING: ("Đang chờ", "pending"),
    TestOutcome.INCONCLUSIVE: ("Chưa xác định", "inconclusive"),
}


def page_of(asked: str, issued: Issued, picture: CodePicture) -> str:
    """HTML that prints by itself: nothing is fetched, nothing runs."""
    claims = issued.claims
    vehicle = claims if isinstance(claims, GreenLaneClaims) else None
    return (
        _pages()
        .get_template("printed_pass.html")
        .render(
            title=KINDS[asked],
            png=b64encode(picture.png).decode("ascii"),
            side_mm=picture.side_mm,
            issuer=issued.issuer,
            valid_from=local(issued.valid_from),
            valid_until=local(issued.valid_until),
            vehicle=vehicle,
            people=[masked(person) for person in (vehicle.crew if vehicle else _named(claims))],
            test=None if vehicle else _test(claims),
        )
    )


def masked(person: PersonClaims) -> str:
    """``Nguyễn V. A · 1990 · …234``: enough to say whose it is, not to copy from a windscreen."""
    first, *rest = (person.name or "").split() or ["–"]
    name = " ".join([first, *(f"{word[0]}." for word in rest[:-1]), *(word[0] for word in rest[-1:])])
    digits = f"…{person.masked_number[-3:]}" if person.masked_number else ""
    return " · ".join(part for part in (name, person.birth_date[:4], digits) if part)


def local(at: datetime) -> str:
    return at.astimezone(ZONE).strftime("%H:%M %d/%m/%Y")


def _named(claims: HealthClaims | GreenLaneClaims) -> tuple[PersonClaims, ...]:
    """Whom a health pass names: the one sampled first."""
    if isinstance(claims, GreenLaneClaims):
        return claims.crew
    return (claims.person, *(person for entry in claims.entries for person in entry.covered))


def _test(claims: HealthClaims | GreenLaneClaims) -> dict[str, object] | None:
    entries = claims.entries if isinstance(claims, HealthClaims) else ()
    for entry in entries:
        return {
            "outcome": OUTCOMES[entry.test_outcome] if entry.test_outcome else None,
            "sampled_at": local(entry.sampled_at) if entry.sampled_at else None,
            "group": bool(entry.covered),
        }
    return None


@cache
def _pages() -> Environment:
    return Environment(
        loader=PackageLoader("services.passes"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
