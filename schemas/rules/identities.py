"""Who of those in a crossing is named on which of its papers. Pure; what it gives names nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

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


@dataclass(frozen=True)
class Identities:
    """The people of a crossing as far as they are known, and the papers that were shown."""

    people: Mapping[int, PersonClaims] = field(repr=False)
    shown: Sequence[tuple[Reading, Claims | None]] = field(repr=False)

    def on_pass(self, occupant: int) -> dict[str, Any]:
        """The fields of an occupant's facts that say whether a pass of the vehicle names them."""
        on_pass, weak = named_among(self.people.get(occupant), self._crew())
        return {"on_pass": on_pass, "on_pass_weak": weak}

    def tests_of_others(self, occupant: int) -> tuple[OtherTest, ...]:
        found = []
        for index, (reading, claims) in enumerate(self.shown):
            if reading.occupant != occupant or not is_genuine(reading.status, reading.reason):
                continue
            for named in _named_on_tests(claims):
                theirs, weak = named_among(self.people.get(occupant), named)
                if theirs is False:
                    found.append(OtherTest(reading=index, weak=weak))
        return tuple(dict.fromkeys(found))

    def _crew(self) -> Iterator[PersonClaims]:
        for reading, claims in self.shown:
            if isinstance(claims, GreenLaneClaims) and is_genuine(reading.status, reading.reason):
                yield from claims.crew


def _named_on_tests(claims: Claims | None) -> Iterator[tuple[PersonClaims, ...]]:
    """Of each test whom it is of: the person sampled, and whom a group's test covers."""
    if isinstance(claims, HealthClaims):
        for entry in claims.entries:
            if entry.entry == "test":
                yield (claims.person, *entry.covered)


def certificate_text(number: str | None) -> str:
    return (number or "").strip().upper()


def certificates_of(shown: Iterable[Claims | None]) -> dict[str, int]:
    """A number for each certificate of a crossing, in the order in which they were shown."""
    found: dict[str, int] = {}
    for claims in shown:
        for text in _certificate_texts(claims):
            if text:
                found.setdefault(text, len(found))
    return found


def _certificate_texts(claims: Claims | None) -> Iterator[str]:
    match claims:
        case HealthClaims():
            yield from (certificate_text(entry.certificate_id) for entry in claims.entries)
        case PaperClaims():
            yield certificate_text(claims.paper_number)
        case _:
            return
