"""What is derived and kept reads back as the same value, and what somebody changed does not."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from schemas.events.crossing import HeadCount
from schemas.passes.kinds import Confidence, PassKind, ReadingStatus
from schemas.plain import NotAsKept, all_from_kept, as_kept, from_kept
from schemas.rules.facts import CrossingFacts, OccupantFacts, PassFacts, ReadingFacts, TestFacts
from schemas.words import CargoSpace, Direction, OccupantRole, Purpose, TestKind, TestOutcome, VehicleClass

AT = datetime(2021, 10, 6, 7, 30, 0, 125_000, tzinfo=UTC)
CROSSING = CrossingFacts(
    crossing_id=UUID(int=7),
    revision=1,
    station_id="rach-mieu-1",
    post_id="rach-mieu",
    occurred_at=AT,
    clock_error_ms=None,
    direction=Direction.IN,
    purpose=Purpose.TRANSIT,
    vehicle_class=VehicleClass.TRUCK,
    head_count=HeadCount(cab=2),
    readings=(ReadingFacts(kind=PassKind.GREEN_LANE_PASS, status=ReadingStatus.ACCEPTED),),
    passes=(
        PassFacts(
            reading=0,
            kind=PassKind.GREEN_LANE_PASS,
            status=ReadingStatus.ACCEPTED,
            confidence=Confidence.SIGNED,
            route=("co-chien",),
            valid_until=AT,
        ),
    ),
    occupants=(
        OccupantFacts(
            occupant=1,
            role=OccupantRole.DRIVER,
            tests=(
                TestFacts(
                    reading=0,
                    status=ReadingStatus.ACCEPTED,
                    confidence=Confidence.SIGNED,
                    kind=TestKind.PCR,
                    outcome=TestOutcome.NEGATIVE,
                    sampled_at=AT,
                ),
            ),
        ),
    ),
    cargo_space=CargoSpace.OPENED,
)


def test_what_was_kept_reads_back_as_the_same_value():
    assert from_kept(CrossingFacts, as_kept(CROSSING)) == CROSSING
    assert from_kept(CrossingFacts, as_kept(CROSSING)).occurred_at.tzinfo is UTC


def test_what_has_its_default_value_is_not_written():
    assert '"emergency"' not in as_kept(CROSSING)
    assert '"emergency":true' in as_kept(CROSSING.but(emergency=True))


def test_a_text_that_writes_every_field_out_reads_back_alike():
    text = (
        '{"reading": 0, "kind": "green_lane_pass", "status": "accepted", "reason": null, "confidence": "signed",'
        ' "issuer": null, "vehicle_class": null, "registered_crew": null, "named_crew": null,'
        ' "route": ["co-chien"], "valid_from": null, "valid_until": "2021-10-06T07:30:00.125Z",'
        ' "carrier_id": null, "plate": "not_comparable", "misread": null, "since_then": 1}'
    )
    assert (from_kept(PassFacts, text),) == CROSSING.passes == all_from_kept(PassFacts, f"[{text}]")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"reading": "x"}', '{"reading": 0, "kind": "no such kind"}'])
def test_what_somebody_changed_is_refused_and_not_repeated(text):
    with pytest.raises(NotAsKept, match=r"^not as it was kept$"):
        from_kept(PassFacts, text)


def test_nothing_is_changed_in_place_nor_into_a_field_that_is_none():
    with pytest.raises(AttributeError):
        CROSSING.emergency = True
    with pytest.raises(TypeError):
        CROSSING.but(emergncy=True)
    assert CROSSING.but(emergency=True) != CROSSING
