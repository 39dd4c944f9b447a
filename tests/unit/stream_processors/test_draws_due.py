"""Each past local day is looked at once a day while something may still come, and later when more has come."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from stream_processors.judging.draws_due import AGAIN_FOR, Looked, due, round_at

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
TODAY = date(2021, 10, 20)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("now", "today"),
    [
        (datetime(2021, 10, 19, 19, 59, 59, tzinfo=UTC), date(2021, 10, 19)),  # 02:59:59 in Bến Tre
        (datetime(2021, 10, 19, 20, 0, tzinfo=UTC), TODAY),  # three hours after midnight
    ],
)
def test_a_day_is_let_settle_for_three_hours_after_midnight(now, today):
    assert round_at(now, ZONE) == today


def test_days_that_are_over_and_were_never_looked_at_are_due_the_oldest_first():
    kept = {TODAY - 3 * DAY: 1, TODAY - 400 * DAY: 1, TODAY: 5, TODAY + DAY: 5}
    assert due(TODAY, kept, {}) == [TODAY - 400 * DAY, TODAY - 3 * DAY]


@pytest.mark.parametrize(
    ("day", "looked", "is_due"),
    [
        (TODAY - DAY, Looked(TODAY, 5), False),  # today, already
        (TODAY - DAY, Looked(TODAY - DAY, 5), True),
        (TODAY - DAY, Looked(None, 0), True),  # a look that did not come to its end
        (TODAY - AGAIN_FOR, Looked(TODAY - DAY, 5), True),
        (TODAY - AGAIN_FOR - DAY, Looked(TODAY - DAY, 5), False),  # nothing more is waited for
        (TODAY - 40 * DAY, Looked(TODAY - 30 * DAY, 4), True),  # one more came all the same
        (TODAY - 40 * DAY, Looked(TODAY, 4), False),  # and is looked at tomorrow
        (TODAY - 40 * DAY, Looked(TODAY - 30 * DAY, 6), False),  # retention takes them away
    ],
)
def test_a_day_is_looked_at_again_while_something_may_come_or_when_more_has_come(day, looked, is_due):
    assert due(TODAY, {day: 5}, {day: looked}) == ([day] if is_due else [])
