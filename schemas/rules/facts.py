"""What a crossing says without naming anyone: derived once from the event and its box, then kept and judged.

Station and judge derive it alike, so that advice and verdict cannot drift apart. What-if and replay read it as
it was kept: nothing is unsealed for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from schemas.events.crossing import CrossingRecord, CrossingSecrets, HeadCount, OccupantSeen
from schemas.passes.claims import (
    Claims,
    GreenLaneClaims,
    HealthClaims,
    PaperClaims,
    PersonClaims,
    TokenClaims,
)
from schemas.passes.kinds import Confidence, PassKind, ReadingReason, ReadingStatus
from schemas.passes.reading import Reading
from schemas.plain import Plain
from schemas.policy.when import Place
from schemas.rules.agreement import agree, covers, covers_by_name
from schemas.rules.identities import Identities, OtherTest, certificate_text, certificates_of, is_genuine
from schemas.rules.immunity import protection
from schemas.rules.plates import PlateMatch, compare_plates
from schemas.words import (
    CargoSpace,
    Direction,
    OccupantRole,
    OrderedChange,
    Purpose,
    TestBasis,
    TestKind,
    TestOutcome,
    VehicleClass,
)

GREEN_LANE_KINDS = frozenset({PassKind.GREEN_LANE_CARD, PassKind.GREEN_LANE_PASS})


class TestFacts(Plain, frozen=True, kw_only=True):
    """A test that an occupant showed."""

    __test__ = False
    reading: int
    """Which of the crossing's readings it stands on."""
    status: ReadingStatus
    confidence: Confidence
    kind: TestKind | None
    basis: TestBasis = TestBasis.INDIVIDUAL
    outcome: TestOutcome | None
    sampled_at: datetime | None
    resulted_at: datetime | None = None
    certificate: int | None = None
    """Which of the crossing's certificates: two tests with one number here stand on the same certificate."""
    issuer: str | None = None
    """As the certificate names it, signed or not."""


class OccupantFacts(Plain, frozen=True, kw_only=True):
    occupant: int
    role: OccupantRole
    age_years: int | None = None
    named: bool = False
    """Something is known that could find this person again."""
    on_pass: bool | None = None
    """Named on the vehicle's pass; None when the pass names nobody, or nobody is known here that it could name."""
    on_pass_weak: bool = False
    """``on_pass`` was told by digits or names: no whole number could be compared."""
    tests: tuple[TestFacts, ...] = ()
    doses: int | None = None
    doses_needed: int | None = None
    last_dose_on: str | None = None
    """ISO date, as far as the paper says it."""
    recovered_on: str | None = None
    """Date of the first positive test. Of papers that were accepted only, like the doses."""
    disagreements: tuple[str, ...] = ()
    """What does not fit among this person's papers (schemas.rules.agreement)."""
    others_tests: tuple[OtherTest, ...] = ()


class PassFacts(Plain, frozen=True, kw_only=True):
    """A pass of the vehicle, as shown (or as registered, which the judge adds)."""

    reading: int | None
    """Which of the readings; None for what only the registry knows."""
    kind: PassKind
    status: ReadingStatus
    reason: ReadingReason | None = None
    confidence: Confidence
    issuer: str | None = None
    vehicle_class: VehicleClass | None = None
    registered_crew: int | None = None
    named_crew: int | None = None
    """How many of them the pass names."""
    route: tuple[str, ...] = ()
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    carrier_id: str | None = None
    """Of what the registry knows only."""
    plate: PlateMatch = PlateMatch.NOT_COMPARABLE
    misread: str | None = None

    @property
    def genuine(self) -> bool:
        """What it says can be believed; past its printed end it is no forgery."""
        return is_genuine(self.status, self.reason)


class ReadingFacts(Plain, frozen=True, kw_only=True):
    kind: PassKind
    status: ReadingStatus
    reason: ReadingReason | None = None
    occupant: int | None = None
    confidence: Confidence = Confidence.NONE


