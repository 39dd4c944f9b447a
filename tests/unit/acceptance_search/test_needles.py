"""The search for planted persons finds a date that stands by itself, and none inside an id or a hash."""

import pytest

from tests.acceptance.needles import Needles

DATE = "19840221"


@pytest.mark.parametrize(
    ("content", "is_found"),
    [
        (b"born 19840221 in", True),
        (b'"19840221"', True),
        (b"x-19840221-", True),
        (b"0b0e7a52-3c4d-5e6f-8a9b-19840221abcd", False),  # the last part of an id
        (b"19840221-3c4d-5e6f-8a9b-0123456789ab", False),
        (b"19840221abcdef0123", False),  # a hash
        (b"0b0e7a52-3c4d-5e6f-8a9b-0123456789ab 19840221", True),  # behind an id, not in it
    ],
)
def test_a_date_counts_where_it_stands_by_itself(content, is_found):
    assert bool(Needles([DATE]).found_in(content)) is is_found
