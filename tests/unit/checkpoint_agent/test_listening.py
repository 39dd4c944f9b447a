"""What the centre says: believed by signature and revision only, kept for offline work, dropped when revoked."""

import asyncio
import dataclasses

import pytest
from aiokafka.errors import UnknownTopicOrPartitionError

from checkpoint_agent.camera.availability import BackOff
from checkpoint_agent.listening.listener import Listening, listen_forever
from checkpoint_agent.listening.published import Record
from checkpoint_agent.outbox import Crossings, Database, Outbox
from schemas.events.operations import SendAgain, StationRevoked
from schemas.events.verdict import DecisionCounted, VerdictReached
from schemas.passes.token_list import TokenEntry, TokenList
from schemas.topics import LISTS, STATION_REQUESTS, VERDICTS, encode
from schemas.trust.sealing import Sealer
from schemas.words import Outcome
from tests.builders import NOON, an_id
from tests.station_parts import StandingClock, a_centre, a_list, all_published, an_identity, signed_record

CENTRE = a_centre()
IDENTITY = an_identity(CENTRE)
TOKENS = TokenList(entries=(TokenEntry(token_hash="a" * 64, valid_until=NOON),))


@pytest.fixture
def database(tmp_path):
    database = Database(tmp_path)
    yield database
    database.close()


@pytest.fixture
def listening(database):
    return a_listening(database)


def a_listening(database):
    clock = StandingClock()
    return Listening(database, IDENTITY, Outbox(database, IDENTITY, clock), clock)


def tokens(revision, **contents):
    return a_list("tokens", revision=revision, **contents)


def said(topic, event, *, offset=0):
    key, value, headers = encode(topic, event)
    return Record(
        topic.name_for(event.post_id if hasattr(event, "post_id") else "rach-mieu"), key, value, headers, 0, offset
    )


def a_verdict(revision=1, *, station_id="rach-mieu-1", outcome=Outcome.HOLD):
    return VerdictReached(
        event_id=an_id("crossing"),
        occurred_at=NOON,
        revision=revision,
        crossing_id=an_id("crossing"),
        crossing_revision=1,
        station_id=station_id,
        post_id="rach-mieu",
        outcome=outcome,
        policy_id="p",
        policy_version=1,
        judge_version="1",
        counted=DecisionCounted(outcome=None),
    )


def test_what_the_centre_signed_is_held_and_works_after_a_restart_with_the_cable_out(database, listening):
    listening.take(all_published(CENTRE))
    for held in (listening.held, a_listening(database).held):
        assert len(held.rules.policies) == 1
        assert held.lists.trusted is not None
        assert held.posts["rach-mieu"].name == "Chốt cầu Rạch Miễu"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (signed_record(CENTRE, LISTS, tokens(1, token_list=TOKENS), signature=b"bm90IG9uZQ=="), "SIGNATURE_WRONG"),
        (signed_record(a_centre(), LISTS, tokens(1, token_list=TOKENS)), "SIGNATURE_WRONG"),
        (said(LISTS, tokens(1, token_list=TOKENS)), "NOT_SIGNED"),
        (
            Record("lists.v1", b"tokens", b"{not json", [("ce_type", b"vn.chotxanh.list.published")]),
            "RECORD_NOT_VALID",
        ),
    ],
)
def test_what_is_unsigned_or_altered_is_refused_and_said(listening, record, reason):
    listening.take([record])
    assert listening.held.lists.tokens is None
    assert listening.refused == {reason: 1}


def test_a_record_moved_to_another_key_is_refused(listening):
    record = signed_record(CENTRE, LISTS, tokens(1, token_list=TOKENS))
    listening.take([Record(record.topic, b"trust", record.value, record.headers)])
    assert listening.refused == {"KEY_OF_ANOTHER_RECORD": 1}


