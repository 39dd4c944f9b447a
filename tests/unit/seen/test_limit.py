"""The limit of what a worker refuses before it takes the fault for its own: both sides of each number."""

import pytest

from stream_processors.intake.limit import Limit, Refusals, Seen, TooMuchRefused

LIMIT = Limit()


def records(refused, taken=0, *, senders=4, reason="MAC_WRONG"):
    """Refused ones of ``senders`` in turn, and taken ones."""
    return [Seen(f"s{n % senders}".encode(), reason) for n in range(refused)] + [Seen(b"s0", None)] * taken


def noted(*batches):
    """``(records, at_s)`` one after the other, as intake does."""
    refusals = Refusals()
    for batch, at_s in batches:
        refusals.check(batch, at_s)
        refusals.note(batch, at_s)


def test_199_refused_records_are_buried_and_the_200th_stops_the_worker():
    noted((records(199), 0.0))
    with pytest.raises(TooMuchRefused) as stopped:
        noted((records(199), 0.0), (records(1), 1.0))
    assert stopped.value.facts == {"refused": 200, "seen": 200, "reasons": {"MAC_WRONG": 200}}


def test_nine_in_ten_stop_it_and_fewer_do_not():
    with pytest.raises(TooMuchRefused):
        noted((records(270, taken=30), 0.0))
    noted((records(269, taken=31), 0.0))


def test_what_is_over_a_minute_ago_is_forgotten():
    noted((records(199), 0.0), (records(199), 60.5))
    with pytest.raises(TooMuchRefused):
        noted((records(199), 0.0), (records(199), 59.5))


def test_what_was_taken_over_a_minute_ago_is_forgotten_too():
    noted((records(0, taken=300), 0.0), (records(270), 59.5))
    with pytest.raises(TooMuchRefused):
        noted((records(0, taken=300), 0.0), (records(270), 60.5))


def test_one_sender_alone_never_stops_the_province():
    noted((records(10_000, senders=1), 0.0))


def test_one_sender_with_most_of_the_rubbish_does_not_either():
    rubbish = [Seen(b"s0", "MAC_WRONG")] * 810 + [Seen(b"s1", "MAC_WRONG")] * 190
    noted((rubbish, 0.0))
    with pytest.raises(TooMuchRefused):
        noted((rubbish[20:] + [Seen(b"s1", "MAC_WRONG")] * 20, 0.0))


def test_what_was_checked_and_not_stored_does_not_count():
    refusals = Refusals()
    refusals.check(records(199), 0.0)
    refusals.check(records(199), 0.0)
