"""Base45 as RFC 9285 has it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.passes import base45


@pytest.mark.parametrize(("plain", "text"), [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"ietf!", "QED8WEX0")])
def test_the_examples_of_the_rfc(plain, text):
    assert base45.encode(plain) == text
    assert base45.decode(text) == plain


@given(st.binary(max_size=300))
def test_what_was_encoded_decodes_to_itself(plain):
    assert base45.decode(base45.encode(plain)) == plain


@pytest.mark.parametrize(
    "text",
    ["A", "ABCD", "GGW", ":::", "::", "V5", "abc", "AB_", "ÀBC", "AB\n"],
    ids=[
        "one letter",
        "one over",
        "65536",
        "highest",
        "two too high",
        "256",
        "lower case",
        "mark",
        "accent",
        "end",
    ],
)
def test_what_is_not_base45_is_refused(text):
    with pytest.raises(base45.Base45Broken):
        base45.decode(text)


def test_the_highest_groups_are_read():
    assert base45.decode("FGW") == b"\xff\xff"
    assert base45.decode("U5") == b"\xff"
