"""The cross-check of what a pass claims with what is known: each outcome of DOMAIN.md section 5, on both sides."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from schemas.passes.claims import PaperClaims, PersonClaims
from schemas.passes.kinds import Confidence, PassKind
from schemas.words import FactState, RefKind, TestBasis, TestKind, TestOutcome, TestStanding
from stream_processors.judging.context import CERTIFICATE, Context, CrossingRef, PersonMatch
from stream_processors.judging.judge import judge
from stream_processors.judging.said import Kind
from tests.builders import (
    NOON,
    a_green_lane_reading,
    a_test_reading,
    an_id,
    green_lane_claims,
    test_claims,
)
from tests.unit.stream_processors.known import NAME, NUMBER, a_result, context, crossing, ref, registry

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
SHOWN = -30 * HOUR
"""When the builders' driver was sampled for the negative test that they show."""
CERTIFICATE_REF = CrossingRef(CERTIFICATE, ref("certificate"), 1, 1)
PAPER = PaperClaims(
    paper_kind="test",
    test_kind=TestKind.PCR,
    test_outcome=TestOutcome.NEGATIVE,
    sampled_at=NOON + SHOWN,
)


def status(known, *results, **more):
    judged = judge(known, context(results=results, **more))
    found = json.loads(judged.verdict.private).get("occupants", [])
    return {code for one in found for code in one["reasons"]}


def with_certificate(*results):
    return status(crossing(refs=(*crossing().refs, CERTIFICATE_REF)), *results)


def on_paper():
    readings = (
        a_green_lane_reading(),
        a_test_reading(1, kind=PassKind.PAPER, confidence=Confidence.PAPER_SEEN),
    )
    return crossing(readings=readings, secrets={"claims": (green_lane_claims(), PAPER)})


@pytest.mark.parametrize(("after", "since"), [(SHOWN - SECOND, False), (SHOWN, False), (SHOWN + SECOND, True)])
def test_positive_after_the_pass_was_issued(after, since):
    found = status(crossing(), a_result(after=after))
    assert "TS_KNOWN_POSITIVE" in found
    assert ("TS_POSITIVE_SINCE_PASS" in found) is since


@pytest.mark.parametrize("outcome", [TestOutcome.POSITIVE, TestOutcome.INCONCLUSIVE])
def test_another_result_for_the_same_certificate(outcome):
    same = a_result(after=SHOWN, certificate_ref=ref("certificate"), persons=(), outcome=TestOutcome.NEGATIVE)
    other = a_result(after=SHOWN, certificate_ref=ref("certificate"), persons=(), outcome=outcome)
    assert "TS_CERTIFICATE_CONTRADICTED" not in with_certificate(same)
    assert "TS_CERTIFICATE_CONTRADICTED" in with_certificate(other)
    # the same, seen by somebody who showed another certificate
    assert "TS_CERTIFICATE_CONTRADICTED" not in status(crossing(), other)


@pytest.mark.parametrize("changes", [{"state": FactState.WITHDRAWN}, {"standing": TestStanding.WITHDRAWN}])
def test_a_certificate_that_was_revoked(changes):
    stands = a_result(after=SHOWN, certificate_ref=ref("certificate"), outcome=TestOutcome.NEGATIVE)
    revoked = a_result(after=SHOWN, certificate_ref=ref("certificate"), outcome=TestOutcome.NEGATIVE, **changes)
    assert "TS_CERTIFICATE_WITHDRAWN" not in with_certificate(stands)
    assert "TS_CERTIFICATE_WITHDRAWN" in with_certificate(revoked)


@pytest.mark.parametrize(
    ("answered", "pending"), [(None, True), (-6 * HOUR - SECOND, True), (-6 * HOUR, False), (-HOUR, False)]
)
def test_a_result_that_is_pending_until_a_test_alone_from_then_or_later_is_there(answered, pending):
    waiting = a_result("waiting", after=-6 * HOUR, outcome=TestOutcome.PENDING)
    later = () if answered is None else (a_result("alone", after=answered, outcome=TestOutcome.NEGATIVE),)
    # a negative alone makes everything well, and then nothing of health is said
    assert ("TS_RESULT_PENDING" in status(crossing(), waiting, *later)) is pending


