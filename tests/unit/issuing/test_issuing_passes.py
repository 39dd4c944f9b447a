"""Passes as they are asked for: what stands in them, what is refused, and what is printed."""

import re
from datetime import timedelta
from hashlib import sha512
from pathlib import Path
from uuid import UUID

import cv2
import numpy as np
import pytest
import zxingcpp
from nacl.public import PrivateKey

from deploy.keys import ISSUERS, KeyFolder, make_keys
from schemas.passes.asked import (
    GreenLanePassAsked,
    NotIssuable,
    PersonPassAsked,
    TestPassAsked,
    issued,
    use_of,
)
from schemas.passes.claims import PersonClaims
from schemas.passes.issue import PassSigner, make_issuer_key
from schemas.passes.kinds import PassKind, ReadingReason, ReadingStatus
from schemas.passes.read import PassLists, read_pass
from schemas.passes.revocations import Revocations, Revoked
from schemas.passes.trust_list import KeyUsage, SigningAlgorithm, Trusted, TrustList
from schemas.trust.numbers import NumberOpener, NumberSealer
from schemas.words import TestBasis, TestKind, VehicleClass
from services.errors import CannotIssue
from services.passes.code_picture import SMALLEST_MODULE_MM, code_picture
from services.passes.issuing_keys import IssuingKeys
from services.passes.printing import page_of
from tests.builders import NOON

NUMBER = "083090001234"
PRIVATE = PrivateKey.generate()
NUMBERS = NumberSealer(bytes(PRIVATE.public_key))
OPENER = NumberOpener([bytes(PRIVATE)])
PERSON = PersonClaims(name="Nguyễn Văn Thử", number=NUMBER, birth_date="1990-01-31", sex="male")
FAMILY = tuple(
    PersonClaims(name=f"Trần Thị Mẫu {n}", number=f"08319000{n:04d}", birth_date="1990") for n in range(4)
)
KEYS = {
    algorithm: make_issuer_key(algorithm, issuer="BENTRE", country="VN", usages=tuple(KeyUsage))
    for algorithm in SigningAlgorithm
}


def a_person_pass(**changes):
    return PersonPassAsked(
        **{"pass_id": UUID(int=1), "valid_until": NOON + timedelta(days=30), "person": PERSON} | changes
    )


def a_test_pass(**changes):
    return TestPassAsked(
        **{
            "pass_id": UUID(int=2),
            "valid_until": NOON + timedelta(days=3),
            "person": PERSON,
            "test_kind": TestKind.PCR,
            "sampled_at": NOON - timedelta(hours=20),
            "resulted_at": NOON - timedelta(hours=10),
        }
        | changes
    )


def a_green_lane_pass(**changes):
    return GreenLanePassAsked(
        **{
            "pass_id": UUID(int=3),
            "valid_until": NOON + timedelta(days=7),
            "pass_number": "BT-000001",
            "plate": "71C-123.45",
            "vehicle_class": VehicleClass.TRUCK,
            "registered_crew": 2,
            "crew": (PERSON, FAMILY[0]),
            "route": ("rach-mieu", "co-chien"),
        }
        | changes
    )


ORDERS = (
    a_person_pass(),
    a_test_pass(),
    a_test_pass(basis=TestBasis.REPRESENTATIVE, covered=FAMILY),
    a_green_lane_pass(),
)


def made(order, algorithm=SigningAlgorithm.ES256):
    return issued(order, signer=PassSigner.of(KEYS[algorithm]), numbers=NUMBERS, at=NOON)


def read(text, revoked=None, *, usages=tuple(KeyUsage)):
    entries = tuple(key.entry.model_copy(update={"usages": usages}) for key in KEYS.values())
    lists = PassLists(trusted=Trusted.of(TrustList(entries=entries)), revoked=revoked or Revoked())
    return read_pass(text, lists, at=NOON + timedelta(minutes=1))


@pytest.mark.parametrize("algorithm", SigningAlgorithm)
@pytest.mark.parametrize("order", ORDERS, ids=["person", "test", "group test", "green lane"])
def test_what_is_issued_is_accepted_and_revoked_by_its_hash_alone(order, algorithm):
    pass_ = made(order, algorithm)
    read_ = read(pass_.text)
    assert read_.reading.status is ReadingStatus.ACCEPTED
    revoked = Revoked.of(Revocations(signatures=(pass_.revocation,)))
    assert read(pass_.text, revoked).reading.reason is ReadingReason.PASS_REVOKED


@pytest.mark.parametrize("order", ORDERS, ids=["person", "test", "group test", "green lane"])
def test_no_number_stands_in_a_pass_in_the_clear_and_the_centre_opens_the_sealed_one(order):
    read_ = read(made(order).text)
    said = read_.model_dump_json()
    assert NUMBER not in said
    assert all(person.number not in said for person in FAMILY)
    claims = read_.claims
    holder = claims.crew[0] if read_.reading.kind is PassKind.GREEN_LANE_PASS else claims.person
    assert OPENER.with_number(holder).number == NUMBER
    assert holder.masked_number == "******001234"


def test_a_group_test_says_who_was_sampled_who_is_covered_and_on_which_basis():
    (entry,) = read(made(ORDERS[2]).text).claims.entries
    assert entry.basis is TestBasis.REPRESENTATIVE
    assert [person.name for person in entry.covered] == [person.name for person in FAMILY]
    assert entry.covered[1].masked_number == "******000001"


def test_a_person_pass_names_somebody_and_claims_no_test():
    claims = read(made(a_person_pass()).text).claims
    assert claims.entries == ()
    assert claims.person.name == PERSON.name
    assert claims.person_pass.startswith("URN:UVCI:01:VN:")


