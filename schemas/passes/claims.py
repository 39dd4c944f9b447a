"""What each kind of pass claims. Every model here names a person or a vehicle: it lives in memory or in a box."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.bounded import Base64, Instant, SmallCount, Text40, Text100, Text300, Wire
from schemas.words import TestBasis, TestKind, TestOutcome, VehicleClass

BirthDate = Annotated[str, Field(pattern=r"^(\d{4}(-\d{2}(-\d{2})?)?)?$")]
"""``YYYY-MM-DD``, or only as much of it as is known; empty when nothing is."""


class PersonClaims(Wire):
    """One person, as far as a pass or an officer names them. Nothing is ever required."""

    name: Text100 | None = None
    number: Annotated[str, Field(pattern=r"^\d{12}$")] | None = None
    old_number: Annotated[str, Field(pattern=r"^\d{9}$")] | None = None
    masked_number: Annotated[str, Field(pattern=r"^\*{6}\d{6}$")] | None = None
    sealed_number: Base64 | None = None
    """The number inside a pass, sealed to the key of passes: opened at the centre only."""
    birth_date: BirthDate = ""
    sex: Literal["male", "female"] | None = None


class HealthEntry(Wire):
    """One vaccination, test or recovery of a health pass."""

    entry: Literal["vaccination", "test", "recovery"]
    certificate_id: Text100
    disease: Text40
    country: Text40 | None = None
    issuer: Text100 | None = None
    dose: SmallCount | None = None
    doses_needed: SmallCount | None = None
    product: Text100 | None = None
    on: Text40 | None = None
    """Date of vaccination, or of the first positive test of a recovery: ISO 8601, as the issuer wrote it."""
    valid_from: Text40 | None = None
    valid_until: Text40 | None = None
    test_kind: TestKind | None = None
    test_outcome: TestOutcome | None = None
    sampled_at: Instant | None = None
    resulted_at: Instant | None = None
    basis: TestBasis | None = None
    covered: Annotated[tuple[PersonClaims, ...], Field(max_length=100)] = ()
    """Of a group test: who is covered by the sample."""


class HealthClaims(Wire):
    claims: Literal["health"] = "health"
    person: PersonClaims
    entries: tuple[HealthEntry, ...]
    person_pass: Text100 | None = None
    """Number of the province's person pass, which names somebody and may claim nothing of health."""
    signature_hash: Text100 | None = None
    """First 16 bytes of SHA-256 over the signature, hex: one of the three ways to revoke."""


class GreenLaneClaims(Wire):
    claims: Literal["green_lane"] = "green_lane"
    pass_number: Text40
    plate: Text40
    vehicle_class: VehicleClass
    registered_crew: SmallCount
    crew: Annotated[tuple[PersonClaims, ...], Field(max_length=100)] = ()
    route: Annotated[tuple[Text40, ...], Field(max_length=100)] = ()
    """Post ids in order; empty when any route is covered."""
    cargo: Text100 | None = None
    carrier: Text100 | None = None
    signature_hash: Text100 | None = None
    """As in HealthClaims; written into the box when the crossing is closed (schemas.passes.reading)."""


class CitizenClaims(Wire):
    claims: Literal["citizen"] = "citizen"
    person: PersonClaims
    address: Text300 | None = None
    issued_on: BirthDate = ""


class TokenClaims(Wire):
    """A bearer key to somebody else's register: as secret as a password."""

    claims: Literal["token"] = "token"
    token: Text300
    plate: Text40 | None = None
    """From the signed list, where it names one; never from the code itself."""


class DeclarationClaims(Wire):
    claims: Literal["declaration"] = "declaration"
    declaration_id: Text300


class PaperClaims(Wire):
    """A paper without a code, as the officer entered it."""

    claims: Literal["paper"] = "paper"
    paper_kind: Text40
    paper_number: Text40 | None = None
    issuer: Text100 | None = None
    sampled_at: Instant | None = None
    test_kind: TestKind | None = None
    test_outcome: TestOutcome | None = None
    doses: SmallCount | None = None
    doses_needed: SmallCount | None = None
    last_dose_on: BirthDate = ""
    recovered_on: BirthDate = ""
    """Of a vaccination slip or a discharge paper; dates as far as they can be read."""
    person: PersonClaims | None = None
    seen_by: Text40 | None = None
    """Which officer looked at it: nobody else can say that it was there."""


Claims = Annotated[
    HealthClaims | GreenLaneClaims | CitizenClaims | TokenClaims | DeclarationClaims | PaperClaims,
    Field(discriminator="claims"),
]
