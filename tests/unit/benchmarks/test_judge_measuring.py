"""How the judge's benchmark counts: rates, turns, CPU, ratios; and what it refuses before it starts."""

import xml.etree.ElementTree as ElementTree
from argparse import ArgumentTypeError
from types import SimpleNamespace
from uuid import uuid4

import pytest

from deploy.benchmarks.judge import command, cpu, filling, ground, lines, runs, stations
from deploy.benchmarks.judge.in_turn import compared, in_turn
from deploy.benchmarks.judge.latency import percentiles
from deploy.benchmarks.judge.pictures import pictures_of
from deploy.benchmarks.judge.sizes import FULL, QUICK
from deploy.benchmarks.judge.table import markdown_of, table_of
from deploy.benchmarks.judge.topics import VERDICT_TOPICS
from deploy.benchmarks.judge.traffic import lanes_of
from deploy.refusals import CannotStart
from schemas.canonical import canonical


def test_each_has_its_turn_and_the_order_turns_round():
    assert list(in_turn("AB", 4)) == list("ABBAABBA")


def test_the_median_of_ratios_takes_each_round_by_itself():
    """The second round was slow for both: only the ratio of its own pair says that ours held up."""
    per_s = {"ours": [90.0, 9.0, 80.0], "theirs": [100.0, 10.0, 100.0]}
    assert compared(per_s, "ours", "theirs") == {"ratio_of_medians": 0.8, "median_of_ratios": 0.9}


def a_verdict(at_ms, *, id_=None, revision=1):
    return SimpleNamespace(
        topic=VERDICT_TOPICS[0],
        key=b"",
        timestamp=at_ms,
        headers=[("ce_id", str(id_ or uuid4()).encode())],
        value=canonical({"revision": revision, "state": "in_force"}),
    )


def test_the_rate_counts_from_the_first_verdict_to_the_last_those_that_came_behind_it():
    said = [a_verdict(10_000), a_verdict(10_500), a_verdict(12_000)]
    measured = runs.measured(said, 3, [])
    assert (measured.took_s, measured.per_s) == (2.0, 1.0)


def test_a_crossing_that_was_judged_again_counts_once_and_its_last_verdict_ends_the_run():
    again = uuid4()
    said = [a_verdict(0), a_verdict(1_000, id_=again), a_verdict(4_000, id_=again, revision=2)]
    measured = runs.measured(said, 2, [])
    assert (measured.per_s, measured.verdicts) == (0.25, 3)


def test_a_run_that_leaves_a_crossing_without_a_verdict_is_no_measurement():
    with pytest.raises(runs.RunFailed, match="1 of 2 crossings have no verdict"):
        runs.measured([a_verdict(0)], 2, [])


def test_two_workers_are_measured_from_when_both_had_their_share():
    looks = [runs.Sample(at, {}, members) for at, members in ((0.0, 1), (1.0, 0), (2.0, 2), (3.0, 2))]
    assert (runs.shared_at(looks, 2), runs.shared_at(looks, 1)) == (2.0, 0.0)
    said = [a_verdict(at) for at in (100, 2_500, 3_500, 4_000)]
    assert runs.measured(said, 4, [], since=2.0).per_s == 1.5
    late = [a_verdict(at) for at in (100, 200, 300, 400, 1_000)]
    assert runs.measured(late, 5, [], since=2.0).per_s == pytest.approx(4 / 0.9)  # too few behind it


def test_cpu_is_counted_between_two_looks_over_those_judged_between_them():
    said = [a_verdict(at) for at in (1_000, 2_000, 3_000, 4_000, 6_000)]
    looks = [
        runs.Sample(0.5, {"judge": 7.0}),  # before anything was judged: the start is not counted
        runs.Sample(1.5, {"judge": 10.0}),
        runs.Sample(4.5, {"judge": 10.6}),
        runs.Sample(9.0, {"judge": 99.0}),
    ]
    assert runs.measured(said, 5, looks).cpu_us["judge"] == pytest.approx(200_000)


