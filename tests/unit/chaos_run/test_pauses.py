"""Pauses of partitions: both sides of what is counted."""

from uuid import UUID

from deploy.chaos_run.pauses import middle, pauses


def told(*partitions_and_times):
    """Crossings in order, each (partition, when its first verdict came)."""
    crossings = {UUID(int=n): partition for n, (partition, _) in enumerate(partitions_and_times)}
    verdicts = {UUID(int=n): at for n, (_, at) in enumerate(partitions_and_times) if at is not None}
    return crossings, verdicts


def test_the_longest_time_without_a_verdict_counts_from_the_last_before_the_fault():
    crossings, verdicts = told((0, 9.0), (0, 21.0), (0, 22.0), (0, 25.0))
    assert pauses(crossings, verdicts, [0], since=10.0, until=50.0) == {0: 12.0}


def test_partitions_that_nobody_asked_about_and_those_without_traffic_have_none():
    crossings, verdicts = told((1, 9.0), (1, 40.0))
    assert pauses(crossings, verdicts, [0, 2], since=10.0, until=50.0) == {}


def test_a_crossing_without_a_verdict_ends_no_pause():
    crossings, verdicts = told((0, 9.0), (0, None), (0, 19.0))
    assert pauses(crossings, verdicts, [0], since=10.0, until=50.0) == {0: 10.0}


def test_what_comes_long_after_the_fault_is_not_its_pause():
    crossings, verdicts = told((0, 9.0), (0, 11.0), (0, 500.0))
    assert pauses(crossings, verdicts, [0], since=10.0, until=50.0) == {0: 2.0}


def test_the_middle_of_nothing_is_nothing():
    assert middle([]) is None
    assert middle([3.0, 1.0, 2.0]) == 2.0
