"""The outbox on a real SQLite file: numbers, chain, sent marks, refusals, a full disk, a broken file."""

import threading
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import pytest

from checkpoint_agent.crossing.records import Desk, abandoned_record
from checkpoint_agent.outbox import KEPT_FOR, Crossings, Database, DiskFull, FileBroken, Outbox, OutboxTrouble
from schemas.topics import CROSSINGS, decode, header
from schemas.trust.chain import mac_is_right, record_hash
from tests.builders import NOON, an_id
from tests.station_parts import StandingClock, an_identity

IDENTITY = an_identity()
NORMAL, FULL = 1, 2
DESK = Desk("rach-mieu-1", "rach-mieu", 1, 1)


def an_abandoned(name, link):
    return abandoned_record(
        an_id(name), DESK, link=link, opened_at=NOON, counter=1, at=NOON, clock_error_ms=None, reason="OFFICER"
    )


def write(outbox, name):
    event_id = an_abandoned(name, link_of(1)).event_id
    return outbox.add(CROSSINGS, event_id, lambda link: an_abandoned(name, link))


def link_of(number):
    from checkpoint_agent.crossing.link import Link

    return Link(number, "0" * 64)


@pytest.fixture
def database(tmp_path):
    database = Database(tmp_path)
    yield database
    database.close()


@pytest.fixture
def clock():
    return StandingClock()


@pytest.fixture
def outbox(database, clock):
    return Outbox(database, IDENTITY, clock)


def test_numbers_are_gapless_and_each_record_names_the_hash_of_the_one_before(outbox):
    numbers = [write(outbox, name).number for name in "abc"]
    waiting = outbox.oldest(10)
    events = [decode(CROSSINGS, w.value, w.headers) for w in waiting]

    assert numbers == [1, 2, 3]
    assert events[0].previous == "0" * 64
    assert [e.previous for e in events[1:]] == [record_hash(w.value) for w in waiting[:-1]]
    assert outbox.head().sha256 == record_hash(waiting[-1].value)


def test_every_record_carries_its_mac(outbox):
    write(outbox, "a")
    (waiting,) = outbox.oldest(10)
    type_name = header(waiting.headers, "ce_type").decode()
    mac = header(waiting.headers, "chotxanh-mac")
    assert mac_is_right(IDENTITY.mac_key, waiting.topic, type_name, waiting.value, mac)


def test_the_same_event_is_written_once(outbox):
    first, second = write(outbox, "a"), write(outbox, "a")
    assert (first.is_new, second.is_new, second.number) == (True, False, 1)
    assert outbox.unsent() == 1


def test_a_draft_that_fails_uses_no_number(outbox):
    def fails(link):
        raise RuntimeError

    with pytest.raises(RuntimeError):
        outbox.add(CROSSINGS, uuid4(), fails)
    assert write(outbox, "a").number == 1


def test_what_kafka_has_is_not_sent_again_until_the_centre_asks(outbox):
    for name in "abc":
        write(outbox, name)
    outbox.mark_sent(outbox.oldest(10))
    assert outbox.oldest(10) == []

    assert outbox.ask_again([(2, 3), (7, 9)]) == 2
    assert [w.number for w in outbox.oldest(10)] == [2, 3]
    assert outbox.unsent() == 0


def test_only_the_mark_of_what_was_sent_need_not_outlive_a_power_cut(database, outbox, monkeypatch):
    def synchronous():
        return database._connection.execute("PRAGMA synchronous").fetchone()[0]

    seen = []
    begin = database.writing

    @contextmanager
    def watched(**how):
        with begin(**how) as tx:
            seen.append(synchronous())
            yield tx

    monkeypatch.setattr(database, "writing", watched)
    write(outbox, "a")
    outbox.mark_sent(outbox.oldest(1))
    write(outbox, "b")
    assert seen == [FULL, NORMAL, FULL]
    with pytest.raises(RuntimeError), begin(lasting=False):
        raise RuntimeError
    assert synchronous() == FULL


def test_what_was_sent_is_kept_for_a_week_and_what_was_not_is_kept(outbox, clock):
    write(outbox, "sent")
    outbox.mark_sent(outbox.oldest(1))
    write(outbox, "unsent")
    clock.at = NOON + KEPT_FOR
    assert outbox.drop_old() == 0
    clock.at = NOON + KEPT_FOR + timedelta(seconds=1)
    assert outbox.drop_old() == 1
    assert [w.number for w in outbox.oldest(10)] == [2]
    assert write(outbox, "next").number == 3


