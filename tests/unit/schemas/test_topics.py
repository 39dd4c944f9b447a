import json

import pytest

from schemas import topics
from schemas.events.crossing import CrossingClosed
from schemas.topics import Unreadable, decode, encode
from tests.builders import a_crossing


def changed(value: bytes, **changes: object) -> bytes:
    return json.dumps(json.loads(value) | changes).encode()


def test_an_event_comes_back_as_it_was_sent():
    key, value, headers = encode(topics.CROSSINGS, a_crossing())
    assert key == b"rach-mieu-1"
    assert decode(topics.CROSSINGS, value, headers) == a_crossing()


def test_an_older_reader_lives_with_a_newer_writer():
    _, value, headers = encode(topics.CROSSINGS, a_crossing())
    assert decode(topics.CROSSINGS, changed(value, invented_later=1), headers) == a_crossing()


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"lane": 2**64}, "lane"),
        ({"occurred_at": "2101-01-01T00:00:00Z"}, "occurred_at"),
        ({"occurred_at": "1999-01-01T00:00:00Z"}, "occurred_at"),
        ({"officer_id": "a\x00b"}, "officer_id"),
        ({"direction": "up"}, "direction"),
        ({"sealed": {"key_id": "k", "box": "not base64!"}}, "sealed.box"),
    ],
)
def test_a_hostile_record_is_refused_with_the_place_and_without_its_content(changes, place):
    _, value, headers = encode(topics.CROSSINGS, a_crossing())
    with pytest.raises(Unreadable) as caught:
        decode(topics.CROSSINGS, changed(value, **changes), headers)
    assert caught.value.reason == "RECORD_NOT_VALID"
    assert caught.value.detail.startswith(f"{place}: ")


def test_a_strangers_own_field_name_is_not_repeated():
    _, value, headers = encode(topics.STATION_HEALTH, _health())
    bad = changed(value, lists={"Nguyễn Văn Bí Mật": 1})
    with pytest.raises(Unreadable) as caught:
        decode(topics.STATION_HEALTH, bad, headers)
    assert "Bí Mật" not in (caught.value.detail or "")


def _health():
    from schemas.events.operations import StationHealth
    from tests.builders import NOON, an_id

    return StationHealth(
        event_id=an_id("health"),
        occurred_at=NOON,
        station_id="rach-mieu-1",
        post_id="rach-mieu",
        lane=1,
        enrolment=1,
        unsent=0,
        last_number=0,
        version="1",
    )


@pytest.mark.parametrize(
    ("value", "type_name", "reason"),
    [
        (b"{not json", CrossingClosed.type_name, "RECORD_NOT_VALID"),
        (b"\xff\xfe", CrossingClosed.type_name, "RECORD_NOT_VALID"),
        (b"{}", "vn.chotxanh.something-else", "RECORD_TYPE_UNKNOWN"),
        (b"{}", None, "RECORD_TYPE_UNKNOWN"),
        (None, CrossingClosed.type_name, "RECORD_EMPTY"),
        (b" " * 1_000_001, CrossingClosed.type_name, "RECORD_TOO_LARGE"),
    ],
)
def test_garbage_has_a_reason(value, type_name, reason):
    headers = [("ce_type", type_name.encode())] if type_name else []
    with pytest.raises(Unreadable) as caught:
        decode(topics.CROSSINGS, value, headers)
    assert caught.value.reason == reason


def test_each_post_has_a_verdict_topic_of_its_own():
    assert topics.VERDICTS.name_for("rach-mieu") == "verdicts.rach-mieu.v1"


def test_no_type_is_carried_by_two_topics():
    names = [name for topic in topics.ALL for name in topic.models]
    assert len(names) == len(set(names))
