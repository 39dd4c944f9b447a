"""What the centre says with everything known, what its rules found, whom it refers and what it recalls."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from schemas.bounded import (
    CarrierId,
    Code,
    Instant,
    Int64,
    Positive,
    PostId,
    Ref,
    Slug,
    StationId,
    Text40,
    Text100,
    Text300,
    Wire,
)
from schemas.events.base import RevisedEvent, SealedBox, Secrets
from schemas.passes.kinds import Confidence
from schemas.policy.matters import Measure
from schemas.words import Direction, FindingClass, Outcome, Severity, VehicleClass


class EvidenceItem(Wire):
    """One thing that a person can act on: a stable code and its facts; the sentence is made where it is shown."""

    code: Code
    numbers: dict[Slug, Int64] = {}
    words: dict[Slug, Text100] = {}
    """Codes, post ids and the like; never anything that names a person or a vehicle."""
    instants: dict[Slug, Instant] = {}


class RuleThatDecided(Wire):
    """Which rule, by which document, in which words the officer can say it to the driver."""

    code: Code
    outcome: Outcome
    document: Text300 | None = None


class DecisionCounted(Wire):
    """The decision that the judge counted with; ``none_in_time`` counts as let through and is marked so."""

    outcome: Outcome | None
    none_in_time: bool = False


class OccupantVerdict(Wire):
    occupant: Positive
    outcome: Outcome


class GreenLaneUsed(Wire):
    """The crossing asked for the green lane; with whose pass, where that is known and fair to say."""

    issuer: Text100 | None = None
    carrier_id: CarrierId | None = None


class VerdictReached(RevisedEvent):
    """``event_id`` is the crossing's id. Facts alone decide what it says: no wall clock, no batch."""

    type_name: ClassVar[str] = "vn.chotxanh.verdict.reached"
    crossing_id: UUID
    crossing_revision: Positive
    station_id: StationId
    post_id: PostId
    outcome: Outcome
    binding: Code | None = None
    """The reason that bound; ``OCCUPANT_HEALTH`` when it is in the sealed part."""
    reasons: tuple[Code, ...] = ()
    occupants: tuple[OccupantVerdict, ...] = ()
    rules: tuple[RuleThatDecided, ...] = ()
    findings: tuple[UUID, ...] = ()
    confidences: tuple[Confidence, ...] = ()
    """How far each of the crossing's readings can be believed, in their order: signed, looked up, paper seen."""
    policy_id: Text100
    policy_version: Positive
    judge_version: Text40
    facts: tuple[UUID, ...] = ()
    """Ids of the facts that it rests on."""
    counted: DecisionCounted
    valid_until: Instant | None = None
    """Of the whole vehicle: the minimum over everything on board."""
    valid_by: Code | None = None
    """What binds it: the pass, a notice, somebody's test, or the end of distancing."""
    valid_by_occupant: Positive | None = None
    """Whose test, where it is one."""
    lane: GreenLaneUsed | None = None
    marks: tuple[Code, ...] = ()
    """``CLOCK_DOUBTED``, ``FROM_PAPER``, ``LATE``."""
    health: SealedBox | None = None
    """Reasons that concern a person's health, sealed to the station's own key."""


class OccupantHealthReasons(Wire):
    occupant: Positive
    outcome: Outcome
    reasons: tuple[Code, ...]


class VerdictSecrets(Secrets):
    occupants: tuple[OccupantHealthReasons, ...]


class Finding(RevisedEvent):
    """What a rule says about crossings. Its id follows from rule, crossings, subject and cause."""

    type_name: ClassVar[str] = "vn.chotxanh.finding.changed"
    code: Code
    finding_class: FindingClass
    also_misuse: bool = False
    """GL13: misuse as well when that person was not on the pass or not declared."""
    severity: Severity
    incident_id: UUID
    """Findings of one incident become one alert."""
    crossings: tuple[UUID, ...]
    subject: Literal["vehicle", "person", "pass", "crossing"]
    subject_ref: Ref | None = None
    cause_id: UUID | None = None
    post_id: PostId
    station_id: StationId
    seen_at: Instant
    """When the crossing that it hangs on passed the post."""
    direction: Direction
    vehicle_class: VehicleClass
    outcome_at_post: Outcome | None = None
    weak: bool = False
    """Rests on a match that does not identify; nothing is done about a person before one confirms it."""
    evidence: Annotated[tuple[EvidenceItem, ...], Field(max_length=50)] = ()
    lane: GreenLaneUsed | None = None
    """None: not in the green lane."""
    policy_version: Positive
    judge_version: Text40
    withdrawn_because: Code | None = None
    sealed: SealedBox | None = None


class FindingSecrets(Secrets):
    """For whoever acts on it: the vehicle, never a name."""

    plate: Text40 | None = None
    plate_on_pass: Text40 | None = None
    other_plate: Text40 | None = None
    """GL07 and GL08: of the vehicle that showed the same pass or person at the other crossing."""
    misread: Text40 | None = None
    """``8/B`` when one misread letter would explain it."""
    colour_and_make: Text100 | None = None


class Referral(RevisedEvent):
    """A person handed to quarantine: one for each occupant to refer, and for each companion."""

    type_name: ClassVar[str] = "vn.chotxanh.referral.changed"
    crossing_id: UUID
    occupant: Positive
    because: Literal["verdict", "decision", "companion"]
    reasons: tuple[Code, ...] = ()
    weak: bool = False
    post_id: PostId
    station_id: StationId
    passed_at: Instant
    let_through: bool
    """Passed the post before anybody knew: a call, not a walk across the lane."""
    destination_commune: Text40 | None = None
    group_id: UUID
    """People of one crossing."""
    person_ref: Ref | None = None
    measure: Measure | None = None
    """What the policy's quarantine matrix proposes; a person places and orders."""
    withdrawn_because: Code | None = None
    sealed: SealedBox


class ReferralSecrets(Secrets):
    name: Text100 | None = None
    birth_date: Text40 | None = None
    number: Text40 | None = None
    telephone: Text40 | None = None
    address: Text300 | None = None
    plate: Text40 | None = None


class Recall(RevisedEvent):
    """A crossing that was let through and that the centre now sees as refer, turn back or hold."""

    type_name: ClassVar[str] = "vn.chotxanh.recall.changed"
    crossing_id: UUID
    post_id: PostId
    station_id: StationId
    passed_at: Instant
    direction: Direction
    vehicle_class: VehicleClass
    counted: DecisionCounted
    outcome_now: Outcome
    reasons: tuple[Code, ...] = ()
    destination_commune: Text40 | None = None
    withdrawn_because: Code | None = None
    sealed: SealedBox


class RecallSecrets(Secrets):
    plate: Text40 | None = None
    telephone: Text40 | None = None
    people: tuple[ReferralSecrets, ...] = ()