class CrossingFacts(Plain, frozen=True, kw_only=True):
    """Person-free; may stand in the clear in the centre's tables, beside refs."""

    crossing_id: UUID
    revision: int
    station_id: str
    post_id: str
    occurred_at: datetime
    clock_error_ms: int | None
    direction: Direction
    purpose: Purpose
    vehicle_class: VehicleClass
    head_count: HeadCount
    readings: tuple[ReadingFacts, ...] = ()
    passes: tuple[PassFacts, ...] = ()
    occupants: tuple[OccupantFacts, ...] = ()
    destination_commune: str | None = None
    trip_id: str | None = None
    group_id: str | None = None
    emergency: bool = False
    from_paper: bool = False
    practice: bool = False
    origin_unit: str | None = None
    cargo_space: CargoSpace = CargoSpace.NONE
    seal_number: str | None = None
    """Of the door seal that was checked or put on, letters and digits only."""
    ordered_change: OrderedChange | None = None
    """Ordered by an authority on the way here, as the officer entered it."""
    drawn: bool | None = None
    """The random inspection draw, as the station recorded it; None where nothing was drawn."""
    shift: str | None = None
    lane: int | None = None
    opened_at: datetime | None = None
    draw_counter: int | None = None
    """By lane, local day of opening and counter an auditor repeats the draw."""
    place: Place | None = None
    origin_level: int | None = None
    origin_within: tuple[str, ...] = ()
    destination_level: int | None = None
    destination_within: tuple[str, ...] = ()
    """Those of the policy's units that hold it. With levels and place filled in by schemas.rules.placing."""
    distancing_until: datetime | None = None
    distancing_at: str | None = None
    """When the card ends with distancing, and where it held last (schemas.rules.distancing). By placing, too."""
    card_valid: bool | None = None
    to_be_checked: bool = False
    """A notice in force names this vehicle; filled in by the judge from refs, by a station from its short list."""

    @property
    def green_lane(self) -> bool:
        """The vehicle asked for the green lane's priority, rightly or not."""
        return not GREEN_LANE_KINDS.isdisjoint([shown.kind for shown in self.passes])


def facts_of(
    record: CrossingRecord,
    secrets: CrossingSecrets,
    *,
    time_zone: str = "UTC",
    numbered: CrossingSecrets | None = None,
) -> CrossingFacts:
    """Derive the facts. ``time_zone`` (the policy's) decides how old a person is on a local day.

    ``numbered``: the same with the numbers inside our passes opened, at the centre. Who is named on a paper
    is told by these, so that a number decides where a station has its last digits only.
    """
    paired = list(zip(record.readings, secrets.claims, strict=False))
    people = {entry.occupant: entry.person for entry in secrets.occupants}
    identities = Identities(people, paired)
    if numbered is not None and numbered is not secrets:
        identities = Identities(
            {entry.occupant: entry.person for entry in numbered.occupants},
            list(zip(record.readings, numbered.claims, strict=False)),
        )
    inspection = record.inspection
    return CrossingFacts(
        crossing_id=record.crossing_id,
        revision=record.revision,
        station_id=record.station_id,
        post_id=record.post_id,
        occurred_at=record.occurred_at,
        clock_error_ms=record.clock_error_ms,
        direction=record.direction,
        purpose=record.purpose,
        vehicle_class=record.vehicle_class,
        head_count=record.head_count,
        readings=tuple(
            [
                ReadingFacts(
                    kind=r.kind, status=r.status, reason=r.reason, occupant=r.occupant, confidence=r.confidence
                )
                for r in record.readings
            ]
        ),
        passes=tuple(
            [
                _pass_facts(index, reading, claims, secrets.plate)
                for index, (reading, claims) in enumerate(paired)
                if reading.kind in GREEN_LANE_KINDS
            ]
        ),
        occupants=_occupants(record, people, paired, identities, ZoneInfo(time_zone)),
        destination_commune=record.destination_commune,
        trip_id=record.trip_id,
        group_id=record.group_id,
        emergency=record.emergency is not None,
        from_paper=record.slip_number is not None,
        practice=record.practice,
        origin_unit=secrets.origin_unit,
        cargo_space=inspection.cargo_space,
        seal_number=seal_normalised(inspection.seal_number),
        ordered_change=record.ordered_change.change if record.ordered_change else None,
        drawn=inspection.drawn,
        shift=record.shift,
        lane=record.lane,
        opened_at=record.opened_at,
        draw_counter=inspection.draw_counter,
    )


def seal_normalised(number: str | None) -> str | None:
    """``bt 0123`` and ``BT-0123`` are one seal."""
    if number is None:
        return None
    return "".join([letter for letter in number.upper() if letter.isalnum()])[:40] or None


