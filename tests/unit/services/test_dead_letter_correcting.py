"""A correction changes what is at fault in its form, and nothing that a station wrote well."""

from __future__ import annotations

import hashlib
import json

import pytest

from schemas.canonical import canonical
from schemas.topics import CROSSINGS, FINDINGS, POSTS, encode
from schemas.trust.again import AGAIN_HEADER, CORRECTED_HEADER, Again, Corrected, again_of, corrected_of
from schemas.trust.chain import MAC_HEADER, record_mac
from services.dead_letters.correcting import CannotCorrect, Wrong, correctable, corrected, to_send
from services.dead_letters.reading import RawLetter
from tests.builders import a_crossing, an_id

KEY = b"k" * 32


def station_key(station_id, enrolment):
    return KEY if (station_id, enrolment) == ("rach-mieu-1", 1) else b"x" * 32


def buried(key=KEY, topic="crossings.v1", **changes):
    """A crossing with something wrong in it, as its station wrote and authenticated it."""
    crossing = a_crossing(number=7)
    fields = json.loads(canonical(crossing)) | changes
    value = json.dumps({name: value for name, value in fields.items() if value is not ...}).encode()
    _, _, headers = encode(CROSSINGS, crossing)
    mac = record_mac(key, topic, crossing.type_name, value)
    return RawLetter(b"rach-mieu-1", value, (*headers, (MAC_HEADER, mac)))


def base_of(letter, reason="RECORD_NOT_VALID", topic=CROSSINGS):
    return correctable(letter, topic, topic.name, reason, station_key)


def with_fields(letter, **changes):
    fields = json.loads(letter.value) | changes
    return json.dumps(fields)


def test_only_the_field_at_fault_may_change():
    letter = buried(direction="sideways")
    base = base_of(letter)
    assert base.at_fault == {"direction"}
    assert corrected(base, with_fields(letter, direction="in")).direction == "in"
    with pytest.raises(Wrong) as wrong:
        corrected(base, with_fields(letter, direction="in", vehicle_class="car"))
    assert [(field.field, field.code) for field in wrong.value.fields] == [("vehicle_class", "not_at_fault")]


@pytest.mark.parametrize(
    "name", ["event_id", "station_id", "post_id", "enrolment", "number", "previous", "sealed"]
)
def test_what_says_whose_record_it_is_cannot_be_changed(name):
    letter = buried(direction="sideways")
    text = with_fields(
        letter, direction="in", **{name: json.loads(canonical(a_crossing("other", number=8)))[name]}
    )
    if text == with_fields(letter, direction="in"):
        text = with_fields(letter, direction="in", **{name: "other-1"})
    with pytest.raises(Wrong):
        corrected(base_of(letter), text)


def test_a_missing_field_may_be_added_and_a_wrong_one_names_itself():
    letter = buried(vehicle_class=...)
    base = base_of(letter)
    with pytest.raises(Wrong) as wrong:
        corrected(base, with_fields(letter, vehicle_class="rocket"))
    assert [(field.field, field.code) for field in wrong.value.fields] == [("vehicle_class", "enum")]
    assert corrected(base, with_fields(letter, vehicle_class="truck")).vehicle_class == "truck"


def test_true_is_not_one_to_whoever_signed():
    letter = buried(direction="sideways", lane=1)
    with pytest.raises(Wrong):
        corrected(base_of(letter), with_fields(letter, direction="in", lane=True))


def test_a_correction_that_corrects_nothing_or_is_no_json_is_refused():
    letter = buried(direction="sideways")
    for text, code in ((with_fields(letter), "unchanged"), ("{", "json_invalid"), ("[]", "json_invalid")):
        with pytest.raises(Wrong) as wrong:
            corrected(base_of(letter), text)
        assert wrong.value.fields[0].code == code


def test_of_a_record_from_the_future_the_time_and_nothing_else_may_change():
    letter = buried(occurred_at="2031-10-06T05:00:00.000Z")
    assert base_of(letter, "TIME_IN_FUTURE").at_fault == {"occurred_at"}


@pytest.mark.parametrize(
    ("letter", "reason", "topic", "code"),
    [
        (buried(key=b"f" * 32, direction="sideways"), "RECORD_NOT_VALID", CROSSINGS, "NOT_BY_THE_STATION"),
        (buried(topic="decisions.v1", direction="sideways"), "RECORD_NOT_VALID", CROSSINGS, "NOT_BY_THE_STATION"),
        (buried(station_id=7), "RECORD_NOT_VALID", CROSSINGS, "STATION_NOT_NAMED"),
        (buried(enrolment=True), "RECORD_NOT_VALID", CROSSINGS, "STATION_NOT_NAMED"),
        (buried(direction="sideways"), "STATION_NOT_ENROLLED", CROSSINGS, "REASON_NOT_OF_FORM"),
        (buried(), "RECORD_NOT_VALID", CROSSINGS, "FORM_IS_RIGHT_NOW"),
        (buried(), "RECORD_NOT_VALID", FINDINGS, "REASON_NOT_OF_FORM"),
        (
            RawLetter(None, b"{", (("ce_type", b"vn.chotxanh.crossing.closed"),)),
            "RECORD_NOT_VALID",
            CROSSINGS,
            "NOT_JSON",
        ),
        (
            RawLetter(None, b"{}", (("ce_type", b"vn.chotxanh.post.registered"),)),
            "RECORD_NOT_VALID",
            POSTS,
            "PUBLISHED_AT_REGISTRY",
        ),
    ],
)
def test_these_are_not_ours_to_correct(letter, reason, topic, code):
    with pytest.raises(CannotCorrect) as refused:
        base_of(letter, reason, topic)
    assert refused.value.code == code


def test_what_goes_out_is_marked_and_carries_the_stations_proof_no_more():
    letter = buried(direction="sideways")
    event = corrected(base_of(letter), with_fields(letter, direction="in"))
    value, headers = to_send(letter, event, an_id("case"))
    assert MAC_HEADER not in dict(headers)
    assert corrected_of(headers) == Corrected(an_id("case"), hashlib.sha256(letter.value).hexdigest())
    assert json.loads(value)["event_id"] == json.loads(letter.value)["event_id"]


@pytest.mark.parametrize(
    "text", [b"", b"x", b"../1", b"0" * 36 + b"/1", str(an_id("c")).encode() + b"/0", b"\xff"]
)
def test_a_mark_that_is_no_mark_says_nothing(text):
    assert again_of(((AGAIN_HEADER, text),)) is None
    assert corrected_of(((CORRECTED_HEADER, text),)) is None


def test_marks_are_read_as_they_are_written():
    again = Again(an_id("case"), 3)
    assert again_of(((AGAIN_HEADER, again.header()),)) == again