def test_what_kafka_refuses_for_good_stands_aside_and_the_rest_goes_on(outbox):
    write(outbox, "a")
    write(outbox, "b")
    outbox.refuse(outbox.oldest(1)[0], "MessageSizeTooLargeError")
    assert [w.number for w in outbox.oldest(10)] == [2]
    assert outbox.refused() == [(1, "crossings.v1", "MessageSizeTooLargeError")]


def test_a_full_disk_is_said_and_nothing_half_done_stays(outbox, database):
    write(outbox, "a")
    with database.writing() as db:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {pages}")

    def fill():
        for number in range(200):
            write(outbox, f"more {number}")

    with pytest.raises(DiskFull):
        fill()
    last = outbox.head().number
    with database.writing() as db:
        db.execute("PRAGMA max_page_count = 1000000")
    assert write(outbox, "after").number == last + 1


def test_who_looks_does_not_wait_for_who_writes_and_sees_what_is_written_whole(outbox, database):
    write(outbox, "a")
    writing, looked = threading.Event(), threading.Event()

    def slowly():
        with database.writing() as db:
            db.execute("UPDATE records SET refused = 'half done'")
            writing.set()
            assert looked.wait(10)

    writer = threading.Thread(target=slowly)
    writer.start()
    assert writing.wait(10)
    assert (outbox.unsent(), outbox.refused_count(), outbox.head().number) == (1, 0, 1)
    looked.set()
    writer.join()
    assert (outbox.unsent(), outbox.refused_count()) == (0, 1)


def test_who_looks_cannot_write(database):
    with pytest.raises(OutboxTrouble), database.reading() as db:
        db.execute("DELETE FROM records")


def test_a_broken_file_is_said_and_is_left_as_it_is(tmp_path):
    (tmp_path / "station.sqlite3").write_bytes(b"this was a database once" * 400)
    with pytest.raises(FileBroken):
        Database(tmp_path)
    assert (tmp_path / "station.sqlite3").read_bytes().startswith(b"this was a database once")


def test_numbers_go_on_after_a_restart(tmp_path, clock):
    for expected in (1, 2):
        database = Database(tmp_path)
        assert write(Outbox(database, IDENTITY, clock), str(expected)).number == expected
        database.close()


def test_a_new_enrolment_begins_its_own_numbers(database, clock):
    write(Outbox(database, IDENTITY, clock), "a")
    from dataclasses import replace

    again = Outbox(database, replace(IDENTITY, enrolment=2), clock)
    assert again.head().number == 0


def test_the_days_counter_is_gapless_and_belongs_to_the_local_day(database):
    crossings = Crossings(database)
    late_evening = NOON.replace(hour=16, minute=59)  # 23:59 in Bến Tre
    counters = [crossings.open(an_id(name), late_evening).counter for name in "ab"]
    assert counters == [1, 2]
    assert crossings.open(an_id("c"), late_evening + timedelta(minutes=1)).counter == 1


def test_a_crossing_opened_twice_keeps_its_counter(database):
    crossings = Crossings(database)
    assert crossings.open(an_id("a"), NOON).counter == 1
    assert crossings.open(an_id("b"), NOON).counter == 2
    assert crossings.open(an_id("a"), NOON + timedelta(hours=1)).counter == 1


def test_crossings_left_open_are_those_neither_closed_nor_abandoned(database, outbox):
    crossings = Crossings(database)
    for name in "ab":
        crossings.open(an_id(name), NOON)
    write(outbox, "a")
    assert [o.crossing_id for o in crossings.left_open()] == [an_id("b")]
    assert crossings.left_open(except_for={an_id("b")}) == []


@pytest.mark.parametrize(
    "look",
    [
        lambda outbox, crossings: outbox.oldest(10),
        lambda outbox, crossings: outbox.unsent(),
        lambda outbox, crossings: outbox.refused(),
        lambda outbox, crossings: outbox.refused_count(),
        lambda outbox, crossings: crossings.recent(10),
        lambda outbox, crossings: crossings.left_open(),
    ],
)
def test_what_is_asked_often_never_walks_through_a_weeks_records(outbox, database, look):
    asked = []
    with database.reading() as db:
        db.set_trace_callback(asked.append)
        look(outbox, Crossings(database))
        db.set_trace_callback(None)
        plans = [row["detail"] for query in asked for row in db.execute(f"EXPLAIN QUERY PLAN {query}")]
    assert plans
    walks = [plan for plan in plans if plan.startswith("SCAN") and "USING" not in plan]
    assert walks == []
    assert not any("TEMP B-TREE" in plan for plan in plans)
