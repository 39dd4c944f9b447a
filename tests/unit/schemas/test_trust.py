import base64
import hmac
import secrets as randomness

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nacl.public import PrivateKey

from schemas.events.crossing import CrossingSecrets
from schemas.events.decision import DecisionSecrets
from schemas.passes.claims import PersonClaims
from schemas.trust.chain import (
    chain_head_bytes,
    head_is_right,
    mac_is_right,
    record_mac,
    sign_head,
    station_key,
)
from schemas.trust.refs import RefKeys, person_refs, plate_normalised, vehicle_ref
from schemas.trust.sealing import BoxRefused, Opener, Sealer
from schemas.trust.signing import CentreSigner, CentreVerifier
from schemas.words import RefKind
from tests.builders import DRIVER, an_id, crossing_secrets

PRIVATE = PrivateKey.generate()
SEALER = Sealer("2021-10", bytes(PRIVATE.public_key))
OPENER = Opener({"2021-10": bytes(PRIVATE)})
KEYS = RefKeys(person=b"p" * 32, vehicle=b"v" * 32, pass_=b"s" * 32)


def test_what_was_sealed_comes_back():
    box = SEALER.seal(crossing_secrets())
    assert OPENER.open(box, an_id("crossing"), CrossingSecrets) == crossing_secrets()


def test_a_box_moved_to_another_record_is_refused():
    box = SEALER.seal(crossing_secrets("one"))
    with pytest.raises(BoxRefused) as caught:
        OPENER.open(box, an_id("other"), CrossingSecrets)
    assert caught.value.reason == "BOX_OF_ANOTHER_RECORD"


def test_a_box_for_a_key_that_was_destroyed_is_refused_with_that_reason():
    with pytest.raises(BoxRefused) as caught:
        Opener({}).open(SEALER.seal(crossing_secrets()), an_id("crossing"), CrossingSecrets)
    assert caught.value.reason == "BOX_KEY_UNKNOWN"


def test_a_flipped_bit_breaks_the_box():
    box = SEALER.seal(crossing_secrets())
    raw = bytearray(base64.b64decode(box.box))
    raw[-1] ^= 1
    broken = box.model_copy(update={"box": base64.b64encode(bytes(raw)).decode()})
    with pytest.raises(BoxRefused) as caught:
        OPENER.open(broken, an_id("crossing"), CrossingSecrets)
    assert caught.value.reason == "BOX_BROKEN"


def test_a_longer_name_does_not_show_in_the_length_of_the_box():
    lengths = {
        len(SEALER.seal(DecisionSecrets(record_id=an_id("d"), note="a" * length)).box) for length in (1, 10, 300)
    }
    assert len(lengths) == 1


def test_a_mac_holds_for_one_station_enrolment_topic_and_type():
    master = randomness.token_bytes(32)
    key = station_key(master, "rach-mieu-1", 1)
    mac = record_mac(key, "crossings.v1", "closed", b"{}")
    assert mac_is_right(key, "crossings.v1", "closed", b"{}", mac)
    assert not mac_is_right(key, "decisions.v1", "closed", b"{}", mac)
    assert not mac_is_right(key, "crossings.v1", "corrected", b"{}", mac)
    assert not mac_is_right(key, "crossings.v1", "closed", b"{ }", mac)
    assert not mac_is_right(station_key(master, "rach-mieu-1", 2), "crossings.v1", "closed", b"{}", mac)
    assert not mac_is_right(station_key(master, "rach-mieu-2", 1), "crossings.v1", "closed", b"{}", mac)


def test_a_chain_head_is_believed_only_as_the_station_signed_it():
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    signature = sign_head(key, "rach-mieu-1", 1, 100, "ab" * 32)
    assert head_is_right(public, "rach-mieu-1", 1, 100, "ab" * 32, signature)
    assert not head_is_right(public, "rach-mieu-1", 1, 101, "ab" * 32, signature)
    assert not head_is_right(public, "rach-mieu-1", 1, 100, "ab" * 32, "not base64")
    assert chain_head_bytes("a", 1, 2, "x") != chain_head_bytes("a", 12, 2, "x")


def test_what_the_centre_signed_is_believed_on_its_own_topic_only():
    private = Ed25519PrivateKey.generate()
    signer = CentreSigner(private.private_bytes_raw())
    verifier = CentreVerifier(private.public_key().public_bytes_raw())
    signature = signer.signature("policies.v1", "policy", b"{}")
    assert verifier.is_right("policies.v1", "policy", b"{}", signature)
    assert not verifier.is_right("notices.v1", "policy", b"{}", signature)
    assert not verifier.is_right("policies.v1", "policy", b"{} ", signature)
    assert not verifier.is_right("policies.v1", "policy", b"{}", None)
    assert not verifier.is_right("policies.v1", "policy", b"{}", b"***")


@pytest.mark.parametrize("plate", ["71C-123.45", "71c 123 45", " 71C12345 ", "71C–123.45"])
def test_one_plate_is_one_vehicle_however_it_is_written(plate):
    assert vehicle_ref(KEYS, plate) == vehicle_ref(KEYS, "71C12345")


def test_a_plate_with_đ_keeps_it():
    assert plate_normalised("71-MĐ1 234.56") == "71MĐ123456"


@pytest.mark.parametrize("key", [b"k" * 32, b"k" * 64, b"k" * 65, b""], ids=len)
def test_a_ref_is_the_hmac_of_kind_and_text(key):
    keys = RefKeys(person=b"p" * 32, vehicle=key, pass_=b"q" * 32)
    for plate in ("71C12345", "71Đ00001"):
        assert vehicle_ref(keys, plate) == hmac.digest(key, f"plate\x1f{plate}".encode(), "sha256").hex()


def test_nothing_of_a_plate_is_no_vehicle():
    assert vehicle_ref(KEYS, " .- ") is None


def test_names_that_differ_by_a_mark_are_two_persons():
    one = person_refs(KEYS, PersonClaims(name="Nguyễn Văn Đạt", birth_date="1990-01-01"))
    other = person_refs(KEYS, PersonClaims(name="Nguyễn Văn Dạt", birth_date="1990-01-01"))
    assert one != other


def test_a_name_written_decomposed_is_the_same_name():
    one = person_refs(KEYS, PersonClaims(name="Nguyễn  văn thử", birth_date="1990-01-01"))
    other = person_refs(KEYS, PersonClaims(name="Nguyễn Văn Thử", birth_date="1990-01-01"))
    assert one == other


def test_only_a_number_identifies():
    kinds = {ref.kind: ref.identifies for ref in person_refs(KEYS, DRIVER)}
    assert kinds == {RefKind.NUMBER: True, RefKind.MASKED_NUMBER: False, RefKind.NAME_BIRTH: False}


def test_a_masked_number_meets_the_whole_one_weakly():
    masked = PersonClaims(masked_number="******" + DRIVER.number[6:], birth_date=DRIVER.birth_date)
    shared = set(person_refs(KEYS, masked)) & set(person_refs(KEYS, DRIVER))
    assert {ref.kind for ref in shared} == {RefKind.MASKED_NUMBER}


def test_keys_do_not_show_themselves():
    assert "pppp" not in repr(KEYS)
