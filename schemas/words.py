"""The glossary's closed sets (DESIGN.md section 2), as they stand on the wire. Words for people are elsewhere."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """What is done, or should be done, with a crossing or an occupant."""

    LET_THROUGH = "let_through"
    CHECK_MORE = "check_more"
    REFER = "refer"
    TURN_BACK = "turn_back"
    HOLD = "hold"
    COULD_NOT_CHECK = "could_not_check"


class PostMode(StrEnum):
    ROAD = "road"
    RIVER = "river"
    SEA = "sea"


class PostLevel(StrEnum):
    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"


class Direction(StrEnum):
    """As seen from the province."""

    IN = "in"
    OUT = "out"


class Purpose(StrEnum):
    DESTINATION_HERE = "destination_here"
    TRANSIT = "transit"
    LEAVING = "leaving"
    UNKNOWN = "unknown"


class VehicleClass(StrEnum):
    ON_FOOT = "on_foot"
    BICYCLE = "bicycle"
    MOTORBIKE = "motorbike"
    CAR = "car"
    BUS = "bus"
    TRUCK = "truck"
    CONTAINER = "container"
    TANKER = "tanker"
    AMBULANCE = "ambulance"
    BOAT = "boat"
    SHIP = "ship"
    OTHER = "other"


class Force(StrEnum):
    """The forces that stand at one post."""

    POLICE = "police"
    MILITARY = "military"
    BORDER_GUARD = "border_guard"
    HEALTH = "health"
    TRAFFIC_INSPECTORATE = "traffic_inspectorate"
    COMMUNE = "commune"


class CargoSpace(StrEnum):
    """What was done about the cargo space."""

    NONE = "none"
    NOT_OPENED = "not_opened"
    OPENED = "opened"
    SEAL_CHECKED = "seal_checked"
    SEAL_PUT_ON = "seal_put_on"
    SEAL_BROKEN = "seal_broken"
    """Found broken by the officer, who did not open it."""


class OrderedChange(StrEnum):
    """What an authority ordered on the way: taken into account by every rule between two posts."""

    CHANGE_OF_DRIVER = "change_of_driver"
    TRANS_SHIPMENT = "trans_shipment"
    DIVERSION = "diversion"


class OccupantRole(StrEnum):
    DRIVER = "driver"
    CREW = "crew"
    PASSENGER = "passenger"
    ON_FOOT = "on_foot"


class Source(StrEnum):
    """How a record or a reading came to be."""

    CAMERA = "camera"
    HAND_SCANNER = "hand_scanner"
    TYPED = "typed"
    PAPER_SLIP = "paper_slip"
    PHONE = "phone"


class FindingClass(StrEnum):
    HEALTH = "health"
    PAPER = "paper"
    SUSPECTED_MISUSE = "suspected_misuse"


class Severity(StrEnum):
    INFORMATION = "information"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class FactState(StrEnum):
    """A fact that can change carries a revision; the highest counts. Withdrawn is a revision too."""

    IN_FORCE = "in_force"
    WITHDRAWN = "withdrawn"


class TestKind(StrEnum):
    __test__ = False  # not a test class, whatever pytest thinks of the name

    PCR = "pcr"
    RAPID_ACCREDITED = "rapid_accredited"
    RAPID_AT_POST = "rapid_at_post"
    SELF_TEST = "self_test"


class TestBasis(StrEnum):
    __test__ = False

    INDIVIDUAL = "individual"
    REPRESENTATIVE = "representative"
    POOLED = "pooled"


class TestStanding(StrEnum):
    __test__ = False

    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


class TestOutcome(StrEnum):
    __test__ = False

    NEGATIVE = "negative"
    POSITIVE = "positive"
    PENDING = "pending"
    INCONCLUSIVE = "inconclusive"


class Immunity(StrEnum):
    """What an occupant's papers prove, by the definition of the policy in force."""

    FULL = "full"
    RECOVERED = "recovered"
    PART = "part"
    NONE = "none"
    """Nothing was proved, which is not the same as "nothing is there"."""


class Stay(StrEnum):
    """Where a stage of quarantine is spent."""

    HOME = "home"
    CENTRE = "centre"
    TREATMENT = "treatment"


class RefKind(StrEnum):
    """Which attributes a person_ref was made from. Only the first two identify a person."""

    NUMBER = "number"
    OLD_NUMBER = "old_number"
    MASKED_NUMBER = "masked_number"
    NAME_BIRTH = "name_birth"


IDENTIFYING = frozenset({RefKind.NUMBER, RefKind.OLD_NUMBER})
