"""Citizen cards, national QRs, card tokens and everything else that is held up to a lens."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from passes_made import NOON, a_card, a_health_pass, issuer, read, trusting

from schemas.passes.citizen import PLACE_CODES
from schemas.passes.classify import classify, recognise
from schemas.passes.issue import citizen_card_text, green_lane_card_url
from schemas.passes.kinds import Confidence, PassKind, ReadingReason, ReadingStatus
from schemas.passes.read import LONGEST_TEXT, PassLists, read_pass
from schemas.passes.revocations import Revocations, Revoked
from schemas.passes.token_list import TokenEntry, TokenList, Tokens, opened_plate, sealed_plate, token_hash
from schemas.words import VehicleClass

TOKEN = "eyJhbGciOiJI-UzI1NiJ9.c2VjcmV0_0123456789"
SEVEN = "083090001234|320123456|Nguyễn Văn A|31011990|Nam|ấp 3, Mỏ Cày, Bến Tre|25042021"
SIX_WITHOUT_OLD_NUMBER = "083090001234|Nguyễn Văn A|31011990|Nam|ấp 3, Mỏ Cày, Bến Tre|25042021"
SIX_WITHOUT_DATE_OF_ISSUE = "083090001234|320123456|Nguyễn Văn A|31011990|Nam|ấp 3, Mỏ Cày, Bến Tre"
NATIONAL = "083090001234|NGUYỄN VĂN A|1990-01-31|1|0123456789ABCDEF|ext<PC|Covid>"


def test_a_citizen_card_is_read_field_by_field():
    read_ = read(SEVEN)
    assert read_.claims == a_card()
    assert read_.reading.kind is PassKind.CITIZEN_CARD
    assert read_.reading.status is ReadingStatus.ACCEPTED
    assert read_.reading.confidence is Confidence.UNSIGNED_TEXT
    assert citizen_card_text(a_card()) == SEVEN


def test_a_citizen_card_of_six_fields_is_read_either_way():
    without_old_number = read(SIX_WITHOUT_OLD_NUMBER).claims
    assert (without_old_number.person.old_number, without_old_number.issued_on) == (None, "2021-04-25")
    without_date_of_issue = read(SIX_WITHOUT_DATE_OF_ISSUE).claims
    assert (without_date_of_issue.person.old_number, without_date_of_issue.issued_on) == ("320123456", "")


def test_a_citizen_card_may_have_no_old_number():
    assert read(SEVEN.replace("320123456", "")).claims.person.old_number is None


@pytest.mark.parametrize(
    "changed",
    [
        {"sex": "female"},
        {"birth_date": "1991-01-31"},
        {"birth_date": "2090-01-31"},  # digit 4 says the 1900s
        {"number": "083190001234"},  # digit 4 says female
        {"number": "083290001234"},  # digit 4 says the 2000s
        {"number": "003090001234"},  # no province has this code
        {"number": "000090001234"},
        {"number": "099090001234"},
    ],
)
def test_a_citizen_card_whose_fields_disagree_is_rejected(changed):
    read_ = read(citizen_card_text(a_card(**changed)))
    assert (read_.reading.status, read_.reading.reason) == (
        ReadingStatus.REJECTED,
        ReadingReason.CARD_FIELDS_DISAGREE,
    )
    assert read_.claims is None


@pytest.mark.parametrize(
    "agreeing",
    [
        {"number": "083190001234", "sex": "female"},
        {"number": "083204001234", "birth_date": "2004-02-29"},
        {"number": "083304001234", "birth_date": "2004-02-29", "sex": "female"},
        {"number": "101090001234"},  # born abroad
    ],
)
def test_a_citizen_card_whose_fields_agree_is_accepted(agreeing):
    assert read(citizen_card_text(a_card(**agreeing))).reading.status is ReadingStatus.ACCEPTED


@pytest.mark.parametrize(
    "broken",
    [
        "083090001234|",
        "083090001234|320123456|Nguyễn Văn A",
        SEVEN + "|more",
        SEVEN.replace("31011990", "31021990"),  # there is no 31 February
        SEVEN.replace("31011990", "1990"),
        SEVEN.replace("320123456", "3201"),
        SEVEN.replace("Nguyễn Văn A", ""),
        SEVEN.replace("Nguyễn Văn A", "A" * 101),
    ],
)
def test_a_broken_citizen_card_is_rejected_as_broken(broken):
    reading = read(broken).reading
    assert (reading.kind, reading.reason) == (PassKind.CITIZEN_CARD, ReadingReason.CARD_BROKEN)
    assert reading.status is ReadingStatus.REJECTED


def test_there_are_63_provinces():
    assert len(PLACE_CODES) == 63


def test_a_national_qr_is_read_as_unsigned_text():
    read_ = read(NATIONAL)
    assert read_.reading.kind is PassKind.NATIONAL_QR
    assert read_.reading.confidence is Confidence.UNSIGNED_TEXT
    person = read_.claims.person
    assert (person.number, person.birth_date, person.sex) == ("083090001234", "1990-01-31", "male")


def test_a_national_qr_with_a_masked_number_keeps_the_mask():
    person = read(NATIONAL.replace("083090001234", "******001234")).claims.person
    assert (person.number, person.masked_number, person.sex) == (None, "******001234", None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (NATIONAL.replace("1990", "1989"), ReadingReason.CARD_FIELDS_DISAGREE),
        (NATIONAL.replace("01-31", "02-31"), ReadingReason.CARD_BROKEN),
        (NATIONAL.replace("083090001234", "08309000123"), ReadingReason.CARD_BROKEN),
        (NATIONAL.replace("083090001234", "****90001234"), ReadingReason.CARD_BROKEN),
    ],
)
def test_a_national_qr_at_fault_is_rejected(text, reason):
    reading = read(text).reading
    assert (reading.kind, reading.status, reading.reason) == (
        PassKind.NATIONAL_QR,
        ReadingStatus.REJECTED,
        reason,
    )


# --- tokens of green-lane cards


def a_token_list(**changes: object) -> Tokens:
    entry = {
        "token_hash": token_hash(TOKEN),
        "valid_until": NOON + timedelta(hours=5),
        "vehicle_class": VehicleClass.TRUCK,
        "sealed_plate": sealed_plate(TOKEN, "71C-123.45"),
    }
    return Tokens.of(TokenList(entries=(TokenEntry(**entry | changes),)))


@pytest.mark.parametrize(
    "text",
    [
        green_lane_card_url(TOKEN),
        f"https://drvn.gov.vn/?a=b&token={TOKEN}&c=d",
        f"HTTP://VANTAI.DRVN.GOV.VN/x?token={TOKEN}",
        f"https://vantai.drvn.gov.vn/#/tra-cuu?token={TOKEN}",
        f"https://api.anvui.vn/vt/detail-form/{TOKEN}",
    ],
)
def test_a_listed_card_is_accepted_with_end_class_and_plate_from_the_list(text):
    read_ = read(text, PassLists(tokens=a_token_list()))
    assert read_.reading.kind is PassKind.GREEN_LANE_CARD
    assert read_.reading.status is ReadingStatus.ACCEPTED
    assert read_.reading.confidence is Confidence.LOOKED_UP
    assert read_.reading.vehicle_class is VehicleClass.TRUCK
    assert read_.reading.valid_until == NOON + timedelta(hours=5)
    assert (read_.claims.token, read_.claims.plate) == (TOKEN, "71C-123.45")


REVOKED_TOKEN = Revoked.of(Revocations(tokens=(token_hash(TOKEN),)))


@pytest.mark.parametrize(
    ("lists", "hours", "status", "reason"),
    [
        (PassLists(tokens=a_token_list()), 5, ReadingStatus.ACCEPTED, None),
        (PassLists(tokens=a_token_list()), 5.01, ReadingStatus.REJECTED, ReadingReason.PASS_EXPIRED),
        (
            PassLists(tokens=a_token_list(valid_from=NOON + timedelta(hours=1))),
            0,
            ReadingStatus.REJECTED,
            ReadingReason.PASS_NOT_YET_VALID,
        ),
        (PassLists(tokens=a_token_list(revoked=True)), 0, ReadingStatus.REJECTED, ReadingReason.TOKEN_REVOKED),
        (
            PassLists(tokens=a_token_list(), revoked=REVOKED_TOKEN),
            0,
            ReadingStatus.REJECTED,
            ReadingReason.TOKEN_REVOKED,
        ),
        (PassLists(revoked=REVOKED_TOKEN), 0, ReadingStatus.REJECTED, ReadingReason.TOKEN_REVOKED),
        (
            PassLists(tokens=a_token_list(token_hash=token_hash("another"))),
            0,
            ReadingStatus.COULD_NOT_CHECK,
            ReadingReason.TOKEN_NOT_ON_LIST,
        ),
        (PassLists(), 0, ReadingStatus.COULD_NOT_CHECK, ReadingReason.TOKEN_LIST_MISSING),
    ],
)
def test_a_card_is_as_good_as_the_list_says(lists, hours, status, reason):
    read_ = read_pass(green_lane_card_url(TOKEN), lists, at=NOON + timedelta(hours=hours))
    assert (read_.reading.status, read_.reading.reason) == (status, reason)
    assert read_.claims.token == TOKEN


def test_the_token_never_stands_in_the_part_that_may_be_stored_in_the_clear():
    read_ = read(green_lane_card_url(TOKEN), PassLists(tokens=a_token_list()))
    assert TOKEN not in read_.reading.model_dump_json()
    assert "71C" not in read_.reading.model_dump_json()
    assert TOKEN not in repr(a_token_list())


def test_a_sealed_plate_opens_with_its_own_token_only_and_does_not_tell_its_length():
    sealed = sealed_plate(TOKEN, "71C-123.45")
    assert opened_plate(TOKEN, sealed) == "71C-123.45"
    assert opened_plate("another token", sealed) is None
    assert len(sealed) == len(sealed_plate(TOKEN, "71C"))
    assert opened_plate(TOKEN, "AAAA") is None


@pytest.mark.parametrize(
    "text",
    [
        f"https://drvn.gov.vn.example.org/?token={TOKEN}",
        f"https://example.org/drvn.gov.vn?token={TOKEN}",
        f"https://drvn.gov.vn@example.org/?token={TOKEN}",
        f"https://notdrvn.gov.vn/?token={TOKEN}",
        f"ftp://drvn.gov.vn/?token={TOKEN}",
        f"https://api.anvui.vn.example.org/vt/detail-form/{TOKEN}",
        f"https://[drvn.gov.vn/?token={TOKEN}",
    ],
)
def test_an_address_that_only_looks_like_the_card_is_unknown(text):
    read_ = read(text, PassLists(tokens=a_token_list()))
    assert read_.reading.reason is ReadingReason.CODE_UNKNOWN
    assert read_.claims is None


# --- everything else


@pytest.mark.parametrize(
    ("text", "kind", "reason", "other_app"),
    [
        ("TKVT_0123-abc", PassKind.DECLARATION, ReadingReason.LOOK_UP_NEEDED, None),
        ("https://suckhoe.dancuquocgia.gov.vn/x?id=1", PassKind.DECLARATION, ReadingReason.LOOK_UP_NEEDED, None),
        ("https://vneid.gov.vn/d/1", PassKind.DECLARATION, ReadingReason.LOOK_UP_NEEDED, None),
        (
            "DN4830123456789|4e677579e1bb856e|31/01/1990|1|42e1babf6e|83 - 001|-|01/01/2021|31/12/2021|x|$",
            PassKind.HEALTH_INSURANCE,
            ReadingReason.NOT_A_TRAVEL_CODE,
            None,
        ),
        (
            "0123456789|4e677579e1bb856e|31/01/1990|1|",
            PassKind.HEALTH_INSURANCE,
            ReadingReason.NOT_A_TRAVEL_CODE,
            None,
        ),
        ("https://qr.tokhaiyte.vn/p/1", PassKind.PLACE_QR, ReadingReason.NOT_A_TRAVEL_CODE, "tokhaiyte.vn"),
        ("https://drvn.gov.vn/tin-tuc", PassKind.OTHER_APP, ReadingReason.NOT_A_TRAVEL_CODE, "drvn.gov.vn"),
        ("https://zalo.me/g/abc", PassKind.OTHER_APP, ReadingReason.NOT_A_TRAVEL_CODE, "Zalo"),
        ("https://pccovid.gov.vn/a", PassKind.OTHER_APP, ReadingReason.NOT_A_TRAVEL_CODE, "PC-Covid"),
        ("00020101021238", PassKind.OTHER_APP, ReadingReason.NOT_A_TRAVEL_CODE, "VietQR"),
        ("shc:/5676", PassKind.OTHER_APP, ReadingReason.NOT_A_TRAVEL_CODE, "SMART Health Card"),
        ("WIFI:S:x;;", PassKind.OTHER_APP, ReadingReason.NOT_A_TRAVEL_CODE, "Wi-Fi"),
        ("BEGIN:VCARD\r\nEND:VCARD", PassKind.OTHER_APP, ReadingReason.NOT_A_TRAVEL_CODE, "vCard"),
        ("hello", PassKind.UNKNOWN, ReadingReason.CODE_UNKNOWN, None),
        ("", PassKind.UNKNOWN, ReadingReason.CODE_UNKNOWN, None),
        ("https://example.org/", PassKind.UNKNOWN, ReadingReason.CODE_UNKNOWN, None),
        ("HCM: Nguyễn Huệ", PassKind.UNKNOWN, ReadingReason.CODE_UNKNOWN, None),
        ("NCF:ABC", PassKind.UNKNOWN, ReadingReason.CODE_UNKNOWN, None),
    ],
)
def test_a_code_that_is_no_pass_is_named_and_not_held_against_anyone(text, kind, reason, other_app):
    reading = read(text).reading
    assert classify(text) is kind
    assert (reading.kind, reading.reason, reading.other_app) == (kind, reason, other_app)
    assert (reading.status, reading.confidence) == (ReadingStatus.COULD_NOT_CHECK, Confidence.NONE)


def test_a_declaration_keeps_its_id_for_the_look_up():
    assert read(" TKVT_0123 ").claims.declaration_id == "TKVT_0123"
    assert read("https://vneid.gov.vn/" + "x" * 400).claims is None


def test_a_declaration_with_a_line_break_inside_stopped_the_lane_once_and_is_named_now():
    read_ = read("https://vneid.gov.vn/d?id=01\r23")
    assert (read_.reading.kind, read_.claims) == (PassKind.DECLARATION, None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a" * (LONGEST_TEXT + 1), ReadingReason.TEXT_TOO_LONG),
        ("HC1:" + "A" * LONGEST_TEXT, ReadingReason.TEXT_TOO_LONG),
        ("08309\x0000", ReadingReason.TEXT_NOT_ALLOWED),
        ("\ud800", ReadingReason.TEXT_NOT_ALLOWED),
    ],
)
def test_a_text_that_cannot_be_a_code_is_rejected(text, reason):
    reading = read(text).reading
    assert (reading.status, reading.reason) == (ReadingStatus.REJECTED, reason)


_STARTS = st.sampled_from(
    ["", "HC1:", "CX1:", "HC9:", "083090001234|", "******001234|A|", "https://drvn.gov.vn/?token=", "TKVT_",
     "https://api.anvui.vn/vt/detail-form/", "https://[", "DN4830123456789|", "000201", "shc:/", SEVEN, NATIONAL]
)  # fmt: skip
_LISTS = PassLists(trusting(issuer()).trusted, a_token_list(), Revoked())


@settings(max_examples=400, deadline=None)
@given(start=_STARTS, rest=st.text(max_size=60))
def test_no_text_raises_and_none_is_both_accepted_and_blamed(start, rest):
    reading = read_pass(start + rest, _LISTS, at=NOON).reading
    assert (reading.reason is None) == (reading.status is ReadingStatus.ACCEPTED)
    assert recognise(start + rest) == recognise(start + rest)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", max_size=600))
def test_no_base45_text_is_accepted_by_chance(rest):
    assert read("HC1:" + rest).reading.status is ReadingStatus.REJECTED
    assert read("CX1:" + rest).reading.status is ReadingStatus.REJECTED


@settings(max_examples=100, deadline=None)
@given(place=st.integers(0, 600), junk=st.characters(exclude_categories=()))
def test_one_changed_letter_of_a_pass_is_never_accepted_with_other_claims(place, junk):
    text = a_health_pass()
    place %= len(text)
    read_ = read(text[:place] + junk + text[place + 1 :])
    assert read_.reading.status is not ReadingStatus.ACCEPTED or read_.claims == read(text).claims