def _pass_facts(index: int, reading: Reading, claims: Claims | None, plate_seen: str | None) -> PassFacts:
    plate_on_pass = claims.plate if isinstance(claims, GreenLaneClaims | TokenClaims) else None
    match, misread = compare_plates(plate_seen, plate_on_pass)
    return PassFacts(
        reading=index,
        kind=reading.kind,
        status=reading.status,
        reason=reading.reason,
        confidence=reading.confidence,
        issuer=reading.issuer,
        vehicle_class=reading.vehicle_class,
        registered_crew=claims.registered_crew if isinstance(claims, GreenLaneClaims) else None,
        named_crew=len(claims.crew) if isinstance(claims, GreenLaneClaims) else None,
        route=reading.route,
        valid_from=reading.valid_from,
        valid_until=reading.valid_until,
        plate=match,
        misread=misread,
    )


def _occupants(
    record: CrossingRecord,
    people: Mapping[int, PersonClaims],
    paired: Sequence[tuple[Reading, Claims | None]],
    identities: Identities,
    zone: ZoneInfo,
) -> tuple[OccupantFacts, ...]:
    certificates = certificates_of([claims for _, claims in paired])
    day = record.occurred_at.astimezone(zone).date().isoformat()
    return tuple(
        [
            _occupant(seen, people.get(seen.occupant), paired, identities, certificates, day)
            for seen in record.occupants
        ]
    )


def _occupant(
    seen: OccupantSeen,
    person: PersonClaims | None,
    paired: Sequence[tuple[Reading, Claims | None]],
    identities: Identities,
    certificates: Mapping[str, int],
    day: str,
) -> OccupantFacts:
    own = [shown for shown in paired if shown[0].occupant == seen.occupant]
    on_pass, on_pass_weak = identities.on_pass(seen.occupant)
    tests: list[TestFacts] = []
    for index, (reading, claims) in enumerate(paired):
        if claims is not None:
            tests += _tests(index, reading, claims, seen.occupant, person, certificates)
    return OccupantFacts(
        occupant=seen.occupant,
        role=seen.role,
        age_years=_age(person, day),
        named=person is not None and _findable(person),
        on_pass=on_pass,
        on_pass_weak=on_pass_weak,
        others_tests=identities.tests_of_others(seen.occupant),
        tests=tuple(tests),
        disagreements=agree(own, person),
        **protection([claims for reading, claims in own if reading.status is ReadingStatus.ACCEPTED]),
    )


def _tests(
    index: int,
    reading: Reading,
    claims: Claims,
    occupant: int,
    person: PersonClaims | None,
    certificates: Mapping[str, int],
) -> list[TestFacts]:
    """The tests that count for this occupant: their own, and a group's that covers them, whoever showed it."""
    own = reading.occupant == occupant
    if isinstance(claims, PaperClaims):
        if not own or claims.test_outcome is None:
            return []
        return [
            TestFacts(
                reading=index,
                status=reading.status,
                confidence=reading.confidence,
                kind=claims.test_kind,
                outcome=claims.test_outcome,
                sampled_at=claims.sampled_at,
                certificate=certificates.get(certificate_text(claims.paper_number)),
                issuer=claims.issuer,
            )
        ]
    if not isinstance(claims, HealthClaims) or (own and not covers(claims, person)):
        return []
    return [
        TestFacts(
            reading=index,
            status=reading.status,
            confidence=reading.confidence,
            kind=entry.test_kind,
            basis=entry.basis or TestBasis.INDIVIDUAL,
            outcome=entry.test_outcome,
            sampled_at=entry.sampled_at,
            resulted_at=entry.resulted_at,
            certificate=certificates.get(certificate_text(entry.certificate_id)),
            issuer=reading.issuer or entry.issuer,
        )
        for entry in claims.entries
        if entry.entry == "test"
        and (own or (person is not None and entry.covered and covers_by_name(entry, person)))
    ]


def _findable(person: PersonClaims) -> bool:
    return bool(person.number or person.old_number or person.masked_number or person.name)


def _age(person: PersonClaims | None, day: str) -> int | None:
    """Whole years on the local ``day``; from a bare year the lesser that it can be."""
    if person is None or len(person.birth_date) < len("YYYY"):
        return None
    born = person.birth_date if len(person.birth_date) == len("YYYY-MM-DD") else person.birth_date[:4] + "-12-31"
    return max(0, int(day[:4]) - int(born[:4]) - (day[5:] < born[5:]))
