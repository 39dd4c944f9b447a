"""Who of those in a crossing is named on which of its papers. Pure; what it gives names nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from schemas.passes.claims import Claims, GreenLaneClaims, HealthClaims, PaperClaims, PersonClaims
from schemas.passes.kinds import ReadingReason, ReadingStatus
from schemas.passes.reading import Reading
from schemas.plain import Plain
from schemas.rules.crew import named_among


class OtherTest(Plain, frozen=True, kw_only=True):
    """A test that an occupant showed and that names other people."""

    reading: int
    weak: bool = False
    """Told by names only: no number could be compared."""


def is_genuine(status: ReadingStatus, reason: ReadingReason | None) -> bool:
    """What it says can be believed; past its printed end it is no forgery."""
    return status is ReadingStatus.ACCEPTED or reason is ReadingReason.PASS_EXPIRED


class Identities:
    """The people of a crossing as far as they are known, and the papers that were shown. Has no repr."""

    def __init__(self, people: Mapping[int, PersonClaims], shown: Sequence[tuple[Reading, Claims | None]]) -> None:
        self._people = people
        self._shown = shown
        self._crew = [
            member
            for reading, claims in shown
            if isinstance(claims, GreenLaneClaims) and is_genuine(reading.status, reading.reason)
            for member in claims.crew
        ]

    def on_pass(self, occupant: int) -> tuple[bool | None, bool]:
        """Whether a pass of the vehicle names this occupant, and whether that is weak."""
        return named_among(self._people.get(occupant), self._crew)

    def tests_of_others(self, occupant: int) -> tuple[OtherTest, ...]:
        person = self._people.get(occupant)
        found = []
        for index, (reading, claims) in enumerate(self._shown):
            if reading.occupant != occupant or not isinstance(claims, HealthClaims):
                continue
            if not is_genuine(reading.status, reading.reason):
                continue
            for entry in claims.entries:
                if entry.entry == "test":
                    theirs, weak = named_among(person, (claims.person, *entry.covered))
                    if theirs is False:
                        found.append(OtherTest(reading=index, weak=weak))
        return tuple(dict.fromkeys(found))


def certificate_text(number: str | None) -> str:
    return (number or "").strip().upper()


def certificates_of(shown: Iterable[Claims | None]) -> dict[str, int]:
    """A number for each certificate of a crossing, in the order in which they were shown."""
    found: dict[str, int] = {}
    for claims in shown:
        for number in _certificates(claims):
            if text := certificate_text(number):
                found.setdefault(text, len(found))
    return found


def _certificates(claims: Claims | None) -> Sequence[str | None]:
    match claims:
        case HealthClaims():
            return [entry.certificate_id for entry in claims.entries]
        case PaperClaims():
            return [claims.paper_number]
        case _:
            return ()
