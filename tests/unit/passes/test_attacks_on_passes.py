"""Each known attack on a signed pass, by name. None of them is accepted, none of them raises."""

import zlib
from base64 import b64decode, b64encode

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from passes_made import (
    ES256,
    NOON,
    PS256,
    a_green_lane_pass,
    a_health_pass,
    a_message,
    a_pass_saying,
    a_vaccination,
    as_text,
    health_claims,
    issuer,
    opened,
    read,
    trusting,
)

from schemas.passes import base45
from schemas.passes.kinds import PassKind, ReadingReason, ReadingStatus, Step
from schemas.passes.revocations import Revocations, Revoked, signature_hash
from schemas.passes.trust_list import KeyUsage, Trusted, TrustList

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def reason_of(text: str, lists=None) -> ReadingReason | None:
    read_ = read(text, lists)
    assert read_.reading.status is not ReadingStatus.ACCEPTED
    assert read_.claims is None
    return read_.reading.reason


def test_an_inflate_bomb_is_stopped_at_its_bound():
    bomb = "HC1:" + base45.encode(zlib.compress(b"\x00" * 2_000_000, 9))
    assert len(bomb) < 4096
    assert reason_of(bomb) is ReadingReason.PASS_TOO_LARGE


@pytest.mark.parametrize("where", ["payload", "deep in the payload", "protected header", "unprotected header"])
def test_duplicate_map_keys_are_refused_at_any_depth(where):
    key_id = b64decode(issuer().entry.key_id)
    twice = bytes.fromhex("a2") + cbor2.dumps(1) + cbor2.dumps("VN-50") + cbor2.dumps(1) + cbor2.dumps("VN-79")
    message = {
        "payload": lambda: a_message(payload=twice),
        "deep in the payload": lambda: a_message(payload=b"\xa1\x18\x63\x81" + twice),
        "protected header": lambda: a_message(
            protected=b"\xa3\x01\x26\x01\x26\x04" + cbor2.dumps(key_id), payload=b"\xa0"
        ),
        # The key id stands in the protected header and is random: only this map is looked for.
        "unprotected header": lambda: a_message(unprotected={99: 1}).replace(
            b"\xa1\x18\x63\x01", b"\xa2\x18\x63\x01\x18\x63\x02", 1
        ),
    }[where]()
    assert reason_of(as_text(message)) is ReadingReason.PASS_CBOR_DUPLICATE_KEY


@pytest.mark.parametrize("algorithm", [-37, -35, -257, 5, 0, None, "ES256", True, -7.0])
def test_the_algorithm_changed_to_another_or_to_none_is_refused(algorithm):
    protected = cbor2.dumps({1: algorithm, 4: b64decode(issuer().entry.key_id)})
    assert reason_of(as_text(a_message(protected=protected))) is ReadingReason.PASS_ALGORITHM_NOT_ALLOWED


def test_no_algorithm_at_all_is_refused():
    protected = cbor2.dumps({4: b64decode(issuer().entry.key_id)})
    assert reason_of(as_text(a_message(protected=protected))) is ReadingReason.PASS_ALGORITHM_NOT_ALLOWED


def test_an_rsa_key_is_never_used_as_es256_key():
    key = issuer(PS256)
    protected = cbor2.dumps({1: -7, 4: b64decode(key.entry.key_id)})
    message = a_message(protected=protected, key=key)
    assert reason_of(as_text(message), trusting(key)) is ReadingReason.PASS_ALGORITHM_NOT_ALLOWED


@pytest.mark.parametrize("size", ["P-384", "RSA 1024"])
def test_a_key_of_another_curve_or_too_short_is_refused_however_it_is_listed(size):
    private = ec.generate_private_key(ec.SECP384R1()) if size == "P-384" else rsa.generate_private_key(65537, 1024)
    spki = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    listed_as = ES256 if size == "P-384" else PS256
    key = issuer(listed_as)
    entry = key.entry.model_copy(update={"public_key": b64encode(spki).decode()})
    lists = trusting(key.__class__(key.private_pem, entry))
    assert reason_of(a_health_pass(key=key), lists) is ReadingReason.PASS_ALGORITHM_NOT_ALLOWED


