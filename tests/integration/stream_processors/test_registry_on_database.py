"""What the registry publishes reaches the judge on a real PostgreSQL: levels, wanted plates, results to come."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from uuid import uuid4

import pytest

from schemas.events.registry import NoticePublished, NoticeSecrets, UnitsPublished, ZonesAssigned
from schemas.policy.policy import TestDemand
from schemas.policy.when import When
from schemas.topics import NOTICES, ZONES
from schemas.units import Unit, UnitLevel
from schemas.words import Direction, FactState, Outcome, TestOutcome
from tests.builders import a_green_lane_reading
from tests.integration.stream_processors.province import now


def a_valid_reading():
    return (a_green_lane_reading(valid_from=now() - timedelta(days=5), valid_until=now() + timedelta(days=5)),)


LEAVING = {"direction": Direction.OUT}


def wanted(centre, *, revision=1, state=FactState.IN_FORCE, plate="71C 123.45", notice_id=None):
    notice_id = notice_id or uuid4()
    event = NoticePublished(
        event_id=notice_id,
        occurred_at=now(),
        revision=revision,
        state=state,
        notice_id=notice_id,
        notice="to_be_checked",
        document="TB-1",
        issuer="CA",
        effective_at=now() - timedelta(hours=3),
        sealed=centre.sealer.seal(NoticeSecrets(record_id=notice_id, plate=plate)),
    )
    return centre.signed(NOTICES, event)


async def test_a_plate_that_is_wanted_afterwards_and_then_is_not_changes_the_verdict_both_times(
    judge, province, centre
):
    station, notice_id = province["rach-mieu"], uuid4()
    crossing = station.crossing(at=now() - timedelta(hours=1), readings=a_valid_reading(), **LEAVING)
    await judge.takes(crossing)
    await judge.takes(wanted(centre, notice_id=notice_id))
    assert judge.verdicts()[-1].reasons == ("PLATE_TO_BE_CHECKED",)
    assert judge.verdicts()[-1].outcome is Outcome.CHECK_MORE
    await judge.takes(wanted(centre, notice_id=notice_id, revision=2, state=FactState.WITHDRAWN))
    assert judge.verdicts()[-1].outcome is Outcome.LET_THROUGH


async def test_a_notice_about_another_plate_judges_nobody_again(judge, province, centre):
    crossing = province["rach-mieu"].crossing(readings=a_valid_reading(), **LEAVING)
    await judge.takes(crossing)
    await judge.takes(wanted(centre, plate="71C-999.99"))
    assert [one.revision for one in judge.verdicts()] == [1]


async def test_levels_that_come_late_are_judged_as_of_the_crossing(judge, province, centre):
    demand = TestDemand(when=When(destination_levels=(4,)))
    await judge.takes(centre.policy(version=2, test_demands=(demand,)))
    crossing = province["rach-mieu"].crossing(
        at=now() - timedelta(hours=1), readings=a_valid_reading(), destination_commune="28810"
    )
    await judge.takes(crossing)
    assert judge.verdicts()[-1].outcome is Outcome.LET_THROUGH
    units = UnitsPublished(
        event_id=uuid4(),
        occurred_at=now(),
        revision=1,
        province="83",
        units=(
            Unit(code="83", level=UnitLevel.PROVINCE, name="Tỉnh"),
            Unit(code="831", level=UnitLevel.DISTRICT, name="Huyện", parent="83"),
            Unit(code="28810", level=UnitLevel.COMMUNE, name="Xã", parent="831"),
        ),
    )
    zones_id = uuid4()

    def levels(revision, effective_at):
        event = ZonesAssigned(
            event_id=zones_id,
            occurred_at=now(),
            revision=revision,
            document="QĐ 1",
            effective_at=effective_at,
            levels={"831": 4},
        )
        return centre.signed(ZONES, event)

    await judge.takes(centre.signed(ZONES, units), levels(1, now() - timedelta(hours=2)))
    assert judge.verdicts()[-1].outcome is not Outcome.LET_THROUGH
    await judge.takes(levels(2, now() - timedelta(minutes=30)))
    assert judge.verdicts()[-1].outcome is Outcome.LET_THROUGH


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_who_passed_with_a_result_to_come_is_found_recalled_and_referred_in_every_order(
    judge, province, centre, order
):
    station, result_id = province["rach-mieu"], uuid4()
    crossing = station.crossing(at=now() - timedelta(hours=3), readings=a_valid_reading(), **LEAVING)
    times = {"sampled_at": now() - timedelta(hours=6), "resulted_at": now() - timedelta(hours=1)}
    records = [crossing, station.decision(crossing), centre.result(result_id=result_id, **times)]
    await judge.takes_one_by_one(*(records[place] for place in order))
    assert [one.code for one in judge.findings()] == ["GL13"]
    assert (len(judge.recalls()), len(judge.referrals())) == (1, 1)
    await judge.takes(centre.result(result_id=result_id, revision=2, outcome=TestOutcome.NEGATIVE, **times))
    assert (judge.findings(), judge.recalls(), judge.referrals()) == ([], [], [])
