"""Builders that read as English, for tests of every part. Nothing here is a real person or vehicle."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from schemas.events.base import FIRST_PREVIOUS, SealedBox
from schemas.events.crossing import (
    Advice,
    CrossingClosed,
    CrossingSecrets,
    HeadCount,
    OccupantSecrets,
    OccupantSeen,
)
from schemas.events.registry import NoticePublished
from schemas.passes.claims import GreenLaneClaims, HealthClaims, HealthEntry, PersonClaims
from schemas.passes.kinds import Confidence, PassKind, ReadingReason, ReadingStatus
from schemas.passes.reading import Reading
from schemas.policy.policy import CodeOutcome, Policy, TestDemand, TestValidity, TravelTime
from schemas.rules.codes import Note, Rule, TestStatus
from schemas.rules.facts import CrossingFacts, facts_of
from schemas.words import (
    Direction,
    OccupantRole,
    Outcome,
    Purpose,
    TestKind,
    TestOutcome,
    VehicleClass,
)

NOON = datetime(2021, 10, 6, 5, 0, tzinfo=UTC)
"""12:00 in Bến Tre."""

DRIVER = PersonClaims(name="Nguyễn Văn Thử", number="083090000001", birth_date="1990-02-03")
MATE = PersonClaims(name="Trần Thị Mẫu", number="083190000002", birth_date="1990-04-05")

_TEST_IDS = UUID("00000000-0000-5000-8000-000000000001")


def an_id(name: str) -> UUID:
    return uuid5(_TEST_IDS, name)


def a_box() -> SealedBox:
    return SealedBox(key_id="test", box="AAAA")


def a_policy(**changes: Any) -> Policy:
    """Tests of 72 h for everyone who comes in, thirty minutes between two posts."""
    return Policy.model_validate(
        {
            "policy_id": "ben-tre-test",
            "version": 1,
            "effective_at": NOON - timedelta(days=30),
            "document": "0000/UBND-TEST",
            "issuer": "UBND",
            "signer": "A",
            "approver": "B",
            "tests": (
                TestValidity(kind=TestKind.PCR, lasts=timedelta(hours=72)),
                TestValidity(kind=TestKind.RAPID_ACCREDITED, lasts=timedelta(hours=72)),
            ),
            "test_demands": (TestDemand(directions=(Direction.IN,)),),
            "travel_times": (TravelTime(between=("rach-mieu", "co-chien"), at_least=timedelta(minutes=30)),),
            "codes": (
                CodeOutcome(code=Rule.GL01, outcome=Outcome.CHECK_MORE),
                CodeOutcome(code=Rule.GL03, outcome=Outcome.CHECK_MORE),
                CodeOutcome(code=Rule.GL05, outcome=Outcome.TURN_BACK),
                CodeOutcome(code=Rule.GL06, outcome=Outcome.HOLD),
                CodeOutcome(code=Rule.GL07, outcome=Outcome.CHECK_MORE),
                CodeOutcome(code=Rule.GL13, outcome=None),
                CodeOutcome(code=TestStatus.SHOWN_VALID, outcome=Outcome.LET_THROUGH),
                CodeOutcome(code=TestStatus.NOT_ASKED, outcome=None),
                CodeOutcome(code=TestStatus.NOTHING_KNOWN, outcome=None),
                CodeOutcome(code=TestStatus.SHOWN_TOO_OLD, outcome=Outcome.TURN_BACK),
                CodeOutcome(code=TestStatus.NONE_SHOWN, outcome=Outcome.TURN_BACK),
                CodeOutcome(code=TestStatus.SHOWN_POSITIVE, outcome=Outcome.REFER),
                CodeOutcome(code=TestStatus.KNOWN_POSITIVE, outcome=Outcome.REFER),
                CodeOutcome(code=TestStatus.POSITIVE_AFTER, outcome=Outcome.REFER),
                CodeOutcome(code=Note.CONTACT_OF_POSITIVE, outcome=Outcome.REFER),
                CodeOutcome(code=Note.VALID_BY_NOTICE, outcome=None),
                CodeOutcome(code=Note.EMERGENCY_PASS_THROUGH, outcome=Outcome.LET_THROUGH),
                CodeOutcome(code=ReadingReason.PASS_EXPIRED, outcome=Outcome.TURN_BACK),
                CodeOutcome(code=ReadingReason.PASS_SIGNATURE_WRONG, outcome=Outcome.HOLD),
                CodeOutcome(code=ReadingReason.CODE_UNKNOWN, outcome=Outcome.COULD_NOT_CHECK),
            ),
        }
        | changes
    )


def a_green_lane_reading(**changes: Any) -> Reading:
    return Reading.model_validate(
        {
            "kind": PassKind.GREEN_LANE_PASS,
            "status": ReadingStatus.ACCEPTED,
            "confidence": Confidence.SIGNED,
            "issuer": "BENTRE",
            "vehicle_class": VehicleClass.TRUCK,
            "valid_from": NOON - timedelta(days=5),
            "valid_until": NOON + timedelta(hours=6),
        }
        | changes
    )


def green_lane_claims(**changes: Any) -> GreenLaneClaims:
    return GreenLaneClaims.model_validate(
        {
            "pass_number": "BT-000001",
            "plate": "71C-123.45",
            "vehicle_class": VehicleClass.TRUCK,
            "registered_crew": 2,
            "crew": (DRIVER, MATE),
        }
        | changes
    )


def a_test_reading(occupant: int, **changes: Any) -> Reading:
    return Reading.model_validate(
        {
            "kind": PassKind.HEALTH_PASS,
            "status": ReadingStatus.ACCEPTED,
            "confidence": Confidence.SIGNED,
            "issuer": "BENTRE",
            "occupant": occupant,
        }
        | changes
    )


def test_claims(person: PersonClaims, *, sampled_at: datetime, **changes: Any) -> HealthClaims:
    entry = {
        "entry": "test",
        "certificate_id": f"URN:UVCI:{person.number}",
        "disease": "840539006",
        "test_kind": TestKind.PCR,
        "test_outcome": TestOutcome.NEGATIVE,
        "sampled_at": sampled_at,
        "resulted_at": sampled_at + timedelta(hours=6),
    }
    return HealthClaims(person=person, entries=(HealthEntry.model_validate(entry | changes),))


test_claims.__test__ = False  # type: ignore[attr-defined]


def a_crossing(name: str = "crossing", **changes: Any) -> CrossingClosed:
    """A truck with its driver at Rạch Miễu at noon, sealed content not filled in."""
    crossing_id = an_id(name)
    return CrossingClosed.model_validate(
        {
            "event_id": crossing_id,
            "crossing_id": crossing_id,
            "occurred_at": NOON,
            "opened_at": NOON - timedelta(minutes=1),
            "station_id": "rach-mieu-1",
            "post_id": "rach-mieu",
            "lane": 1,
            "enrolment": 1,
            "number": 1,
            "previous": FIRST_PREVIOUS,
            "clock_error_ms": 500,
            "direction": Direction.IN,
            "purpose": Purpose.DESTINATION_HERE,
            "vehicle_class": VehicleClass.TRUCK,
            "head_count": HeadCount(cab=1, cargo=0),
            "readings": (a_green_lane_reading(), a_test_reading(1)),
            "occupants": (OccupantSeen(occupant=1, role=OccupantRole.DRIVER),),
            "advice": Advice(outcome=Outcome.LET_THROUGH),
            "officer_id": "officer-1",
            "sealed": a_box(),
        }
        | changes
    )


def crossing_secrets(name: str = "crossing", **changes: Any) -> CrossingSecrets:
    return CrossingSecrets.model_validate(
        {
            "record_id": an_id(name),
            "plate": "71C-123.45",
            "claims": (green_lane_claims(), test_claims(DRIVER, sampled_at=NOON - timedelta(hours=30))),
            "occupants": (OccupantSecrets(occupant=1, person=DRIVER),),
        }
        | changes
    )


def facts(name: str = "crossing", *, secrets: dict[str, Any] | None = None, **changes: Any) -> CrossingFacts:
    """Facts of ``a_crossing`` with ``changes``, and of its box with ``secrets``."""
    return facts_of(a_crossing(name, **changes), crossing_secrets(name, **(secrets or {})))


def an_extension(**changes: Any) -> NoticePublished:
    return NoticePublished.model_validate(
        {
            "event_id": an_id("extension"),
            "occurred_at": NOON - timedelta(days=2),
            "revision": 1,
            "notice_id": an_id("extension"),
            "notice": "extends",
            "document": "TB-TEST",
            "issuer": "TCDB",
            "effective_at": NOON - timedelta(days=1),
            "stays_valid_until": NOON + timedelta(days=7),
        }
        | changes
    )