def test_es256_with_a_p384_key_and_its_longer_signature_is_refused():
    private = ec.generate_private_key(ec.SECP384R1())
    template = opened(a_health_pass())
    r, s = decode_dss_signature(private.sign(template.envelope.signed, ec.ECDSA(SHA256())))
    message = a_message(signature=r.to_bytes(48, "big") + s.to_bytes(48, "big"))
    assert reason_of(as_text(message)) is ReadingReason.PASS_SIGNATURE_WRONG


def test_a_der_signature_in_place_of_the_raw_one_is_refused():
    template = opened(a_health_pass())
    r, s = int.from_bytes(template.signature[:32], "big"), int.from_bytes(template.signature[32:], "big")
    message = a_message(signature=encode_dss_signature(r, s))
    assert reason_of(as_text(message)) is ReadingReason.PASS_SIGNATURE_WRONG


@pytest.mark.parametrize("signature", [b"", b"\x00" * 64, b"\xff" * 64, b"\x01"])
def test_an_empty_zero_or_huge_signature_is_refused(signature):
    assert reason_of(as_text(a_message(signature=signature))) is ReadingReason.PASS_SIGNATURE_WRONG


@pytest.mark.parametrize("algorithm", [ES256, PS256])
def test_the_key_id_of_another_issuer_does_not_help(algorithm):
    forger, trusted = issuer(algorithm), issuer(algorithm, name="VN-79")
    protected = cbor2.dumps({1: -7 if algorithm is ES256 else -37, 4: b64decode(trusted.entry.key_id)})
    message = a_message(protected=protected, key=forger)
    assert reason_of(as_text(message), trusting(trusted)) is ReadingReason.PASS_SIGNATURE_WRONG


def test_a_listed_issuer_cannot_speak_for_another():
    other = issuer(name="VN-79")
    text = a_pass_saying({1: "VN-50", -260: {1: {"v": [{"ci": "1", "tg": "2"}]}}}, key=other)
    assert reason_of(text, trusting(issuer(), other)) is ReadingReason.PASS_KEY_OF_OTHER_ISSUER


@pytest.mark.parametrize("algorithm", [ES256, PS256])
def test_a_signature_over_other_bytes_is_refused(algorithm):
    key = issuer(algorithm)
    genuine = opened(a_health_pass(key=key))
    payload = cbor2.dumps({**genuine.payload, 4: genuine.payload[4] + 86_400})
    message = a_message(payload=payload, signature=genuine.signature, key=key)
    assert reason_of(as_text(message), trusting(key)) is ReadingReason.PASS_SIGNATURE_WRONG


def test_a_green_lane_pass_cannot_be_made_of_a_health_pass_by_its_prefix():
    text = "CX1:" + a_health_pass().removeprefix("HC1:")
    assert reason_of(text) is ReadingReason.PASS_CLAIMS_BROKEN
    text = "HC1:" + a_green_lane_pass().removeprefix("CX1:")
    assert reason_of(text) is ReadingReason.PASS_CLAIMS_BROKEN


def test_a_pass_issued_in_the_future_is_rejected():
    read_ = read(a_health_pass(issued_at=NOON.replace(hour=20)))
    assert read_.reading.status is ReadingStatus.REJECTED
    assert read_.reading.reason is ReadingReason.PASS_ISSUED_IN_FUTURE


@pytest.mark.parametrize("where", ["deflate", "message", "payload", "protected header"])
def test_trailing_bytes_are_refused_everywhere(where):
    genuine = opened(a_health_pass())
    text = {
        "deflate": lambda: "HC1:" + base45.encode(genuine.compressed + b"\x00"),
        "message": lambda: as_text(genuine.message + b"\x00"),
        "payload": lambda: as_text(a_message(payload=genuine.payload_bytes + b"\x00")),
        "protected header": lambda: as_text(a_message(protected=genuine.protected + b"\x00")),
    }[where]()
    expected = ReadingReason.PASS_INFLATE_BROKEN if where == "deflate" else ReadingReason.PASS_CBOR_TRAILING_BYTES
    assert reason_of(text) is expected


