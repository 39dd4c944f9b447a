"""What of several partitions comes first."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as some

from schemas.topics import LOG_APPEND_TIME
from stream_processors.arrival import InOrderOfArrival


@dataclass(frozen=True)
class Record:
    timestamp: int
    offset: int = 0
    timestamp_type: int = LOG_APPEND_TIME


def never(partition):
    return False


def always(partition):
    return True


def at(*times, **fields):
    return [Record(time, offset, **fields) for offset, time in enumerate(times)]


def taken(waiting, waited_for=never):
    return [(partition, record.timestamp) for partition, record in waiting.next_ones(waited_for)]


@given(
    some.dictionaries(some.sampled_from("abcd"), some.lists(some.integers(0, 9), min_size=1)),
    some.integers(0, 5),
)
def test_all_come_by_time_and_each_partition_in_its_own_order(times, cut):
    waiting = InOrderOfArrival()
    whole = {partition: at(*sorted(found)) for partition, found in times.items()}
    waiting.add({partition: records[:cut] for partition, records in whole.items() if records[:cut]})
    waiting.add({partition: records[cut:] for partition, records in whole.items() if records[cut:]})
    found = list(waiting.next_ones(never))
    assert [record.timestamp for _, record in found] == sorted(one for given in times.values() for one in given)
    for partition, records in whole.items():
        assert [record for of, record in found if of == partition] == records
    assert not waiting


def test_a_partitions_own_order_is_kept_where_the_brokers_clock_went_back():
    waiting = InOrderOfArrival()
    waiting.add({"crossings": at(100, 40), "decisions": at(50)})
    assert taken(waiting) == [("decisions", 50), ("crossings", 100), ("crossings", 40)]


def test_behind_a_partition_that_has_more_nothing_comes_until_it_is_here():
    waiting = InOrderOfArrival()
    waiting.add({"crossings": at(10, 20), "decisions": at(11, 21, 31, 41)})
    assert taken(waiting, lambda partition: partition == "crossings") == [
        ("crossings", 10),
        ("decisions", 11),
        ("crossings", 20),
    ]
    assert (waiting.held_of("crossings"), waiting.held_of("decisions")) == (0, 3)
    waiting.add({"crossings": at(30)})
    assert taken(waiting) == [("decisions", 21), ("crossings", 30), ("decisions", 31), ("decisions", 41)]


def test_a_senders_own_time_orders_nothing():
    waiting = InOrderOfArrival()
    waiting.add({"ours": at(10, 20), "theirs": at(10**15, timestamp_type=0)})
    assert taken(waiting) == [("theirs", 10**15), ("ours", 10), ("ours", 20)]


def test_what_is_left_behind_is_handed_over_later_and_what_is_forgotten_never():
    waiting = InOrderOfArrival()
    waiting.add({"crossings": at(10, 20, 30)})
    for _ in waiting.next_ones(never):
        break
    assert taken(waiting, always) == [("crossings", 20), ("crossings", 30)]
    waiting.add({"crossings": at(40)})
    waiting.clear()
    assert taken(waiting) == []


def test_of_a_dropped_partition_only_what_is_added_later_comes():
    waiting = InOrderOfArrival()
    waiting.add({"crossings": at(10, 20), "decisions": at(15)})
    waiting.drop("crossings")
    waiting.add({"crossings": at(5)})
    assert taken(waiting) == [("crossings", 5), ("decisions", 15)]
