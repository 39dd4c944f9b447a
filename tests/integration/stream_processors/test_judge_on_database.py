"""The judge in its two transactions on a real PostgreSQL: facts in, what is said out."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from schemas.events.crossing import HeadCount, OccupantSecrets, OccupantSeen
from schemas.events.verdict import FindingSecrets, RecallSecrets, ReferralSecrets, VerdictSecrets
from schemas.passes.kinds import ReadingReason, ReadingStatus
from schemas.trust.sealing import Opener
from schemas.words import Direction, FactState, OccupantRole, Outcome, TestOutcome, TestStanding
from tests.builders import DRIVER, MATE, a_green_lane_reading
from tests.integration.stream_processors.province import crossing_id_of, now


def a_valid_reading(**changes):
    return (
        a_green_lane_reading(
            valid_from=now() - timedelta(days=5), valid_until=now() + timedelta(days=5), **changes
        ),
    )


LEAVING = {"direction": Direction.OUT}
"""The test policy asks a test of whoever comes in; whoever leaves needs none."""


async def test_a_clean_crossing_is_let_through_once(judge, province):
    crossing = province["rach-mieu"].crossing(readings=a_valid_reading(), **LEAVING)
    placed = await judge.takes(crossing)
    await judge.batches.handle(placed)
    assert [(v.outcome, v.revision) for v in judge.verdicts()] == [(Outcome.LET_THROUGH, 1)] * 2
    assert judge.sent[0].value == judge.sent[1].value
    assert judge.findings() == []
    assert judge.dead_letters() == []


async def test_more_people_than_the_crew_is_a_finding_with_the_plate_in_its_box(judge, province, centre):
    station = province["rach-mieu"]
    await judge.takes(
        station.crossing(readings=a_valid_reading(), head_count=HeadCount(cab=2, cargo=8), **LEAVING)
    )
    (finding,) = judge.findings()
    assert finding.code == "GL01"
    assert centre.opener.open(finding.sealed, finding.event_id, FindingSecrets).plate == "71C-123.45"
    assert judge.verdicts()[-1].outcome is Outcome.CHECK_MORE


async def test_the_registrys_crew_counts_when_the_card_names_none(judge, province, centre):
    await judge.takes(centre.vehicle_pass(secrets={"registered_crew": 1}))
    reading = a_valid_reading()
    await judge.takes(
        province["rach-mieu"].crossing(readings=reading, head_count=HeadCount(cab=3, cargo=0), **LEAVING)
    )
    assert [one.code for one in judge.findings()] == ["GL01"]


async def test_a_pass_that_the_registry_withdrew_is_revoked_for_later_crossings_only(judge, province, centre):
    station = province["rach-mieu"]
    before = station.crossing(at=now() - timedelta(hours=3), readings=a_valid_reading(), **LEAVING)
    after = station.crossing(at=now() - timedelta(hours=1), readings=a_valid_reading(), **LEAVING)
    pass_id = uuid4()
    await judge.takes(centre.vehicle_pass(event_id=pass_id), before, after)
    assert judge.findings() == []
    await judge.takes(
        centre.vehicle_pass(
            event_id=pass_id,
            revision=2,
            state=FactState.WITHDRAWN,
            occurred_at=now() - timedelta(hours=2),
        )
    )
    (finding,) = judge.findings()
    assert (finding.code, finding.crossings) == ("GL06", (crossing_id_of(after),))


async def test_a_forged_pass_is_an_alert_and_holds(judge, province):
    forged = a_valid_reading(status=ReadingStatus.REJECTED, reason=ReadingReason.PASS_SIGNATURE_WRONG)
    await judge.takes(province["rach-mieu"].crossing(readings=forged, **LEAVING))
    assert [one.code for one in judge.findings()] == ["GL06"]
    assert judge.verdicts()[-1].outcome is Outcome.HOLD


async def test_a_cloned_pass_is_one_finding_hung_on_the_later_crossing_in_either_order(judge, province):
    at = now() - timedelta(hours=1)
    early = province["rach-mieu"].crossing(at=at, plate="71C-111.11", person=DRIVER, **LEAVING)
    late = province["co-chien"].crossing(at=at + timedelta(minutes=5), plate="71C-222.22", person=MATE, **LEAVING)
    await judge.takes(late)
    assert [one for one in judge.findings() if one.code == "GL07"] == []
    await judge.takes(early)
    (finding,) = [one for one in judge.findings() if one.code == "GL07"]
    assert set(finding.crossings) == {crossing_id_of(early), crossing_id_of(late)}
    assert finding.station_id == "co-chien-1"
    assert finding.subject == "pass"


async def test_a_corrected_plate_withdraws_the_finding_that_rested_on_it(judge, province):
    at = now() - timedelta(hours=1)
    early = province["rach-mieu"].crossing(at=at, readings=(), inside={"claims": ()}, person=DRIVER, **LEAVING)
    late = province["co-chien"].crossing(
        at=at + timedelta(minutes=5), readings=(), inside={"claims": ()}, person=MATE, **LEAVING
    )
    await judge.takes(early, late)
    assert [one.code for one in judge.findings()] == ["GL07"]
    await judge.takes(province["rach-mieu"].correction(early, plate="71C-999.99", inside={"claims": ()}))
    assert judge.findings() == []


@pytest.mark.parametrize("together", [True, False])
async def test_a_corrected_time_turns_two_crossings_round_and_the_finding_hangs_on_the_other(
    judge, province, together
):
    at = now() - timedelta(hours=1)
    alike = {"readings": (), **LEAVING}
    one = province["rach-mieu"].crossing(at=at, inside={"claims": ()}, person=DRIVER, **alike)
    other = province["co-chien"].crossing(
        at=at + timedelta(minutes=5), inside={"claims": ()}, person=MATE, **alike
    )
    if together:
        await judge.takes(one, other)
    else:
        await judge.takes(one)
        await judge.takes(other)
    correction = province["rach-mieu"].correction(
        one, occurred_at=at + timedelta(minutes=10), person=DRIVER, inside={"claims": ()}
    )
    await judge.takes(correction)
    (finding,) = judge.findings()
    assert finding.code == "GL07"
    assert finding.station_id == "rach-mieu-1"
    assert set(finding.crossings) == {crossing_id_of(one), crossing_id_of(other)}


async def test_a_result_an_hour_later_raises_recall_referral_and_health_finding(judge, province, centre):
    station = province["rach-mieu"]
    crossing = station.crossing(at=now() - timedelta(hours=2), readings=a_valid_reading(), **LEAVING)
    await judge.takes(crossing, station.decision(crossing))
    await judge.takes(centre.result(sampled_at=now() - timedelta(hours=1)))
    verdict = judge.verdicts()[-1]
    assert verdict.outcome is Outcome.REFER
    assert verdict.binding == "OCCUPANT_HEALTH"
    opened = Opener({station.station_id: bytes(station.sealing)}).open(
        verdict.health, verdict.event_id, VerdictSecrets
    )
    assert "TS_POSITIVE_AFTER" in opened.occupants[0].reasons
    (finding,) = judge.findings()
    assert (finding.code, finding.finding_class, finding.weak) == ("GL13", "health", False)
    (referral,) = judge.referrals()
    assert (referral.because, referral.let_through, referral.weak) == ("verdict", True, False)
    assert centre.opener.open(referral.sealed, referral.event_id, ReferralSecrets).name == DRIVER.name
    (recall,) = judge.recalls()
    assert recall.outcome_now is Outcome.REFER
    assert centre.opener.open(recall.sealed, recall.event_id, RecallSecrets).people[0].number == DRIVER.number


async def test_a_corrected_result_closes_everything_that_rested_only_on_it(judge, province, centre):
    station = province["rach-mieu"]
    crossing = station.crossing(at=now() - timedelta(hours=2), readings=a_valid_reading(), **LEAVING)
    await judge.takes(crossing, station.decision(crossing))
    result_id, sampled_at = uuid4(), now() - timedelta(hours=1)
    await judge.takes(centre.result(result_id=result_id, sampled_at=sampled_at))
    assert len(judge.recalls()) == 1
    await judge.takes(
        centre.result(
            result_id=result_id,
            revision=2,
            sampled_at=sampled_at,
            outcome=TestOutcome.NEGATIVE,
            standing=TestStanding.CORRECTED,
        )
    )
    assert (judge.findings(), judge.referrals(), judge.recalls()) == ([], [], [])
    assert judge.verdicts()[-1].outcome is Outcome.LET_THROUGH


async def test_a_result_moved_to_another_person_judges_the_first_one_again(judge, province, centre):
    station = province["rach-mieu"]
    crossing = station.crossing(at=now() - timedelta(hours=2), readings=a_valid_reading(), **LEAVING)
    result_id = uuid4()
    await judge.takes(crossing, centre.result(result_id=result_id))
    assert len(judge.referrals()) == 1
    await judge.takes(centre.result(result_id=result_id, revision=2, person=MATE))
    assert judge.referrals() == []


async def test_a_weak_match_waits_for_a_person(judge, province, centre):
    station = province["rach-mieu"]
    nameless = DRIVER.model_copy(update={"number": None})
    crossing = station.crossing(at=now() - timedelta(hours=2), readings=a_valid_reading(), **LEAVING)
    await judge.takes(crossing, station.decision(crossing))
    await judge.takes(centre.result(person=nameless, sampled_at=now() - timedelta(hours=1)))
    (finding,) = judge.findings()
    assert finding.weak
    assert judge.recalls() == []
    assert all(one.weak for one in judge.referrals())


async def test_turned_back_counts_neither_for_a_health_finding_nor_for_a_recall(judge, province, centre):
    station = province["rach-mieu"]
    crossing = station.crossing(at=now() - timedelta(hours=2), readings=a_valid_reading(), **LEAVING)
    await judge.takes(crossing)
    await judge.takes(centre.result(sampled_at=now() - timedelta(hours=1)))
    assert len(judge.findings()) == 1
    await judge.takes(station.decision(crossing, Outcome.TURN_BACK, reason="TOLD_SO"))
    assert judge.findings() == []
    assert judge.recalls() == []


async def test_no_decision_in_time_counts_as_let_through_and_a_late_one_undoes_it(judge, province, centre):
    station = province["rach-mieu"]
    crossing = station.crossing(at=now() - timedelta(hours=2), readings=a_valid_reading(), **LEAVING)
    await judge.takes(crossing)
    await judge.takes(centre.result(sampled_at=now() - timedelta(hours=1)))
    assert (judge.verdicts()[-1].counted.none_in_time, judge.recalls()) == (False, [])
    await judge.takes(station.heartbeat())
    assert await judge.fires() == 1
    assert judge.verdicts()[-1].counted.none_in_time
    assert len(judge.recalls()) == 1
    await judge.takes(station.decision(crossing, Outcome.HOLD, reason="TOLD_SO"))
    assert judge.recalls() == []


async def test_companions_of_a_positive_person_are_referred_as_contacts(judge, province, centre):
    station = province["rach-mieu"]
    crossing = station.crossing(
        at=now() - timedelta(hours=2),
        readings=a_valid_reading(),
        occupants=(
            OccupantSeen(occupant=1, role=OccupantRole.DRIVER),
            OccupantSeen(occupant=2, role=OccupantRole.CREW),
        ),
        inside={
            "occupants": (
                OccupantSecrets(occupant=1, person=DRIVER),
                OccupantSecrets(occupant=2, person=MATE),
            )
        },
        **LEAVING,
    )
    await judge.takes(crossing, centre.result())
    assert {(one.occupant, one.because) for one in judge.referrals()} == {(1, "verdict"), (2, "companion")}


async def test_a_rapid_test_at_the_post_is_of_that_occupant_whatever_name_it_bears(judge, province):
    station = province["rach-mieu"]
    crossing = station.crossing(at=now() - timedelta(hours=1), readings=a_valid_reading(), **LEAVING)
    await judge.takes(crossing, station.tested_at_post(crossing, person=MATE))
    (referral,) = judge.referrals()
    assert (referral.occupant, referral.weak) == (1, False)


async def test_an_officers_referral_stands_beside_a_clean_verdict(judge, province):
    station = province["rach-mieu"]
    crossing = station.crossing(readings=a_valid_reading(), **LEAVING)
    await judge.takes(crossing, station.decision(crossing, Outcome.REFER, reason="FEVER"))
    (referral,) = judge.referrals()
    assert referral.because == "decision"
    assert not referral.let_through


async def test_a_withdrawn_crossing_withdraws_what_it_raised(judge, province):
    station = province["rach-mieu"]
    crossing = station.crossing(readings=a_valid_reading(), head_count=HeadCount(cab=9, cargo=0), **LEAVING)
    await judge.takes(crossing)
    assert len(judge.findings()) == 1
    await judge.takes(station.correction(crossing, state=FactState.WITHDRAWN, reason="NEVER_HAPPENED"))
    assert judge.findings() == []
    assert judge.verdicts()[-1].state is FactState.WITHDRAWN


async def test_practice_is_judged_and_raises_nothing(judge, province):
    await judge.takes(
        province["rach-mieu"].crossing(
            practice=True, readings=a_valid_reading(), head_count=HeadCount(cab=9, cargo=0), **LEAVING
        )
    )
    assert judge.verdicts()[-1].outcome is Outcome.CHECK_MORE
    assert judge.findings() == []


async def test_a_policy_that_comes_after_the_crossing_judges_it_again(judge, stations, centre):
    await judge.takes(centre.post("rach-mieu"), centre.enrolment(stations["rach-mieu"]))
    crossing = stations["rach-mieu"].crossing(readings=a_valid_reading(), **LEAVING)
    await judge.takes(crossing)
    assert judge.verdicts()[-1].reasons == ("POLICY_NONE_IN_FORCE",)
    await judge.takes(centre.policy())
    assert judge.verdicts()[-1].outcome is Outcome.LET_THROUGH
    assert judge.verdicts()[-1].revision == 2


async def test_what_was_said_goes_out_though_nobody_heard_of_the_commit(judge, province, monkeypatch):
    judging, failed = judge.batches.judging, []
    committed = judging._judge

    async def lost_behind_the_commit(*args, **changes):
        outputs = await committed(*args, **changes)
        if not failed:
            failed.append(outputs)
            raise OSError("the connection is gone")
        return outputs

    monkeypatch.setattr(judging, "_judge", lost_behind_the_commit)
    crossing = province["rach-mieu"].crossing()
    await judge.takes(crossing)
    assert failed[0] != []
    assert [one.crossing_id for one in judge.verdicts()] == [crossing_id_of(crossing)]
