"""What the page's form makes of a notice, and how one ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest.mock import sentinel

import pytest

from schemas.words import FactState
from services.errors import NotValid
from services.registry.notices import (
    NoticeForm,
    Standing,
    ended,
    in_order,
    sent_by_form,
    standing,
    withdrawn,
)
from tests.builders import NOON, an_id

POSTS = ("rach-mieu", "co-chien")
CLOSED = NoticeForm(
    notice_id=str(an_id("closed")),
    notice="road_closed",
    post_id="rach-mieu",
    other_post_id="co-chien",
    road=" Phà Rạch Miễu ",
    document="TB-12",
    issuer="UBND",
    ends_at="2021-10-07T06:00",
)


def sent(**changes):
    return sent_by_form(replace(CLOSED, **changes), POSTS, NOON)


def a_notice(name="closed", **changes):
    return sent(notice_id=str(an_id(name)), ends_at="").event(sentinel.no_box, NOON).model_copy(update=changes)


def wrong_fields(**changes):
    with pytest.raises(NotValid) as refused:
        sent(**changes)
    return {field.field for field in refused.value.fields}


def test_times_are_local_and_an_empty_beginning_is_now():
    notice = sent()
    assert (notice.effective_at, notice.ends_at) == (NOON, datetime(2021, 10, 6, 23, tzinfo=UTC))
    assert notice.road == "Phà Rạch Miễu"
    assert sent(ends_at="").ends_at is None


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"other_post_id": ""}, {"other_post_id"}),
        ({"other_post_id": "rach-mieu"}, {"other_post_id"}),  # a road has two ends
        ({"post_id": "nowhere"}, {"post_id"}),
        ({"road": "  ", "document": ""}, {"road", "document"}),  # all that is wrong at once
        ({"effective_at": "tonight"}, {"effective_at"}),
        ({"effective_at": "2021-10-07T06:00"}, {"ends_at"}),  # ends in the minute in which it begins
        ({"document": "x" * 301}, {"document"}),
        ({"notice": "to_be_checked"}, {"notice"}),  # names a vehicle: not by this form
        ({"notice": "post_closed"}, {"other_post_id"}),  # one post, not a road
    ],
)
def test_each_wrong_field_is_named(changes, fields):
    assert wrong_fields(**changes) == fields


def test_a_notice_that_lasts_one_minute_is_taken():
    assert sent(effective_at="2021-10-07T05:59").ends_at - sent(effective_at="2021-10-07T05:59").effective_at == (
        timedelta(minutes=1)
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Standing.IN_FORCE),
        ({"effective_at": NOON + timedelta(seconds=1)}, Standing.TO_COME),
        ({"ends_at": NOON + timedelta(seconds=1)}, Standing.IN_FORCE),
        ({"ends_at": NOON}, Standing.OVER),  # counts to just before its end
        ({"state": FactState.WITHDRAWN}, Standing.WITHDRAWN),
    ],
)
def test_how_a_notice_stands(changes, expected):
    assert standing(a_notice(**changes), NOON) is expected


def test_what_ends_is_over_from_then_on_and_what_has_not_begun_never_was():
    later = NOON + timedelta(hours=3)
    over = ended(a_notice(), later)
    assert (over.revision, over.occurred_at, over.ends_at, over.state) == (2, later, later, FactState.IN_FORCE)
    assert standing(over, later) is Standing.OVER
    never = ended(a_notice(effective_at=later), later)
    assert (never.revision, never.state, never.ends_at) == (2, FactState.WITHDRAWN, None)


def test_what_is_withdrawn_keeps_its_times_so_that_what_it_covered_is_known():
    gone = withdrawn(a_notice(ends_at=NOON + timedelta(hours=1)), NOON)
    assert (gone.state, gone.effective_at, gone.ends_at) == (
        FactState.WITHDRAWN,
        NOON,
        NOON + timedelta(hours=1),
    )


def test_what_stands_comes_first_and_the_newest_first():
    over = a_notice("over", ends_at=NOON)
    to_come = a_notice("to-come", effective_at=NOON + timedelta(hours=1))
    old = a_notice("old", effective_at=NOON - timedelta(days=1))
    new = a_notice("new")
    assert [one for _, one in in_order([over, old, to_come, new], NOON)] == [new, old, to_come, over]