def test_a_person_pass_signed_with_a_key_for_other_passes_is_refused():
    read_ = read(made(a_person_pass()).text, usages=(KeyUsage.TEST, KeyUsage.GREEN_LANE))
    assert read_.reading.reason is ReadingReason.PASS_KEY_NOT_FOR_THIS_USE


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (a_person_pass(valid_until=NOON), "ENDS_BEFORE_IT_BEGINS"),
        (a_person_pass(valid_from=NOON + timedelta(days=40)), "ENDS_BEFORE_IT_BEGINS"),
        (a_test_pass(sampled_at=NOON + timedelta(seconds=1)), "SAMPLED_IN_FUTURE"),
        (a_test_pass(resulted_at=NOON - timedelta(hours=21)), "RESULT_NOT_AFTER_SAMPLE"),
        (a_test_pass(resulted_at=NOON + timedelta(seconds=1)), "RESULT_NOT_AFTER_SAMPLE"),
        (a_test_pass(covered=FAMILY), "INDIVIDUAL_TEST_COVERS_NOBODY_ELSE"),
        (a_test_pass(basis=TestBasis.POOLED), "GROUP_TEST_COVERS_NOBODY"),
        (a_green_lane_pass(registered_crew=1), "MORE_CREW_THAN_REGISTERED"),
    ],
)
def test_a_pass_that_contradicts_itself_is_not_issued(order, code):
    with pytest.raises(NotIssuable) as refused:
        made(order)
    assert refused.value.code == code


def test_people_whom_one_code_cannot_hold_are_refused_and_not_printed_too_small():
    many = tuple(
        PersonClaims(name=sha512(bytes([n])).hexdigest()[:100], birth_date="1990-01-31", number=f"0830900{n:05d}")
        for n in range(40)
    )
    with pytest.raises(NotIssuable, match="TOO_MUCH_FOR_ONE_CODE"):
        made(a_test_pass(basis=TestBasis.POOLED, covered=many))


@pytest.mark.parametrize("order", ORDERS, ids=["person", "test", "group test", "green lane"])
def test_a_printed_code_reads_back_with_large_modules_and_a_quiet_zone(order):
    text = made(order, SigningAlgorithm.PS256).text
    picture = code_picture(text)
    assert picture.module_mm >= SMALLEST_MODULE_MM
    assert picture.level in ("M", "Q")
    assert picture.side_mm <= 128.5
    pixels = cv2.imdecode(np.frombuffer(picture.png, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert pixels.shape == (picture.modules * 8, picture.modules * 8)
    assert (pixels[:32] == 255).all()
    assert (pixels[:, -32:] == 255).all()
    (found,) = zxingcpp.read_barcodes(pixels)
    assert found.text == text


def test_a_scratched_code_still_reads():
    text = made(a_green_lane_pass()).text
    pixels = cv2.imdecode(np.frombuffer(code_picture(text).png, np.uint8), cv2.IMREAD_GRAYSCALE)
    side = pixels.shape[0]
    for start in (3, 5):  # two scratches, one module wide, across the whole code
        cv2.line(pixels, (0, side * (start + 1) // 9), (side, side * start // 9), 255, 8)
    (found,) = zxingcpp.read_barcodes(pixels)
    assert found.text == text


def test_the_longest_code_there_is_keeps_its_modules_above_half_a_millimetre():
    assert code_picture("A" * 2400).module_mm >= SMALLEST_MODULE_MM


@pytest.mark.parametrize("order", ORDERS, ids=["person", "test", "group test", "green lane"])
def test_the_page_masks_names_and_fetches_nothing(order):
    pass_ = made(order)
    page = page_of(order.asked, pass_, code_picture(pass_.text))
    assert "Nguyễn V. T" in page
    assert PERSON.name not in page
    assert NUMBER not in page
    assert "1990-01-31" not in page
    assert not re.findall(r"(?:src|href)=\"(?!data:)", page)
    assert "@page { size: 148mm 210mm" in page


def test_a_name_of_markup_is_printed_as_letters():
    order = a_person_pass(person=PersonClaims(name="<script>x</script>"))
    pass_ = made(order)
    assert "<script" not in page_of("person", pass_, code_picture(pass_.text))


def test_without_a_folder_of_keys_issuing_says_so_in_one_sentence(tmp_path):
    for keys in (IssuingKeys(), IssuingKeys(tmp_path)):
        with pytest.raises(CannotIssue) as refused:
            keys.signer(KeyUsage.TEST)
        assert refused.value.status == 503
        assert len(refused.value.en) < 120
    with pytest.raises(CannotIssue):
        IssuingKeys(tmp_path).numbers()


def test_the_folder_of_keys_signs_each_pass_with_a_key_that_may(tmp_path):
    folder = KeyFolder(tmp_path)
    make_keys(folder, [])
    keys = IssuingKeys(folder.root / "issuers", folder.passes)
    assert keys.signer(use_of(ORDERS[0])).algorithm is SigningAlgorithm.ES256
    assert keys.signer(KeyUsage.TEST, "health-ps256").algorithm is SigningAlgorithm.PS256
    assert keys.signer(KeyUsage.GREEN_LANE).issuer == next(k.issuer for k in ISSUERS if k.file == "green-lane")
    with pytest.raises(CannotIssue):
        keys.signer(KeyUsage.GREEN_LANE, "health-ps256")
    Path(folder.root / "issuers" / "health-es256.json").write_text('{"private_pem": "secret"}')
    with pytest.raises(CannotIssue) as refused:
        keys.signer(KeyUsage.TEST)
    assert "secret" not in refused.value.en
