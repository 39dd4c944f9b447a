"""A signed head of a station's chain beside what stands at the centre."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from schemas.events.base import FIRST_PREVIOUS
from schemas.trust.chain import sign_head
from stream_processors.judging.heads import Head, HeadState, state_of
from tests.unit.stream_processors.two_posts import a_station

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
STATION = a_station(
    "rach-mieu",
    signing_key=base64.b64encode(KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode(),
)
RECORD, OTHER = "ab" * 32, "cd" * 32


def a_head(number=7, sha256=RECORD, *, key=KEY, **changes):
    head = Head("rach-mieu-1", 1, number, sha256, sign_head(key, "rach-mieu-1", 1, number, sha256))
    return replace(head, **changes)


@pytest.mark.parametrize(
    ("stands", "state"),
    [(RECORD, HeadState.RIGHT), (OTHER, HeadState.OTHER_RECORD), (None, HeadState.SIGNED)],
)
def test_a_signed_head_is_held_against_the_record_that_stands_there(stands, state):
    assert state_of(a_head(), [STATION], stands) is state


@pytest.mark.parametrize(
    "forged",
    [
        a_head(key=Ed25519PrivateKey.from_private_bytes(bytes(32))),  # another's key
        replace(a_head(), number=8),  # a signature of another number
        replace(a_head(), sha256=OTHER),  # or of another record
        replace(a_head(), signature="AAAA"),
    ],
)
def test_what_the_station_did_not_sign_is_told_whether_or_not_its_record_is_here(forged):
    for stands in (forged.sha256, None):
        assert state_of(forged, [STATION], stands) is HeadState.SIGNATURE_WRONG


def test_another_enrolment_has_another_key():
    assert state_of(a_head(), [STATION.model_copy(update={"enrolment": 2})], RECORD) is HeadState.NEW
    assert state_of(a_head(), [STATION, STATION.model_copy(update={"enrolment": 2})], RECORD) is HeadState.RIGHT


def test_a_station_that_wrote_nothing_yet_signs_the_beginning():
    assert state_of(a_head(0, FIRST_PREVIOUS), [STATION], None) is HeadState.RIGHT
    assert state_of(a_head(0, OTHER), [STATION], None) is HeadState.OTHER_RECORD


def test_a_signature_is_looked_at_once():
    seen = a_head(state=HeadState.SIGNED, signature="AAAA")
    assert state_of(seen, [STATION], RECORD) is HeadState.RIGHT