def test_nothing_known_of_what_rests_on_paper_alone():
    known = on_paper()
    negative = a_result(after=SHOWN, outcome=TestOutcome.NEGATIVE)
    facts = {"codes": tuple(one for one in registry().policies[0].policy.codes if one.code != "TS_NOTHING_KNOWN")}
    assert "TS_NOTHING_KNOWN" in status(known, policy=facts)
    assert "TS_NOTHING_KNOWN" not in status(known, negative, policy=facts)
    # what is signed proves itself
    assert "TS_NOTHING_KNOWN" not in status(crossing(), policy=facts)


@pytest.mark.parametrize(("hours", "too_old"), [(29, True), (30, True), (31, False)])
def test_too_old_for_the_policy_in_force_at_that_time(hours, too_old):
    """The stricter bundle takes effect a second before the crossing, or a second after it."""
    (lenient,) = registry().policies
    strict = lenient.policy.model_copy(
        update={
            "version": 2,
            "tests": tuple(one.model_copy(update={"lasts": hours * HOUR}) for one in lenient.policy.tests),
        }
    )
    for effective_at, counts in ((NOON - SECOND, True), (NOON, True), (NOON + SECOND, False)):
        changed = strict.model_copy(update={"effective_at": effective_at})
        published = lenient.model_copy(
            update={"event_id": an_id(f"policy from {effective_at}"), "revision": 2, "policy": changed}
        )
        known = Context(type(registry())((lenient, published)))
        judged = judge(crossing(), known)
        reasons = {
            code for one in json.loads(judged.verdict.private).get("occupants", []) for code in one["reasons"]
        }
        assert ("TS_SHOWN_TOO_OLD" in reasons) is (counts and too_old)


@pytest.mark.parametrize(
    ("refs", "status_code", "weak"),
    [
        ({NUMBER: "driver"}, "TS_POSITIVE_AFTER", False),
        ({RefKind.OLD_NUMBER.value: "old"}, "TS_POSITIVE_AFTER", False),
        ({RefKind.MASKED_NUMBER.value: "masked"}, "TS_POSITIVE_WEAK", True),
        ({NAME: "driver's name"}, "TS_POSITIVE_WEAK", True),
    ],
)
def test_numbers_identify_and_masked_numbers_and_names_wait_for_a_person(refs, status_code, weak):
    shown = (
        CrossingRef(NUMBER, ref("driver"), 1),
        CrossingRef(RefKind.OLD_NUMBER.value, ref("old"), 1),
        CrossingRef(RefKind.MASKED_NUMBER.value, ref("masked"), 1),
        CrossingRef(NAME, ref("driver's name"), 1),
    )
    result = a_result(persons=(PersonMatch({kind: ref(name) for kind, name in refs.items()}),))
    judged = judge(crossing(refs=shown), context(results=(result,)))
    reasons = {code for one in json.loads(judged.verdict.private)["occupants"] for code in one["reasons"]}
    assert status_code in reasons
    (referral,) = [json.loads(one.content) for one in judged.others if one.kind is Kind.REFERRAL]
    assert referral["weak"] is weak
    named = [code for code in referral["reasons"] if code.startswith("MATCHED_BY")]
    by_name = "MATCHED_BY_NAME_AND_BIRTH" if NAME in refs else "MATCHED_BY_MASKED_NUMBER"
    assert named == ([by_name] if weak else [])


def test_every_member_of_a_positive_pool_is_to_be_tested_alone_and_none_is_positive():
    members = tuple(
        PersonMatch({NUMBER: ref(name)}, covered=bool(n)) for n, name in enumerate(["sampled", "driver", "third"])
    )
    pool = a_result(after=-HOUR, basis=TestBasis.POOLED, persons=members)
    for name in ("sampled", "driver", "third"):
        found = status(crossing(refs=(CrossingRef(NUMBER, ref(name), 1),)), pool)
        assert "TS_POOL_POSITIVE" in found
        assert not found & {"TS_KNOWN_POSITIVE", "TS_POSITIVE_AFTER", "TS_POSITIVE_WEAK", "TS_POSITIVE_SINCE_PASS"}
    assert "TS_POOL_POSITIVE" not in status(crossing(refs=(CrossingRef(NUMBER, ref("other"), 1),)), pool)


def test_a_person_without_any_paper_is_matched_by_nothing():
    nobody = PersonClaims()
    known = crossing(
        refs=(), secrets={"claims": (green_lane_claims(), test_claims(nobody, sampled_at=NOON + SHOWN))}
    )
    assert not status(known, a_result()) & {"TS_POSITIVE_AFTER", "TS_POSITIVE_WEAK"}
