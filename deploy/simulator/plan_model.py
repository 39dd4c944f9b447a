"""What a plan says: who comes where with which papers, what the officer sees and does, and what is the truth."""

from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from deploy.simulator.people import Person
from schemas.events.crossing import ChangeOrdered
from schemas.passes.claims import PaperClaims, PersonClaims
from schemas.passes.trust_list import SigningAlgorithm
from schemas.words import (
    CargoSpace,
    Direction,
    OccupantRole,
    Outcome,
    Purpose,
    TestKind,
    TestOutcome,
    VehicleClass,
)


class Case(StrEnum):
    """What a crossing is there to show. The order is that of the summary."""

    CLEAN = "clean"
    EXPIRED = "expired"
    FORGED = "forged"
    HEAD_COUNT = "head_count"
    CLONED = "cloned"
    POSITIVE_LATER = "positive_later"
    TURNED_BACK = "turned_back"
    UNKNOWN_CODE = "unknown_code"
    ANOTHER_PLATE = "another_plate"
    MISREAD = "misread"
    """One letter of the plate: asked, and nobody is suspected."""
    NOT_ON_PASS = "not_on_pass"
    WRONG_CLASS = "wrong_class"
    OFF_ROUTE = "off_route"
    CREW_UNTESTED = "crew_untested"
    CERTIFICATE = "certificate"
    SOLD_CARD = "sold_card"
    STAYS_INSIDE = "stays_inside"
    ON_THE_WAY = "on_the_way"
    """What two posts show together."""
    LAWFUL_WAY = "lawful_way"
    """Looks like that, and is none."""
    LAWFUL = "lawful"
    """Looks like misuse, and is none."""


