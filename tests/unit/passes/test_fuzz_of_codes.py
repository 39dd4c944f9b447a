"""A bounded fuzz run over the text of every code: counted, never timed, and the same inputs on every machine.

Of each input: nothing is raised, the reading says what it may say, and the work done and the words kept stay
within bounds that are counted in calls and characters.
"""

import random
import sys
import zlib
from base64 import b64decode
from collections import Counter

import pytest
from passes_made import (
    NOON,
    PS256,
    a_card,
    a_green_lane_pass,
    a_group_test,
    a_health_pass,
    a_message,
    a_pass_saying,
    a_vaccination,
    as_text,
    health_claims,
    issuer,
    opened,
    trusting,
)

from schemas.passes import base45
from schemas.passes.issue import citizen_card_text, green_lane_card_url
from schemas.passes.kinds import Confidence, PassKind, ReadingStatus
from schemas.passes.read import LONGEST_TEXT, PassLists, read_pass
from schemas.passes.revocations import Revoked
from schemas.passes.token_list import TokenList, Tokens

INPUTS_A_GRAMMAR = 150
SEED = 20211006
MOST_CALLS = 2_000
"""Of Python and C functions, for one text. A genuine group pass takes some 500."""
MOST_CHARACTERS = 10_000
"""Of a reading with its claims. A text has at most 4,096."""
MOST_CALLS_OF_A_TRUSTED_ISSUER = 60_000
MOST_CHARACTERS_OF_A_TRUSTED_ISSUER = 200_000

LISTS = PassLists(trusting(issuer(), issuer(PS256)).trusted, Tokens.of(TokenList(entries=())), Revoked())
SIGNED = {"health": a_health_pass, "green lane": a_green_lane_pass}
GRAMMARS = {
    "HC1 ES256": lambda: a_health_pass(health_claims(a_group_test())),
    "HC1 PS256": lambda: a_health_pass(health_claims(a_vaccination()), key=issuer(PS256)),
    "CX1": a_green_lane_pass,
    "citizen card, seven fields": lambda: citizen_card_text(a_card()),
    "citizen card, six fields": lambda: "083090001234|Nguyễn Văn A|31011990|Nam|ấp 3|25042021",
    "national QR": lambda: "083090001234|NGUYỄN VĂN A|1990-01-31|1|QID|ext<a>b</a>",
    "national QR, masked": lambda: "******001234|NGUYỄN VĂN A|1990-01-31|0",
    "green-lane card": lambda: green_lane_card_url("0123456789abcdef0123456789abcdef"),
    "older green-lane card": lambda: "https://api.anvui.vn/vt/detail-form/0123456789abcdef",
    "declaration": lambda: "https://suckhoe.dancuquocgia.gov.vn/x?id=0123456789",
    "provincial declaration": lambda: "TKVT_0123-abc",
    "health insurance": lambda: "DN4830123456789|4e677579e1bb856e|31/01/1990|1|42e1babf6e|83 - 001|-|01/01/2021|$",
    "a place": lambda: "https://qr.tokhaiyte.vn/p/1",
    "another app": lambda: "https://zalo.me/g/abcdef",
    "VietQR": lambda: "00020101021238570010A000000727012700069704220113",
}
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:|<>?=&#@%_\x00\x1d\n\r\tđĐữﷺ\ud800\U0001f600"


def mutated(rng: random.Random, text: str) -> str:
    """One to four changes."""
    for _ in range(rng.randint(1, 4)):
        text = changed_once(rng, text)[: 2 * LONGEST_TEXT]
    return text


def changed_once(rng: random.Random, text: str) -> str:
    """Letters swapped, cut, doubled, put in, or a piece repeated beyond every bound."""
    first, last = sorted((rng.randrange(len(text) + 1), rng.randrange(len(text) + 1)))
    piece = text[first:last]
    ways = (
        text[:first] + rng.choice(LETTERS) + text[first + 1 :],
        text[:first] + rng.choice(LETTERS) + text[first:],
        text[:first],
        text[first:],
        text[:first] + text[last:],
        text[:last] + text[first:],
        text[:first] + piece * rng.choice((2, 3, 50)) + text[last:],
        rng.choice((text.lower(), text.upper())),
        text[:first] + piece[::-1] + text[last:],
    )
    return rng.choice(ways)


def mutated_bytes(rng: random.Random, plain: bytes) -> bytes:
    changed = bytearray(plain)
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(changed) + 1)
        match rng.randrange(5):
            case 0 if place < len(changed):
                changed[place] ^= 1 << rng.randrange(8)
            case 1:
                changed[place:place] = rng.randbytes(rng.randint(1, 9))
            case 2:
                del changed[place : place + rng.randint(1, 30)]
            case 3 if place < len(changed):
                changed[place] = rng.choice((0x00, 0x7F, 0x80, 0x9F, 0xBF, 0xBB, 0x5B, 0xFB, 0xD8, 0xFF, 0xF6))
            case _:
                changed[place:place] = changed[place : place + 40] * rng.choice((1, 30))
    return bytes(changed)


def counted(text: str):
    """The reading, and how many calls it took."""
    calls = 0

    def count(_frame, event, _what):
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        reading = read_pass(text, LISTS, at=NOON)
    finally:
        sys.setprofile(before)
    return reading, calls