def test_an_altered_ecdsa_signature_still_verifies_but_stays_revoked():
    """A signature is not an identity: s and n - s both verify. The revocation hash looks at r alone."""
    genuine = opened(a_health_pass())
    s = int.from_bytes(genuine.signature[32:], "big")
    altered = genuine.signature[:32] + (P256_ORDER - s).to_bytes(32, "big")
    text = as_text(a_message(payload=genuine.payload_bytes, signature=altered))
    assert read(text).reading.status is ReadingStatus.ACCEPTED

    revoked = Revoked.of(Revocations(signatures=(signature_hash(genuine.signature, ES256),)))
    reading = read(text, trusting(issuer(), revoked=revoked)).reading
    assert reading.reason is ReadingReason.PASS_REVOKED


def test_a_test_key_cannot_sign_a_vaccination():
    key = issuer(usages=(KeyUsage.TEST,))
    text = a_health_pass(health_claims(a_vaccination()), key=key)
    assert reason_of(text, trusting(key)) is ReadingReason.PASS_KEY_NOT_FOR_THIS_USE


def test_the_protected_key_id_wins_over_the_unprotected_one():
    ours, theirs = b64decode(issuer().entry.key_id), b64decode(issuer(name="VN-79").entry.key_id)
    right = a_message(unprotected={4: theirs})
    assert read(as_text(right)).reading.status is ReadingStatus.ACCEPTED
    wrong = a_message(protected=cbor2.dumps({1: -7, 4: theirs}), unprotected={4: ours})
    assert reason_of(as_text(wrong)) is ReadingReason.KEY_UNKNOWN


@pytest.mark.parametrize("key_id", [None, b"", "text", 7, b"x" * 17])
def test_a_pass_without_a_usable_key_id_is_refused(key_id):
    message = a_message(protected=cbor2.dumps({1: -7, 4: key_id}))
    assert reason_of(as_text(message)) is ReadingReason.PASS_KEY_ID_MISSING


def test_a_critical_header_that_nobody_understands_is_refused():
    protected = cbor2.dumps({1: -7, 2: [99], 4: b64decode(issuer().entry.key_id), 99: 1})
    assert reason_of(as_text(a_message(protected=protected))) is ReadingReason.PASS_COSE_BROKEN


@pytest.mark.parametrize(
    "strip", [b"", b"\xd2", b"\xd8\x3d\xd2"], ids=["no tag", "tag 18", "tag 61 around tag 18"]
)
def test_the_three_ways_to_tag_a_message_are_one(strip):
    message = strip + a_message().removeprefix(b"\xd2")
    assert read(as_text(message)).reading.status is ReadingStatus.ACCEPTED


@pytest.mark.parametrize("message", [b"\xd2\x83\x40\xa0\x40", b"\x80", b"\x01", b"\xd2\x84\x40\xa0\xf6\x40"])
def test_a_message_of_another_shape_is_refused(message):
    assert reason_of(as_text(message)) is ReadingReason.PASS_COSE_BROKEN


@pytest.mark.parametrize(
    "item",
    ["d81c81d81d00", "d8236161", "c249ffffffffffffffffff", "81" * 40 + "00", "d9d9f7a0", "5bffffffffffffffff"],
    ids=["cyclic", "regular expression", "bignum", "nested", "self-described", "endless"],
)
def test_clever_cbor_is_refused(item):
    message = a_message(payload=b"\xa1\x18\x63" + bytes.fromhex(item))
    assert reason_of(as_text(message)) is ReadingReason.PASS_CBOR_BROKEN


@pytest.mark.parametrize("key", ["f5", "fb3ff0000000000000"], ids=["true", "1.0"])
def test_a_key_that_only_python_takes_for_an_integer_is_refused(key):
    payload = b"\xa1" + bytes.fromhex(key) + b"\x01"
    assert reason_of(as_text(a_message(payload=payload))) is ReadingReason.PASS_COSE_BROKEN