@dataclass(frozen=True)
class Counts:
    """How many of each case; a case of two crossings counts as one."""

    clean: int = 60
    expired: int = 3
    forged: int = 3
    head_count: int = 3
    cloned: int = 2
    positive_later: int = 2
    turned_back: int = 3
    turned_back_positive: int = 1
    unknown_code: int = 3

    another_plate: int = 1
    misread: int = 1
    not_on_pass: int = 2
    wrong_class: int = 1
    off_route: int = 1
    crew_untested: int = 1
    borrowed_test: int = 1
    edited_date: int = 1
    sold_card: int = 1
    lawful: int = 2
    lawful_pair: int = 1

    boarded: int = 1
    dropped: int = 1
    seal_changed: int = 1
    seen_elsewhere: int = 1
    lawful_way: int = 3
    stays_inside: int = 0
    """Needs every post's heartbeats beyond the window's end: not in a morning that is over sooner."""
    exit_silent: int = 0
    slow: int = 0
    ferry_closed: int = 0
    jam: int = 0
    ordered_driver: int = 0
    """These and those above need hours and posts that a morning on two lanes does not have."""

    @property
    def crossings(self) -> int:
        counts = asdict(self)
        return sum(
            count * (2 * JAMMED if name == "jam" else 2 if name in PAIRS else 1) for name, count in counts.items()
        )

    @classmethod
    def only(cls, **counts: int) -> "Counts":
        """These and nothing else."""
        return replace(cls(**dict.fromkeys(asdict(cls()), 0)), **counts)

    @classmethod
    def of(cls, crossings: int) -> "Counts":
        """Exactly ``crossings`` of them (at least 10), about one in five not clean; few of them where few fit."""
        planted = cls.only(**dict.fromkeys(OFTEN, max(1, crossings // 60)))
        if planted.crossings > crossings:
            raise ValueError(f"{crossings} crossings have no room for every case")
        seldom = dict.fromkeys(
            asdict(planted).keys() - OFTEN - {"clean"} - OF_A_DAY.keys(), max(1, crossings // 120)
        )
        every = replace(planted, **seldom)
        planted = every if every.crossings <= crossings else planted
        return replace(planted, clean=crossings - planted.crossings)

    @classmethod
    def of_a_day(cls, crossings: int) -> "Counts":
        """As ``of``, with what takes hours: for a day of at least six on the lanes of four posts."""
        hours = cls.only(**OF_A_DAY)
        return replace(cls.of(crossings - hours.crossings), **OF_A_DAY)


WAYS = ("boarded", "dropped", "seal_changed", "seen_elsewhere", "lawful_way")
LONG_WAYS = ("slow", "ferry_closed", "jam", "ordered_driver")
PAIRS = frozenset({"cloned", "turned_back", "edited_date", "sold_card", "lawful_pair", *WAYS, *LONG_WAYS})
JAMMED = 3
"""Trucks in one jam: a wait counts as measured when two others had it."""
OF_A_DAY = {"stays_inside": 2, "exit_silent": 2, "slow": 1, "ferry_closed": 1, "jam": 1, "ordered_driver": 2}
"""One slow truck on a road: a second would be the first one's jam."""
OFTEN = frozenset(
    {
        "expired",
        "forged",
        "head_count",
        "cloned",
        "positive_later",
        "turned_back",
        "turned_back_positive",
        "unknown_code",
    }
)


@dataclass(frozen=True)
class CitizenCard:
    person: Person


@dataclass(frozen=True)
class TestPass:
    """``HC1:`` with one negative test."""

    __test__ = False
    person: Person
    certificate_id: str
    kind: TestKind
    sampled_at: datetime
    valid_until: datetime
    algorithm: SigningAlgorithm = SigningAlgorithm.ES256
    forged: bool = False
    """Names a key of the province and is signed with another."""


@dataclass(frozen=True)
class GreenLanePass:
    """``CX1:`` for one vehicle."""

    pass_number: str
    plate: str
    vehicle_class: VehicleClass
    registered_crew: int
    crew: tuple[Person, ...]
    issued_at: datetime
    valid_until: datetime
    cargo: str
    carrier: str
    forged: bool = False
    route: tuple[str, ...] = ()
    """Ids of posts; empty: any."""


@dataclass(frozen=True)
class NationalCard:
    """A URL with a token, on the list that stations hold."""

    token: str
    plate: str
    vehicle_class: VehicleClass
    valid_until: datetime
    plate_listed: bool = True
    """Whether the list says which plate it is for."""


@dataclass(frozen=True)
class PaperSlip:
    """A test on a paper without a code, as the officer enters it."""

    occupant: int
    person: Person
    number: str
    issuer: str
    kind: TestKind
    sampled_at: datetime

    @property
    def claims(self) -> PaperClaims:
        return PaperClaims(
            paper_kind="test_slip",
            paper_number=self.number,
            issuer=self.issuer,
            sampled_at=self.sampled_at,
            test_kind=self.kind,
            test_outcome=TestOutcome.NEGATIVE,
            person=PersonClaims(name=self.person.name, birth_date=str(self.person.birth_date.year)),
        )


@dataclass(frozen=True)
class OtherCode:
    """A code that stands for no pass."""

    text: str


Paper = CitizenCard | TestPass | GreenLanePass | NationalCard | OtherCode


@dataclass(frozen=True)
class Shown:
    paper: Paper
    occupant: int | None
    """None: of the vehicle."""
    reason: str | None = None
    """Why the station will not plainly accept it; None when it will."""


@dataclass(frozen=True)
class Aboard:
    role: OccupantRole
    person: Person
    typed: bool = False
    """Entered by the officer; otherwise taken from what this occupant showed."""


@dataclass(frozen=True)
class Expected:
    """What is true of a crossing once everything is known, each thing exactly once."""

    advised: Outcome
    """By the station, alone."""
    verdict: Outcome
    """The last one in force."""
    reasons: tuple[str, ...] = ()
    """Every code that the last verdict names in the clear."""
    alerts: tuple[str, ...] = ()
    """Codes of alerts that hang on this crossing; of a cloned pair, on the later one."""
    findings: tuple[str, ...] = ()
    referred: tuple[int, ...] = ()
    """Occupants in the quarantine queue."""
    recalled: bool = False


@dataclass(frozen=True)
class PlannedCrossing:
    sheet_id: str
    case: Case
    post_id: str
    station_id: str
    opened_at: datetime
    closed_at: datetime
    """Unique within the plan at its station."""
    decided_at: datetime
    direction: Direction
    purpose: Purpose
    vehicle_class: VehicleClass
    plate: str
    cab: int
    cargo: int
    occupants: tuple[Aboard, ...]
    shown: tuple[Shown, ...]
    destination_commune: str
    expected: Expected
    cargo_space: CargoSpace = CargoSpace.NONE
    seal_number: str | None = None
    ordered_change: ChangeOrdered | None = None
    papers: tuple[PaperSlip, ...] = ()
    """Entered after the codes were shown."""
    partner: str | None = None
    """Sheet of the other crossing of a pair."""


@dataclass(frozen=True)
class PlannedResult:
    """A positive result that a laboratory reports after the crossing was judged."""

    result_id: UUID
    after_sheet: str
    person: Person
    kind: TestKind
    sampled_at: datetime
    resulted_at: datetime


@dataclass(frozen=True)
class PlannedClosure:
    """A road or ferry between two posts that is closed by a notice, announced beforehand."""

    posts: tuple[str, str]
    effective_at: datetime
    ends_at: datetime
    document: str

    def is_said_at(self, crossing: PlannedCrossing) -> bool:
        return crossing.post_id in self.posts and self.effective_at <= crossing.closed_at < self.ends_at


@dataclass(frozen=True)
class PlannedSilence:
    """A post of which nothing is heard after an instant, while the others are."""

    post_id: str
    since: datetime


@dataclass(frozen=True)
class Plan:
    run_id: str
    seed: int
    crossings: tuple[PlannedCrossing, ...]
    """In the order of their closing."""
    results: tuple[PlannedResult, ...] = ()
    closures: tuple[PlannedClosure, ...] = ()
    silence: PlannedSilence | None = None
    by_sheet: dict[str, PlannedCrossing] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_sheet", {crossing.sheet_id: crossing for crossing in self.crossings})

    @property
    def passes(self) -> tuple[GreenLanePass, ...]:
        """Every genuine green-lane pass, once: what the registry knows."""
        found = {
            shown.paper.pass_number: shown.paper
            for crossing in self.crossings
            for shown in crossing.shown
            if isinstance(shown.paper, GreenLanePass) and not shown.paper.forged
        }
        return tuple(found.values())

    @property
    def cards(self) -> tuple[NationalCard, ...]:
        """Every national card, once: what the list of tokens names."""
        found = {
            shown.paper.token: shown.paper
            for crossing in self.crossings
            for shown in crossing.shown
            if isinstance(shown.paper, NationalCard)
        }
        return tuple(found.values())