def test_an_older_revision_is_refused_and_the_same_one_again_is_nothing(listening):
    newer = signed_record(CENTRE, LISTS, tokens(2, token_list=TOKENS))
    listening.take([newer])
    listening.take([newer])
    assert listening.refused == {}
    listening.take([signed_record(CENTRE, LISTS, tokens(1))])
    assert listening.refused == {"OLDER_THAN_HELD": 1}
    assert len(listening.held.lists.tokens.by_hash) == 1


def test_a_list_altered_on_the_disk_is_not_loaded(database, listening):
    listening.take([signed_record(CENTRE, LISTS, tokens(1, token_list=TOKENS))])
    with database.writing() as tx:
        tx.execute(
            "UPDATE published SET value = replace(CAST(value AS TEXT), 'aaaa', 'bbbb')"
            if False
            else "UPDATE published SET value = CAST(replace(CAST(value AS TEXT),'aaaa','bbbb') AS BLOB)"
        )
    again = a_listening(database)
    assert again.held.lists.tokens is None
    assert again.refused == {"SIGNATURE_WRONG": 1}


def test_verdicts_of_other_stations_are_ignored_and_the_highest_revision_counts(database, listening):
    Crossings(database).open(an_id("crossing"), NOON)
    records = [said(VERDICTS, v) for v in (a_verdict(2), a_verdict(1), a_verdict(9, station_id="rach-mieu-2"))]
    heard = listening.take(records)
    assert [v.revision for v in heard.verdicts] == [2]
    (row,) = Crossings(database).recent(crossing_id=an_id("crossing"))
    assert (row.verdict.revision, row.verdict_changes) == (2, 0)
    assert row.verdict_before is None
    listening.take([said(VERDICTS, a_verdict(3, outcome=Outcome.LET_THROUGH))])
    (row,) = Crossings(database).recent(crossing_id=an_id("crossing"))
    assert (row.verdict.revision, row.verdict_changes) == (3, 1)
    assert (row.verdict_before, row.verdict.outcome) == (Outcome.HOLD, Outcome.LET_THROUGH)
    # the same outcome again leaves the difference as it is, and an older revision changes nothing
    listening.take([said(VERDICTS, a_verdict(4, outcome=Outcome.LET_THROUGH)), said(VERDICTS, a_verdict(2))])
    (row,) = Crossings(database).recent(crossing_id=an_id("crossing"))
    assert row.verdict_before is Outcome.HOLD


def test_a_verdict_that_only_takes_in_the_officers_decision_is_not_shown_as_changed(database, listening):
    Crossings(database).open(an_id("crossing"), NOON)
    listening.take([said(VERDICTS, a_verdict(1)), said(VERDICTS, a_verdict(2))])
    (row,) = Crossings(database).recent(crossing_id=an_id("crossing"))
    assert (row.verdict.revision, row.verdict_changes) == (2, 0)


def test_the_position_is_kept_with_what_was_heard(database, listening):
    listening.take([said(VERDICTS, a_verdict(), offset=41)])
    assert a_listening(database).positions() == {("verdicts.rach-mieu.v1", 0): 42}


def test_garbage_on_the_posts_topic_stops_nothing(listening):
    garbage = Record("verdicts.rach-mieu.v1", b"rach-mieu-1", b"\x00garbage", [("ce_type", b"x")], 0, 1)
    heard = listening.take([garbage, said(VERDICTS, a_verdict(), offset=2)])
    assert len(heard.verdicts) == 1
    assert listening.unreadable == {"RECORD_TYPE_UNKNOWN": 1}


def test_what_is_for_another_lane_of_the_post_is_passed_over_unread(database, listening):
    garbage = Record("verdicts.rach-mieu.v1", b"rach-mieu-2", b"\x00garbage", [("ce_type", b"x")], 0, 1)
    theirs = said(VERDICTS, a_verdict(station_id="rach-mieu-2"), offset=2)
    under_our_key = dataclasses.replace(theirs, key=b"rach-mieu-1", offset=3)
    assert listening.take([garbage, theirs, under_our_key]).verdicts == []
    assert listening.unreadable == {}
    assert a_listening(database).positions() == {("verdicts.rach-mieu.v1", 0): 4}


