"""GL14: an edited paper and its signed certificate, whichever came first; one paper in the hands of two people."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from schemas.passes.kinds import Confidence, ReadingStatus
from schemas.policy.policy import CodeOutcome
from schemas.rules.facts import OccupantFacts, TestFacts
from schemas.words import OccupantRole, Outcome, Severity, TestBasis, TestKind, TestOutcome
from stream_processors.judging.context import CERTIFICATE, TRIP, VEHICLE, CrossingRef, PersonMatch
from stream_processors.judging.judge import judge
from stream_processors.judging.said import Kind, fields_of
from tests.builders import NOON, an_id
from tests.unit.schemas.test_crew_papers import SAMPLED
from tests.unit.stream_processors.known import NAME, NUMBER, a_neighbour, context, decided, ref
from tests.unit.stream_processors.test_same_pass_and_certificate import (
    DAY,
    HOUR,
    POLICY,
    evidence,
    found,
    in_register,
    showing,
    with_paper,
)

SIGNED = {"confidence": Confidence.SIGNED}
LATER = {"before": -2 * HOUR}
MICROSECOND = DAY / (24 * 60 * 60 * 10**6)


def judged(paper, *neighbours, outcome=Outcome.HOLD, **known):
    """Under a policy that holds whoever has such a paper."""
    base = context().registry.policies[0].policy.codes
    policy = {"codes": (*base, CodeOutcome(code="GL14", outcome=outcome)), **POLICY}
    said = judge(paper, context(policy=policy, neighbours=neighbours, **known))
    return fields_of(said.verdict.compared), {one.kind: fields_of(one.compared) for one in said.others}


# The signed certificate comes later


@pytest.mark.parametrize("when", [{}, LATER], ids=["signed first", "signed later"])
def test_an_edited_paper_is_told_by_its_signed_certificate_whichever_was_shown_first(when):
    finding = found("GL14", with_paper(), neighbours=(showing(SAMPLED - 3 * DAY, **SIGNED, **when),))
    assert evidence(finding) == ["CERTIFICATE_DATES_DIFFER"]
    assert finding["severity"] == Severity.LOW
    assert an_id("earlier event") in finding["rests_on"]


@pytest.mark.parametrize("when", [{}, LATER], ids=["signed first", "signed later"])
def test_a_certificate_of_one_person_used_by_another_is_told_whichever_was_shown_first(when):
    of_another = showing(SAMPLED, person="another", **SIGNED, **when)
    finding = found("GL14", with_paper(), neighbours=(of_another,))
    assert evidence(finding) == ["CERTIFICATE_SHOWN_BY_ANOTHER"]
    assert finding["evidence"][0]["words"] == {"first": "co-chien"}


def test_who_was_let_through_with_it_is_recalled_as_of_the_instant_that_told():
    signed = showing(SAMPLED - 3 * DAY, **SIGNED, **LATER)
    verdict, said = judged(with_paper(), signed, decision=decided(Outcome.LET_THROUGH))
    assert verdict["outcome"] == "hold"
    assert said[Kind.RECALL]["outcome_now"] == "hold"
    assert said[Kind.RECALL]["occurred_at"] == verdict["occurred_at"] == "2021-10-06T07:00:00.000Z"
    assert (signed.at - NOON) == 2 * HOUR


def test_who_was_held_with_it_needs_no_recall():
    signed = showing(SAMPLED - 3 * DAY, **SIGNED, **LATER)
    _, said = judged(with_paper(), signed, decision=decided(Outcome.HOLD))
    assert Kind.RECALL not in said


@pytest.mark.parametrize(("before", "raised"), [(-7 * DAY, True), (-7 * DAY - MICROSECOND, False)])
def test_a_later_certificate_counts_within_the_policys_time(before, raised):
    signed = showing(SAMPLED - 3 * DAY, before=before, **SIGNED)
    assert (found("GL14", with_paper(), neighbours=(signed,)) is not None) is raised


@pytest.mark.parametrize(
    "lawful",
    [
        showing(SAMPLED, **SIGNED, **LATER),  # as the paper says
        showing(None, **SIGNED, **LATER),  # no date to compare
        showing(SAMPLED - 3 * DAY, **LATER),  # a later paper: that one is asked about
        replace(showing(SAMPLED - 3 * DAY, **SIGNED, **LATER), shared=frozenset({(NUMBER, ref("driver"))})),
    ],
)
def test_a_later_showing_that_contradicts_nothing_says_nothing(lawful):
    assert found("GL14", with_paper(), neighbours=(lawful,)) is None


@pytest.mark.parametrize("when", [{}, LATER])
def test_a_certificate_issued_again_is_held_against_no_paper_that_agrees_with_one_of_its_issues(when):
    again = showing(SAMPLED - 3 * DAY, name="again", **SIGNED, **when)
    first = showing(SAMPLED, before=3 * HOUR, **SIGNED)
    assert found("GL14", with_paper(), neighbours=(again, first)) is None
    assert found("GL14", with_paper(), neighbours=(again,)) is not None


def test_a_paper_that_its_signed_certificate_bears_out_is_not_held_against_an_edited_one():
    edited = showing(SAMPLED - 3 * DAY)
    assert found("GL14", with_paper(), neighbours=(edited,)) is not None
    assert found("GL14", with_paper(), neighbours=(edited, showing(SAMPLED, name="s", **SIGNED, **LATER))) is None


def test_a_groups_signed_certificate_is_used_by_everyone_of_its_group():
    group = showing(SAMPLED, person="another", **SIGNED, **LATER)
    tests = tuple(one.but(basis=TestBasis.REPRESENTATIVE) for one in group.occupants[0].tests)
    group = replace(group, occupants=(group.occupants[0].but(tests=tests),))
    assert found("GL14", with_paper(), neighbours=(group,)) is None


# One paper, two people, and no signed certificate known


def test_one_laboratorys_paper_in_two_hands_is_explained_and_accuses_nobody():
    finding = found("GL14", with_paper(), neighbours=(showing(SAMPLED, person="another"),))
    assert evidence(finding) == ["PAPER_NUMBER_ALSO_SHOWN_BY_ANOTHER"]
    assert (finding["severity"], finding["weak"]) == (Severity.INFORMATION, True)


def test_what_may_be_a_household_decides_nothing():
    verdict, said = judged(with_paper(), showing(SAMPLED, person="another"), decision=decided(Outcome.LET_THROUGH))
    assert "GL14" not in verdict["reasons"]
    assert Kind.RECALL not in said
    assert said[Kind.FINDING]["code"] == "GL14"
    # Beside another day it does.
    verdict, _ = judged(with_paper(), showing(SAMPLED - 3 * DAY))
    assert verdict["binding"] == "GL14"


def with_refs(one, *refs):
    return replace(one, refs=(*one.refs, *refs))


TOGETHER = a_neighbour(
    before=5 * DAY,
    name="together",
    refs=(CrossingRef(NUMBER, ref("driver"), 1), CrossingRef(NUMBER, ref("another"), 2)),
    shared=frozenset({(NUMBER, ref("driver"))}),
)


@pytest.mark.parametrize(
    "family",
    [
        (with_refs(showing(SAMPLED, person="another"), CrossingRef(VEHICLE, ref("plate"))),),
        (with_refs(showing(SAMPLED, person="another"), CrossingRef(NUMBER, ref("driver"), 2)),),  # both aboard
        (showing(SAMPLED, person="another"), TOGETHER),  # the week before
    ],
)
def test_a_paper_shared_by_people_who_ride_together_is_no_finding(family):
    assert found("GL14", with_paper(), neighbours=family) is None


def test_a_paper_shared_on_one_boat_or_in_one_convoy_is_no_finding():
    paper, other = with_paper(), showing(SAMPLED, person="another")
    boat = CrossingRef(TRIP, ref("boat"))
    on_boat = replace(paper, refs=(*paper.refs, boat))
    assert found("GL14", on_boat, neighbours=(with_refs(other, boat),)) is None
    assert found("GL14", on_boat, neighbours=(other,)) is not None
    convoy = replace(paper, facts=paper.facts.but(group_id="family-7"))
    assert found("GL14", convoy, neighbours=(replace(other, group_id="family-7"),)) is None
    assert found("GL14", convoy, neighbours=(replace(other, group_id="family-8"),)) is not None


@pytest.mark.parametrize(
    "other",
    [
        showing(SAMPLED, person="another", **LATER),  # it hangs on the later one
        showing(SAMPLED, person="another", issuer="BV Ba Tri"),  # a number of two laboratories
        showing(SAMPLED, person="another", issuer=None),
        showing(SAMPLED),  # one's own
        replace(
            showing(SAMPLED),
            refs=(CrossingRef(NAME, ref("a name"), 1), CrossingRef(CERTIFICATE, ref("XN-0123"), 1, 0)),
        ),  # no number to compare
    ],
)
def test_a_paper_that_may_be_ones_own_is_not_even_explained(other):
    assert found("GL14", with_paper(), neighbours=(other,)) is None


@pytest.mark.parametrize(
    ("persons", "basis", "raised"),
    [
        (
            (),
            TestBasis.REPRESENTATIVE,
            [],
        ),  # a household's: the register answers, and says nothing of who is in it
        (("driver",), TestBasis.INDIVIDUAL, []),
        (("another",), TestBasis.INDIVIDUAL, ["CERTIFICATE_OF_ANOTHER_IN_REGISTER"]),
        (("another", "driver"), TestBasis.REPRESENTATIVE, []),
        (("another", "third"), TestBasis.REPRESENTATIVE, ["NOT_OF_THE_GROUP_IN_REGISTER"]),
        (("another", "third"), TestBasis.POOLED, ["NOT_OF_THE_GROUP_IN_REGISTER"]),
        (("another",), TestBasis.REPRESENTATIVE, []),  # whom it stands for is not told
    ],
)
def test_where_the_register_knows_whom_it_covers_it_answers(persons, basis, raised):
    known = in_register(
        basis=basis,
        persons=tuple(PersonMatch({NUMBER: ref(name)}, covered=n > 0) for n, name in enumerate(persons)),
    )
    other = showing(SAMPLED, person="another")
    assert evidence(found("GL14", with_paper(), neighbours=(other,), results=(known,))) == raised


def test_a_member_of_the_group_without_a_number_may_be_this_one():
    known = in_register(
        basis=TestBasis.POOLED,
        persons=(PersonMatch({NUMBER: ref("another")}), PersonMatch({NAME: ref("a name")})),
    )
    assert found("GL14", with_paper(), results=(known,)) is None


def test_a_forged_certificate_proves_nothing_against_a_paper():
    forged = TestFacts(
        reading=0,
        status=ReadingStatus.REJECTED,
        confidence=Confidence.SIGNED,
        kind=TestKind.PCR,
        outcome=TestOutcome.NEGATIVE,
        sampled_at=SAMPLED - DAY,
    )
    other = replace(
        showing(SAMPLED, **LATER),
        occupants=(OccupantFacts(occupant=1, role=OccupantRole.DRIVER, tests=(forged,)),),
    )
    assert found("GL14", with_paper(), neighbours=(other,)) is None


def test_the_statement_is_the_same_in_every_order_of_its_neighbours():
    neighbours = (
        showing(SAMPLED - 3 * DAY, name="a", before=HOUR),
        showing(SAMPLED - 4 * DAY, name="b", **SIGNED, **LATER),
        showing(SAMPLED, name="c", before=3 * HOUR, person="another"),
    )
    one, other = (
        judge(with_paper(), context(policy=POLICY, neighbours=order)) for order in (neighbours, neighbours[::-1])
    )
    assert [said.compared for said in one.others] == [said.compared for said in other.others]
    assert json.loads(one.others[0].content)["code"] == "GL14"