def test_a_process_is_read_whatever_its_name():
    stat = "42 (a ) (b) S 7 42 42 0 -1 4194560 0 0 0 0 11 22 33 44 20 0 1 0 100 0 0"
    assert cpu.parsed(stat) == (42, 7, 110)


def test_percentiles_are_of_all_that_were_sent():
    assert percentiles([number / 1000 for number in range(101)]) == {
        "crossings": 101,
        "p50_ms": 50.0,
        "p99_ms": 99.0,
    }


def test_a_copy_is_another_crossing_of_another_day_and_has_no_box():
    columns = {
        "crossing_id": "uuid",
        "occurred_at": "timestamp with time zone",
        "sealed_box": "bytea",
        "state": "text",
    }
    query = filling.copies_of("crossings", columns, 3)
    id_of_copy = filling.ID_OF_COPY.format('"crossing_id"')
    assert query == (
        f"SELECT {id_of_copy}, \"occurred_at\" - n * interval '30 minutes', NULL,"
        ' "state" FROM crossings, generate_series(1, 3) AS n'
    )


def test_of_the_facts_only_those_of_traffic_are_copied():
    assert "WHERE kind IN ('crossing', 'decision', 'result', 'pass')" in filling.copies_of("facts", {}, 1)


def test_two_loads_have_no_station_in_common_and_every_post_has_some():
    one, other = lanes_of("a"), lanes_of("b")
    assert not {lane.station_id for lane in one} & {lane.station_id for lane in other}
    assert len({lane.post_id for lane in one}) == 4


A_RUN = {"per_s": 1900, "runs_per_s": [1900], "verdicts_a_crossing": 1.0, "resent": 0, "cpu_us_a_crossing": {}}
RATIO = {"ratio_of_medians": 0.9, "median_of_ratios": 0.9}
SUMMARY = {
    "sustained": {
        "crossings": FULL.crossings,
        "pairs": 5,
        "contenders": {"worker": A_RUN, "bare": A_RUN},
        "worker_by_bare": RATIO,
        "quix_missing": "no way to it",
    },
    "two_workers": {
        "pairs": 5,
        "contenders": {"one worker": A_RUN, "two workers": A_RUN},
        "two_by_one": RATIO,
        "lost": 0,
        "said_otherwise": 0,
        "contradictions": 0,
    },
    "stored": [
        {"stored": 50_000, "wall_us": 500, "cpu_us": {"judge": 400, "database": 100, "broker": 9}},
        {"stored": 5_000_000, "wall_us": 550, "cpu_us": {"judge": 480, "database": 145, "broker": 9}},
    ],
    "stations": {
        "stations": 4,
        "per_s": 100,
        "closed_per_s": 99.0,
        "cpu_ms_a_crossing": {"judge": 3.0, "database": 1.0, "broker": 2.0, "stations": 9.0},
        "worker": stations.of_rounds(
            [{"crossings": 9, "p50_ms": 30.0, "p99_ms": ms} for ms in (90.0, 150.0, 400.0)]
        ),
        "bare": stations.of_rounds([{"crossings": 9, "p50_ms": 30.0, "p99_ms": 90.0}]),
    },
    "latency": {
        name: [{"per_s": rate, "p50_ms": 10.0, "p99_ms": 40.0} for rate in (25, 100)]
        for name in ("worker", "bare")
    },
    "by_batch": {name: [{"batch": size, "per_s": 900} for size in (50, 500)] for name in ("worker", "bare")},
}


def reached(summary):
    return {line.what: line.reached for line in lines.lines_of(summary) if line.reached is not None}


def test_the_bars_are_those_of_the_design():
    assert reached(SUMMARY) == {
        "crossings/s through one worker, 20000 waiting": True,
        "to a bare aiokafka loop, 5 in turn": True,
        "two workers on the same cores, to one, 5 in turn": False,  # 0.9 is slower than one
        "lost, said otherwise, contradicted by two workers": True,
        "a crossing where 5 000 000 are stored": False,  # 1.1 times the time, 1.25 times the CPU
        "closed → verdict on the station, 100/s of 4 stations, fsync, p99": True,
    }