def check(text: str, *, most_calls: int = MOST_CALLS, most_characters: int = MOST_CHARACTERS) -> ReadingStatus:
    read, calls = counted(text)
    reading = read.reading
    assert calls <= most_calls, f"{calls} calls"
    assert len(read.model_dump_json()) <= most_characters
    assert (reading.reason is None) == (reading.status is ReadingStatus.ACCEPTED)
    signed_kind = reading.kind in (PassKind.HEALTH_PASS, PassKind.GREEN_LANE_PASS)
    assert reading.confidence is not Confidence.SIGNED or (signed_kind and reading.issuer is not None)
    if reading.status is ReadingStatus.REJECTED and not (read.claims or signed_kind):
        assert reading.confidence is Confidence.NONE
    return reading.status


@pytest.mark.parametrize("grammar", GRAMMARS)
def test_every_mutated_text_is_read_without_an_error_and_within_its_bounds(grammar):
    rng = random.Random(f"{SEED} {grammar}")
    genuine = GRAMMARS[grammar]()
    seen = Counter(check(mutated(rng, genuine)) for _ in range(INPUTS_A_GRAMMAR))
    assert sum(seen.values()) == INPUTS_A_GRAMMAR
    if grammar.startswith(("HC1", "CX1")):
        # A mutation that takes nothing away, such as upper case, leaves a genuine text genuine.
        assert seen[ReadingStatus.REJECTED] > INPUTS_A_GRAMMAR / 2


@pytest.mark.parametrize("kind", SIGNED)
def test_every_mutated_message_is_read_without_an_error_and_within_its_bounds(kind):
    """Behind base45 and deflate, where letters alone seldom come."""
    rng = random.Random(f"{SEED} message {kind}")
    text = SIGNED[kind]()
    genuine = opened(text)
    for _ in range(INPUTS_A_GRAMMAR):
        status = check(as_text(mutated_bytes(rng, genuine.message), text[:4]))
        assert status is not ReadingStatus.ACCEPTED or status is check(text)


@pytest.mark.parametrize("kind", SIGNED)
def test_every_mutated_payload_is_read_even_when_a_trusted_issuer_signed_it(kind):
    """Issuers make mistakes too: whatever stands under a right signature is bounded and raises nothing."""
    rng = random.Random(f"{SEED} payload {kind}")
    text = SIGNED[kind]()
    genuine = opened(text).payload_bytes
    for _ in range(INPUTS_A_GRAMMAR):
        check(as_text(a_message(payload=mutated_bytes(rng, genuine)), text[:4]))


@pytest.mark.parametrize("kind", SIGNED)
def test_every_mutated_deflate_stream_is_read_within_its_bounds(kind):
    rng = random.Random(f"{SEED} deflate {kind}")
    text = SIGNED[kind]()
    compressed = opened(text).compressed
    for _ in range(INPUTS_A_GRAMMAR):
        check(text[:4] + base45.encode(mutated_bytes(rng, compressed)))


@pytest.mark.parametrize(
    "payload",
    [
        b"\x9f" * 60_000,  # lists that never end
        b"\x81" * 60_000,  # lists as deep as they go
        b"\xa1\x01" * 30_000,
        b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff",  # a map of 2^64 pairs
        b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff",  # as many bytes
        b"\xd8\x1d\x00" * 20_000,  # references to what was said before
        b"\x98\xff" + b"\xf6" * 255,
    ],
    ids=["endless lists", "deep lists", "deep maps", "huge map", "huge bytes", "shared references", "nulls"],
)
def test_a_payload_that_promises_more_than_it_holds_costs_no_more_than_its_own_bytes(payload):
    assert check(as_text(a_message(payload=payload))) is ReadingStatus.REJECTED


@pytest.mark.parametrize(
    ("entries", "covered", "status"),
    [
        (10, 100, ReadingStatus.ACCEPTED),
        (11, 0, ReadingStatus.REJECTED),
        (1, 101, ReadingStatus.REJECTED),
        (5_000, 0, ReadingStatus.REJECTED),
        (1, 10_000, ReadingStatus.REJECTED),
    ],
)
def test_what_a_trusted_issuer_signed_is_bounded_too(entries, covered, status):
    """Ten thousand entries compress into one code; a stolen key must not stop a lane with it."""
    text = a_pass_saying(
        {
            1: "VN-50",
            -260: {1: {"t": [{"ci": "1", "tg": "2"}] * entries}},
            -65_640: {3: [{1: "Nguyễn Văn A", 2: "1990"}] * covered},
        }
    )
    found = check(
        text,
        most_calls=MOST_CALLS_OF_A_TRUSTED_ISSUER,
        most_characters=MOST_CHARACTERS_OF_A_TRUSTED_ISSUER,
    )
    assert found is status


def test_every_group_of_every_deflate_level_and_a_stored_block_read_alike():
    genuine = opened(a_health_pass())
    for level in range(-1, 10):
        text = "HC1:" + base45.encode(zlib.compress(genuine.message, level))
        assert check(text) is ReadingStatus.ACCEPTED


def test_a_key_id_that_is_another_issuers_by_chance_does_not_stop_the_right_one():
    key_id = b64decode(issuer().entry.key_id)
    twin = issuer(name="VN-79")
    entry = twin.entry.model_copy(update={"key_id": issuer().entry.key_id})
    lists = trusting(type(twin)(twin.private_pem, entry), issuer())
    assert lists.trusted.of_key_id(key_id)[0].issuer == "VN-79"
    read = read_pass(a_health_pass(), lists, at=NOON)
    assert read.reading.issuer == "VN-50"
