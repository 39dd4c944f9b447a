"""The list of faults: drawn by a seed, whole, and with the long outages at its end."""

from collections import Counter

from deploy.chaos_run.faults import BROKER, DATABASE, KINDS, ToWorker, only, short_list, whole_list


def test_the_same_seed_gives_the_same_list_and_another_seed_another():
    assert whole_list(4) == whole_list(4)
    assert [fault.name for fault in whole_list(4)] != [fault.name for fault in whole_list(5)]


def test_the_whole_list_has_twenty_outages_of_20_s_and_three_of_5_minutes():
    lengths = Counter(fault.away_s for fault in whole_list(1) if fault.kind.away)
    assert lengths == {20.0: 20, 300.0: 3}
    assert [fault.kind.away for fault in whole_list(1)[-3:]] == [(BROKER,), (DATABASE,), (BROKER, DATABASE)]


def test_every_kind_of_fault_is_in_the_whole_list_whatever_the_seed():
    for seed in range(20):
        assert {fault.name for fault in whole_list(seed)} == KINDS.keys()


def test_each_fate_of_a_worker_and_each_part_is_in_the_short_list():
    kinds = [fault.kind for fault in short_list(outage_s=5)]
    assert {kind.worker for kind in kinds} == {None, *ToWorker}
    assert {part for kind in kinds for part in kind.away} == {BROKER, DATABASE}


def test_a_fault_without_an_outage_lasts_as_long_as_a_group_of_workers_needs_to_settle():
    killed, broker = only(["worker-killed", "broker-killed"], outage_s=8)
    assert (killed.away_s, killed.lasts_s) == (0.0, 35.0)
    assert (broker.away_s, broker.lasts_s) == (8.0, 8.0)
