"""A pass that somebody asks to be issued, and what becomes of it. Pure: keys and time are passed in.

Numbers are given in the clear and never leave here so: they are sealed to the passes' own key first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from schemas.bounded import CarrierId, Instant, PostId, SmallCount, Text40, Text100, Wire
from schemas.passes import envelope, green_lane, health
from schemas.passes.claims import GreenLaneClaims, HealthClaims, HealthEntry, PersonClaims
from schemas.passes.issue import PassSigner, issue_green_lane_pass, issue_health_pass
from schemas.passes.revocations import signature_hash
from schemas.passes.trust_list import KeyUsage
from schemas.trust.numbers import NumberSealer
from schemas.words import TestBasis, TestKind, TestOutcome, VehicleClass

COVID = "840539006"
"""SNOMED CT, as the EU's schema wants the disease."""
COUNTRY = "VN"
MOST_COVERED = 40
LONGEST = 2400
"""Characters. A longer text makes a code that no longer scans from a scratched windscreen."""
MOST_CREW = 10
PREFIXES = {"person": health.PREFIX, "test": health.PREFIX, "green_lane": green_lane.PREFIX}


class Asked(Wire):
    model_config = ConfigDict(extra="forbid")
    pass_id: UUID
    """The caller's own: asking again with the same content gives the same pass."""
    valid_from: Instant | None = None
    valid_until: Instant


class PersonPassAsked(Asked):
    asked: Literal["person"] = "person"
    person: PersonClaims


class TestPassAsked(Asked):
    """Of one person, or of a group: who was sampled, who is covered, and on which basis."""

    __test__ = False
    asked: Literal["test"] = "test"
    person: PersonClaims
    test_kind: TestKind
    test_outcome: TestOutcome = TestOutcome.NEGATIVE
    sampled_at: Instant
    resulted_at: Instant
    basis: TestBasis = TestBasis.INDIVIDUAL
    covered: Annotated[tuple[PersonClaims, ...], Field(max_length=MOST_COVERED)] = ()


class GreenLanePassAsked(Asked):
    asked: Literal["green_lane"] = "green_lane"
    pass_number: Text40
    plate: Text40
    vehicle_class: VehicleClass
    registered_crew: SmallCount
    crew: Annotated[tuple[PersonClaims, ...], Field(max_length=MOST_CREW)] = ()
    route: Annotated[tuple[PostId, ...], Field(max_length=20)] = ()
    cargo: Text100 | None = None
    carrier: Text100 | None = None
    carrier_id: CarrierId | None = None
    """For the registry; it does not stand on the pass."""


AnyAsked = Annotated[PersonPassAsked | TestPassAsked | GreenLanePassAsked, Field(discriminator="asked")]


class NotIssuable(Exception):
    """``code`` is stable; ``field`` is what is wrong with the request."""

    def __init__(self, code: str, field: str) -> None:
        super().__init__(code)
        self.code = code
        self.field = field


@dataclass(frozen=True, slots=True, repr=False)
class Issued:
    """``text`` goes into the code. ``revocation`` is what the revocation list would name it by."""

    text: str
    claims: HealthClaims | GreenLaneClaims
    issuer: str
    valid_from: datetime
    valid_until: datetime
    revocation: str


def use_of(order: AnyAsked) -> KeyUsage:
    """What the key that signs it must be allowed to sign."""
    return {"person": KeyUsage.PERSON, "test": KeyUsage.TEST, "green_lane": KeyUsage.GREEN_LANE}[order.asked]


def issued(order: AnyAsked, *, signer: PassSigner, numbers: NumberSealer, at: datetime) -> Issued:
    """The pass, issued at ``at``. Raises NotIssuable."""
    _check(order, at)
    claims: HealthClaims | GreenLaneClaims
    match order:
        case GreenLanePassAsked():
            claims = _green_lane(order, numbers)
            text = issue_green_lane_pass(
                claims,
                signer=signer,
                issued_at=at,
                valid_until=order.valid_until,
                valid_from=order.valid_from,
            )
        case _:
            claims = (
                _person(order, numbers) if isinstance(order, PersonPassAsked) else _test(order, numbers, signer)
            )
            text = issue_health_pass(
                claims,
                signer=signer,
                issued_at=at,
                valid_until=order.valid_until,
                valid_from=order.valid_from,
            )
    if len(text) > LONGEST:
        raise NotIssuable("TOO_MUCH_FOR_ONE_CODE", "crew" if order.asked == "green_lane" else "covered")
    opened = envelope.opened(text, PREFIXES[order.asked])
    return Issued(
        text,
        claims,
        signer.issuer,
        order.valid_from or at,
        order.valid_until,
        signature_hash(opened.signature, opened.algorithm),
    )


def certificate_id(pass_id: UUID) -> str:
    """``URN:UVCI:01:VN:…`` as the EU writes them."""
    return f"URN:UVCI:01:{COUNTRY}:{pass_id.hex.upper()}"


def _check(order: AnyAsked, at: datetime) -> None:
    if order.valid_until <= (order.valid_from or at) or order.valid_until <= at:
        raise NotIssuable("ENDS_BEFORE_IT_BEGINS", "valid_until")
    match order:
        case TestPassAsked():
            if order.sampled_at > at:
                raise NotIssuable("SAMPLED_IN_FUTURE", "sampled_at")
            if order.resulted_at < order.sampled_at or order.resulted_at > at:
                raise NotIssuable("RESULT_NOT_AFTER_SAMPLE", "resulted_at")
            if order.basis is TestBasis.INDIVIDUAL and order.covered:
                raise NotIssuable("INDIVIDUAL_TEST_COVERS_NOBODY_ELSE", "covered")
            if order.basis is not TestBasis.INDIVIDUAL and not order.covered:
                raise NotIssuable("GROUP_TEST_COVERS_NOBODY", "covered")
        case GreenLanePassAsked() if len(order.crew) > order.registered_crew:
            raise NotIssuable("MORE_CREW_THAN_REGISTERED", "crew")
        case _:
            return


def _person(order: PersonPassAsked, numbers: NumberSealer) -> HealthClaims:
    return HealthClaims(
        person=numbers.for_a_pass(order.person), entries=(), person_pass=certificate_id(order.pass_id)
    )


def _test(order: TestPassAsked, numbers: NumberSealer, signer: PassSigner) -> HealthClaims:
    entry = HealthEntry(
        entry="test",
        certificate_id=certificate_id(order.pass_id),
        disease=COVID,
        country=COUNTRY,
        issuer=signer.issuer,
        test_kind=order.test_kind,
        test_outcome=order.test_outcome,
        sampled_at=order.sampled_at,
        resulted_at=order.resulted_at,
        basis=order.basis,
        # Sixty bytes of box each would be too much for a code: members are told by the last six digits.
        covered=tuple(_member(numbers, person) for person in order.covered),
    )
    return HealthClaims(person=numbers.for_a_pass(order.person), entries=(entry,))


def _member(numbers: NumberSealer, person: PersonClaims) -> PersonClaims:
    return numbers.for_a_pass(person).model_copy(update={"sealed_number": None})


def _green_lane(order: GreenLanePassAsked, numbers: NumberSealer) -> GreenLaneClaims:
    return GreenLaneClaims(
        pass_number=order.pass_number,
        plate=order.plate,
        vehicle_class=order.vehicle_class,
        registered_crew=order.registered_crew,
        crew=tuple(numbers.for_a_pass(person) for person in order.crew),
        route=order.route,
        cargo=order.cargo,
        carrier=order.carrier,
    )