def test_only_where_nothing_was_said_to_this_station_the_disk_is_not_waited_for(database, listening, monkeypatch):
    seen = []
    begin = database.writing

    def watched(*, lasting=True):
        seen.append(lasting)
        return begin(lasting=lasting)

    monkeypatch.setattr(database, "writing", watched)
    theirs = said(VERDICTS, a_verdict(station_id="rach-mieu-2"), offset=1)
    listening.take([theirs])
    listening.take([dataclasses.replace(theirs, offset=2), said(VERDICTS, a_verdict(), offset=3)])
    listening.take(all_published(CENTRE))
    assert seen == [False, True, True]


def test_a_revoked_station_drops_its_lists_for_good(database, listening):
    listening.take(all_published(CENTRE))
    revoked = StationRevoked(event_id=an_id("r"), occurred_at=NOON, station_id="rach-mieu-1", enrolment=1)
    assert listening.take([said(STATION_REQUESTS, revoked)]).revoked
    for one in (listening, a_listening(database)):
        assert one.revoked
        assert one.held.lists.trusted is None
    listening.take(all_published(CENTRE))
    assert listening.held.rules.policies == ()
    with database.reading() as db:
        assert db.execute("SELECT count(*) FROM published").fetchone()[0] == 0


def test_a_request_of_an_earlier_enrolment_revokes_nothing(listening):
    old = StationRevoked(event_id=an_id("r"), occurred_at=NOON, station_id="rach-mieu-1", enrolment=7)
    assert not listening.take([said(STATION_REQUESTS, old)]).revoked


def test_send_again_offers_the_numbers_again(database, listening):
    from tests.unit.checkpoint_agent.test_outbox import write

    outbox = Outbox(database, IDENTITY, StandingClock())
    for name in "abc":
        write(outbox, name)
    outbox.mark_sent(outbox.oldest(10))
    ask = SendAgain(
        event_id=an_id("s"), occurred_at=NOON, station_id="rach-mieu-1", enrolment=1, numbers=((2, 2),)
    )
    assert listening.take([said(STATION_REQUESTS, ask)]).sent_again == 1
    assert [w.number for w in outbox.oldest(10)] == [2]


def test_the_newest_sealing_key_in_use_is_taken(listening):
    import base64
    from datetime import timedelta

    from nacl.public import PrivateKey

    def a_key(name, days):
        public = base64.b64encode(bytes(PrivateKey.generate().public_key)).decode()
        return {"key_id": name, "public_key": public, "from_at": NOON + timedelta(days=days)}

    keys = (a_key("september", -30), a_key("october", -1), a_key("november", 20))
    listening.take([signed_record(CENTRE, LISTS, a_list("sealing-keys", sealing_keys=keys))])
    assert listening.held.sealer_at(NOON, IDENTITY.sealer).key_id == "october"
    assert isinstance(listening.held.sealer_at(NOON - timedelta(days=60), IDENTITY.sealer), Sealer)
    assert listening.held.sealer_at(NOON - timedelta(days=60), IDENTITY.sealer) is IDENTITY.sealer


class ConsumerOfABrokerJustBack:
    """It does not know the topics yet; and then aiokafka's own stop raises what ends a task without a word."""

    async def start(self):
        raise UnknownTopicOrPartitionError

    async def stop(self):
        raise asyncio.CancelledError


async def test_listening_goes_on_after_a_start_that_failed_at_once(listening):
    opened, enough = [], asyncio.Event()

    def open_consumer():
        opened.append(True)
        if len(opened) == 3:
            enough.set()
        return ConsumerOfABrokerJustBack()

    hearing = asyncio.create_task(listen_forever(listening, open_consumer, print, back_off=BackOff(0, 0)))
    async with asyncio.timeout(5):
        await enough.wait()
    assert not hearing.done()
    hearing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hearing
