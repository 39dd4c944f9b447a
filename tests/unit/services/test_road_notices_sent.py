"""A closed road is taken with both its ends, or not at all."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import sentinel

import pytest
from pydantic import ValidationError

from services.registry.requests import NoticeSent
from tests.builders import NOON, an_id

CLOSED = {
    "notice_id": an_id("closed"),
    "notice": "road_closed",
    "document": "TB-12",
    "issuer": "UBND",
    "effective_at": NOON,
    "ends_at": NOON + timedelta(days=1),
    "post_id": "rach-mieu",
    "other_post_id": "co-chien",
    "road": "Phà Rạch Miễu",
}


def test_a_closed_road_or_ferry_is_published_with_its_two_posts_and_its_name():
    event = NoticeSent.model_validate(CLOSED).event(sentinel.no_box_is_needed, NOON)
    assert (event.post_id, event.other_post_id, event.road) == ("rach-mieu", "co-chien", "Phà Rạch Miễu")
    assert event.sealed is None


@pytest.mark.parametrize(
    "changes",
    [
        {"other_post_id": None},
        {"post_id": None},
        {"other_post_id": "rach-mieu"},
        {"notice": "post_closed"},  # a second end, and a road's name, say that a road was meant
        {"notice": "post_closed", "other_post_id": None},
    ],
)
def test_what_leaves_open_which_road_is_closed_is_refused(changes):
    with pytest.raises(ValidationError, match=r"road_closed only|two posts"):
        NoticeSent.model_validate(CLOSED | changes)
