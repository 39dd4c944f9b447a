"""The period of the table of shares, and its rounding."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from services.errors import NotValid
from services.shares.routes import instants, period
from services.shares.store import Share

NOW = datetime(2021, 10, 6, 18, 0, tzinfo=UTC)  # 01:00 of the 7th in Bến Tre


def test_without_days_it_is_the_last_thirty_by_the_local_calendar():
    assert period(None, None, NOW) == (date(2021, 9, 8), date(2021, 10, 7))


def test_days_begin_and_end_at_local_midnights():
    begins_at, ends_at = instants(date(2021, 10, 7), date(2021, 10, 7))
    assert begins_at == datetime(2021, 10, 6, 17, 0, tzinfo=UTC)
    assert ends_at == datetime(2021, 10, 7, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "last"),
    [(date(2021, 10, 8), date(2021, 10, 7)), (date(2020, 10, 6), date(2021, 10, 7))],
)
def test_a_period_that_runs_backwards_or_over_a_year_is_refused(first, last):
    with pytest.raises(NotValid):
        period(first, last, NOW)


@pytest.mark.parametrize(
    ("confirmed", "crossings", "permille"),
    [(0, 0, None), (0, 9, 0), (1, 3, 333), (1, 2000, 1), (1, 2001, 0), (2, 2, 1000)],
)
def test_a_share_is_rounded_half_up(confirmed, crossings, permille):
    assert Share("x", crossings, confirmed, confirmed, 0).permille == permille