@pytest.mark.parametrize(
    ("text", "reason", "passed"),
    [
        ("HC2:ABC", ReadingReason.PASS_PREFIX_UNKNOWN, None),
        ("hc1:ABC", ReadingReason.PASS_PREFIX_UNKNOWN, None),
        ("CX9:ABC", ReadingReason.PASS_PREFIX_UNKNOWN, None),
        ("HC1:abc", ReadingReason.PASS_BASE45_BROKEN, Step.PREFIX),
        ("HC1:ABCD", ReadingReason.PASS_BASE45_BROKEN, Step.PREFIX),
        ("HC1::::", ReadingReason.PASS_BASE45_BROKEN, Step.PREFIX),
        ("HC1:", ReadingReason.PASS_INFLATE_BROKEN, Step.BASE45),
        ("HC1:BB8", ReadingReason.PASS_INFLATE_BROKEN, Step.BASE45),
        ("CX1:BB8", ReadingReason.PASS_INFLATE_BROKEN, Step.BASE45),
    ],
)
def test_a_broken_pass_is_rejected_with_the_reason_of_its_step(text, reason, passed):
    reading = read(text).reading
    assert (reading.status, reading.reason, reading.passed) == (ReadingStatus.REJECTED, reason, passed)
    assert reading.kind is (PassKind.GREEN_LANE_PASS if text.startswith("CX") else PassKind.HEALTH_PASS)


def test_what_was_never_compressed_is_refused():
    text = "HC1:" + base45.encode(a_message())
    assert reason_of(text) is ReadingReason.PASS_INFLATE_BROKEN


@pytest.mark.parametrize("make", [a_health_pass, a_green_lane_pass])
def test_every_truncation_is_rejected(make):
    text = make()
    for length in range(len(text)):
        assert read(text[:length]).reading.status is not ReadingStatus.ACCEPTED


@pytest.mark.parametrize("make", [a_health_pass, a_green_lane_pass])
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_flipped_bit_is_never_accepted_with_other_claims(make, data):
    genuine = opened(make())
    bit = data.draw(st.integers(0, len(genuine.compressed) * 8 - 1))
    flipped = bytearray(genuine.compressed)
    flipped[bit // 8] ^= 1 << bit % 8
    read_ = read(genuine.prefix + base45.encode(bytes(flipped)))
    # Some bits of the deflate header carry nothing.
    same_claims = read_.claims == read(make()).claims
    assert same_claims or read_.reading.status is not ReadingStatus.ACCEPTED


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_flipped_bit_of_the_message_itself_is_never_accepted(data):
    genuine = opened(a_health_pass())
    bit = data.draw(st.integers(0, len(genuine.message) * 8 - 1))
    flipped = bytearray(genuine.message)
    flipped[bit // 8] ^= 1 << bit % 8
    assert read(as_text(bytes(flipped))).reading.status is not ReadingStatus.ACCEPTED


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_as_message_or_payload_have_a_reason_and_raise_nothing(junk):
    assert read(as_text(junk)).reading.reason is not None
    assert read(as_text(a_message(payload=junk))).reading.reason is not None
    assert read(as_text(a_message(protected=junk))).reading.reason is not None


_KEYS = st.sampled_from([1, 4, 5, 6, -260, -65_640, -65_641, "v", "t", "r", "nam", "dob", "ci", "tg", "sc", 2, 3])
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**64), 2**64 - 1)
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=8)
    | st.datetimes().map(lambda at: cbor2.CBORTag(0, at.isoformat() + "Z")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=5),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(eu_pass=st.dictionaries(_KEYS, _VALUES, max_size=5), province=_VALUES, rest=st.dictionaries(_KEYS, _VALUES))
def test_a_genuine_signature_over_any_claims_raises_nothing(eu_pass, province, rest):
    for extra in ({-260: {1: eu_pass}, -65_640: province}, rest):
        read(a_pass_saying({1: "VN-50", **extra}))
        read("CX1:" + a_pass_saying({1: "VN-50", **extra, -65_641: province}).removeprefix("HC1:"))


def test_an_unlisted_signers_texts_do_not_reach_the_reading():
    """A stranger could write a person's name where the issuer stands: the reading is stored in the clear."""
    reading = read(a_pass_saying({1: "NGUYEN VAN A"}), trusting(issuer(name="VN-79"))).reading
    assert "NGUYEN" not in reading.model_dump_json()
    assert Trusted.of(TrustList(entries=())).of_key_id(b"x") == ()
