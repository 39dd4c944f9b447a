"""Notices count from their instant to just before their end, for the pass, plate or post that they name."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from schemas.events.registry import NoticePublished
from schemas.words import FactState
from stream_processors.judging.context import PASS_TOKEN, VEHICLE, Context, CrossingRef, KnownNotice
from stream_processors.judging.judge import judge
from tests.builders import NOON, an_id
from tests.unit.stream_processors.known import crossing, ref, registry

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
TOKEN_REFS = (CrossingRef(VEHICLE, ref("plate")), CrossingRef(PASS_TOKEN, ref("token"), reading=0))


def a_notice(notice, *, begins=-DAY, ends=DAY, pass_ref=None, **changes):
    published = NoticePublished.model_validate(
        {
            "event_id": an_id("notice"),
            "occurred_at": NOON - 2 * DAY,
            "revision": 1,
            "notice_id": an_id("notice"),
            "notice": notice,
            "document": "TB-TEST",
            "issuer": "CA",
            "effective_at": NOON + begins,
            "ends_at": NOON + ends,
        }
        | changes
    )
    return KnownNotice(published, pass_ref)


def reasons(notice, **known):
    judged = judge(crossing(**known), Context(registry(notice)))
    return set(json.loads(judged.verdict.content)["reasons"])


CASES = [
    ("token_revoked", {"pass_ref": ref("token")}, {"refs": TOKEN_REFS}, "TOKEN_REVOKED"),
    ("pass_revoked", {"pass_ref": ref("pass")}, {}, "PASS_REVOKED"),
    ("to_be_checked", {"pass_ref": ref("plate")}, {}, "PLATE_TO_BE_CHECKED"),
    ("post_closed", {"post_id": "rach-mieu"}, {}, "POST_CLOSED"),
    ("change_of_driver", {"post_id": "rach-mieu"}, {}, "CHANGE_OF_DRIVER_ORDERED"),
]


@pytest.mark.parametrize(("notice", "names", "known", "code"), CASES)
@pytest.mark.parametrize(
    ("begins", "ends", "counts"),
    [
        (timedelta(0), DAY, True),
        (SECOND, DAY, False),
        (-DAY, SECOND, True),
        (-DAY, timedelta(0), False),  # the end is exclusive
    ],
)
def test_a_notice_counts_as_of_the_crossings_own_time(notice, names, known, code, begins, ends, counts):
    assert (code in reasons(a_notice(notice, begins=begins, ends=ends, **names), **known)) is counts


@pytest.mark.parametrize(("notice", "names", "known", "code"), CASES)
def test_a_notice_about_another_or_a_withdrawn_one_counts_for_nothing(notice, names, known, code):
    other = {"pass_ref": ref("other")} if "pass_ref" in names else {"post_id": "co-chien"}
    assert code not in reasons(a_notice(notice, **other), **known)
    assert code not in reasons(a_notice(notice, state=FactState.WITHDRAWN, revision=2, **names), **known)
    assert code in reasons(a_notice(notice, **names), **known)
