"""What a buried record says of itself, and that showing it harms nobody."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.canonical import canonical
from services.dead_letters.reading import Claimed, RawLetter, claimed, hex_dump, shown
from tests.builders import NOON, a_crossing

HEADERS = (("ce_type", b"vn.chotxanh.crossing.closed"),)


def letter(value, headers=()):
    return RawLetter(None, value, headers)


def test_a_record_that_is_at_fault_in_one_field_still_says_where_it_comes_from():
    fields = json.loads(canonical(a_crossing(number=7))) | {"direction": "sideways"}
    found = claimed(b"rach-mieu-1", json.dumps(fields).encode(), HEADERS)
    assert found == Claimed("vn.chotxanh.crossing.closed", "rach-mieu-1", "rach-mieu", 1, 7, NOON)


@pytest.mark.parametrize(
    "fields",
    [
        {"station_id": "Nguyễn Văn Thử", "post_id": 7, "lane": -1, "number": True, "occurred_at": "yesterday"},
        {"station_id": "x" * 61, "lane": "1", "number": 2**63},
    ],
)
def test_what_has_not_the_form_of_an_id_a_number_or_a_time_is_not_repeated(fields):
    assert claimed(None, json.dumps(fields).encode(), ()) == Claimed()


@pytest.mark.parametrize("value", [None, b"", b"[1]", b"{", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_object_says_nothing(value):
    assert claimed(None, value, (("ce_type", b"\xff"),)) == Claimed()


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (b'{"a": 1}', "json"),
        (b"{not json", "text"),
        ("Chốt Rạch Miễu".encode(), "text"),
        (b"\x00\x01\x02garbage", "hex"),
        (b"\xff\xfe\xfd", "hex"),
        (b"", "empty"),
        (None, "empty"),
    ],
)
def test_contents_are_shown_as_what_they_are(value, form):
    assert shown(letter(value)).form == form


def test_a_long_text_is_cut_and_says_so_even_in_the_middle_of_a_letter():
    found = shown(letter(b"x" + "ạ".encode() * 5000))
    assert (found.form, found.cut, found.bytes) == ("text", True, 15001)


def test_bytes_are_dumped_with_their_place():
    assert hex_dump(b"\x00AB\xff" + b"z" * 13).splitlines() == [
        "000000  00 41 42 ff 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a  .AB.zzzzzzzzzzzz",
        f"000010  {'7a':<47}  z",
    ]


@given(st.binary(max_size=600))
def test_whatever_came_is_shown_without_a_control_character_or_a_change_of_direction(value):
    for text in (
        shown(letter(value)).text,
        *(part for pair in shown(letter(b"x", (("h", value),))).headers for part in pair),
    ):
        assert all(one.isprintable() or one in "\n\t" for one in text)


@given(
    st.recursive(
        st.text() | st.integers() | st.none(), lambda inner: st.dictionaries(st.text(), inner), max_leaves=8
    )
)
def test_json_with_any_letters_in_it_is_shown_without_control_characters(found):
    text = shown(letter(json.dumps({"a": found}).encode())).text
    assert all(one.isprintable() or one == "\n" for one in text)
    assert json.loads(text) == {"a": found}
