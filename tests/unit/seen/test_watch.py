"""Whether a worker gets on: both sides of each reason to wait and to end it."""

from stream_processors.seen.watch import Looked, Watch

PLACE = ("crossings.v1", 3)


def looked(at_s, *, lag=10, acknowledged=5, turns=0, world=True, place=PLACE):
    return Looked(at_s, {place: lag}, {place: acknowledged}, turns, world)


def stuck_for(*looks):
    watch = Watch()
    return [watch.stuck_for_s(one) for one in looks][-1]


def test_a_backlog_without_an_acknowledgement_is_stuck_since_it_was_first_seen():
    assert stuck_for(looked(100.0), looked(110.0), looked(160.0)) == 60.0


def test_an_acknowledgement_begins_the_count_again():
    assert stuck_for(looked(0.0), looked(50.0, acknowledged=6), looked(70.0, acknowledged=6)) == 20.0


def test_a_step_inside_a_long_batch_begins_the_count_again():
    assert stuck_for(looked(0.0), looked(50.0, turns=1), looked(70.0, turns=1)) == 20.0


def test_without_a_backlog_nothing_is_stuck_however_long_it_lasts():
    assert stuck_for(looked(0.0, lag=0), looked(1000.0, lag=0)) == 0.0


def test_while_database_or_broker_is_away_nothing_is_stuck():
    assert stuck_for(looked(0.0), looked(500.0, world=False), looked(530.0)) == 30.0


def test_other_partitions_begin_the_count_again():
    assert stuck_for(looked(0.0), looked(60.0, place=("crossings.v1", 4))) == 0.0


def test_one_partition_that_stands_still_beside_one_that_moves_is_no_stuck_worker():
    def look(at_s, moving):
        return Looked(at_s, {PLACE: 5, ("decisions.v1", 0): 5}, {PLACE: 1, ("decisions.v1", 0): moving}, 0, True)

    assert stuck_for(look(0.0, 1), look(60.0, 2)) == 0.0