@pytest.mark.parametrize(("ratio", "holds"), [(0.849, False), (0.85, True)])
def test_085_of_a_bare_loop_is_enough(ratio, holds):
    found = SUMMARY["sustained"] | {"worker_by_bare": RATIO | {"median_of_ratios": ratio}}
    assert reached({"sustained": found})["to a bare aiokafka loop, 5 in turn"] is holds


def test_fewer_than_five_pairs_and_short_runs_judge_no_bar():
    few = SUMMARY["sustained"] | {"pairs": 4, "crossings": QUICK.crossings}
    assert reached({"sustained": few}) == {}


def test_stations_that_could_not_close_as_fast_as_asked_do_not_reach_the_bar():
    slow = SUMMARY["stations"] | {"closed_per_s": 60.0}
    assert set(reached({"stations": slow}).values()) == {False}


def test_of_the_stations_rounds_the_median_counts_and_all_are_said():
    way, _ = lines.lines_of({"stations": SUMMARY["stations"]})
    assert way.measured == "150.0 ms, in turn 90 150 400 (p50 30.0; 99.0/s were closed)"
    assert way.beside == "bare 90.0 ms"


def test_what_the_stations_way_takes_of_the_processors_is_said_beside_it():
    _, cpu = lines.lines_of({"stations": SUMMARY["stations"]})
    assert (cpu.measured, cpu.beside, cpu.reached) == (
        "judge 3.0, database 1.0, broker 2.0, stations 9.0",
        "1.50 cores at this rate",
        None,
    )


def test_a_peer_that_is_not_here_is_said_to_be_missing():
    assert "no way to it" in table_of(lines.lines_of(SUMMARY))


def test_a_table_has_one_row_a_line_on_a_page_as_on_a_terminal():
    found = lines.lines_of(SUMMARY)
    assert len(table_of(found).splitlines()) == len(found) + 1
    assert len(markdown_of(found).splitlines()) == len(found) + 2


def test_each_picture_is_whole_and_has_a_title_and_a_line_for_each_contender():
    pictures = pictures_of(SUMMARY)
    assert set(pictures) == {"judge-by_batch.svg", "judge-stored.svg", "judge-latency.svg"}
    for text in pictures.values():
        svg = ElementTree.fromstring(text)
        tags = [element.tag.rpartition("}")[2] for element in svg.iter()]
        assert tags.count("title") == 1
        assert tags.count("polyline") >= 2
    assert "bare loop" in pictures["judge-by_batch.svg"]


def test_what_was_not_measured_has_no_picture_and_no_line():
    assert pictures_of({}) == {}
    assert lines.lines_of({}) == []


@pytest.mark.parametrize("name", ["CHOTXANH_KAFKA_BOOTSTRAP", "CHOTXANH_DATABASE_URL"])
def test_a_given_cluster_is_never_filled(name, monkeypatch):
    monkeypatch.setenv(name, "somewhere")
    with pytest.raises(CannotStart, match=f"unset {name}"):
        ground.require_nothing_given()


async def test_too_little_disk_is_said_before_anything_starts(tmp_path, monkeypatch):
    monkeypatch.setenv("CHOTXANH_HOME", str(tmp_path))
    for name in ("CHOTXANH_KAFKA_BOOTSTRAP", "CHOTXANH_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(CannotStart, match="GB are needed"):
        async with ground.a_ground(needs_bytes=10**18):
            pass
    assert not list(tmp_path.glob("bench-*"))


def test_a_part_that_is_not_there_is_named():
    with pytest.raises(ArgumentTypeError, match="there is no speed"):
        command._parts("truth,speed")


def test_what_is_given_counts_before_the_sizes_of_quick_and_full():
    asked = command._parser().parse_args(["--quick", "--pairs", "3", "--stored", "10,20"])
    sizes = command._sizes(asked)
    assert (sizes.pairs, sizes.stored, sizes.crossings) == (3, (10, 20), QUICK.crossings)
