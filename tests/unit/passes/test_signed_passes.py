"""Genuine passes: what goes in at the issuer comes out at the station, and what we lack is said to be ours."""

from datetime import timedelta

import pytest
from passes_made import (
    ES256,
    NOON,
    PS256,
    a_green_lane_pass,
    a_group_test,
    a_health_pass,
    a_pass_saying,
    a_person,
    a_test,
    a_vaccination,
    green_lane_claims,
    health_claims,
    issuer,
    opened,
    read,
    trusting,
)

from schemas.passes.classify import classify
from schemas.passes.kinds import Confidence, PassKind, ReadingReason, ReadingStatus, Step
from schemas.passes.read import PassLists, read_pass
from schemas.passes.revocations import (
    Revocations,
    Revoked,
    certificate_id_hash,
    country_and_id_hash,
    signature_hash,
)
from schemas.passes.trust_list import KeyUsage, Trusted, TrustList
from schemas.words import Source, TestBasis, TestKind, TestOutcome, VehicleClass


@pytest.mark.parametrize("algorithm", [ES256, PS256])
def test_a_genuine_health_pass_is_accepted_with_its_claims(algorithm):
    key = issuer(algorithm)
    read_ = read(a_health_pass(health_claims(a_vaccination(), a_test()), key=key), trusting(key))

    assert read_.reading.status is ReadingStatus.ACCEPTED
    assert read_.reading.reason is None
    assert read_.reading.confidence is Confidence.SIGNED
    assert read_.reading.passed is Step.REVOCATION
    assert read_.reading.issuer == "VN-50"
    assert read_.reading.key_id == key.entry.key_id
    assert read_.reading.valid_until == NOON + timedelta(hours=48)
    assert read_.claims.person == a_person()
    vaccination, test = read_.claims.entries
    assert vaccination == a_vaccination()
    assert (test.test_kind, test.test_outcome) == (TestKind.PCR, TestOutcome.NEGATIVE)
    assert test.sampled_at == NOON - timedelta(hours=30)


@pytest.mark.parametrize("algorithm", [ES256, PS256])
def test_a_genuine_green_lane_pass_is_accepted_with_its_claims(algorithm):
    key = issuer(algorithm)
    read_ = read(a_green_lane_pass(key=key), trusting(key))
    assert read_.reading.status is ReadingStatus.ACCEPTED
    assert read_.reading.kind is PassKind.GREEN_LANE_PASS
    assert read_.reading.vehicle_class is VehicleClass.TRUCK
    assert read_.reading.route == ("rach-mieu", "co-chien")
    assert read_.claims == green_lane_claims()
    assert read_.signature_hash is not None


@pytest.mark.parametrize("vehicle_class", list(VehicleClass))
def test_every_class_of_vehicle_can_be_written_into_a_pass(vehicle_class):
    claims = green_lane_claims(vehicle_class=vehicle_class, crew=(), route=(), cargo=None, carrier=None)
    assert read(a_green_lane_pass(claims)).claims == claims


def test_a_person_pass_shows_the_last_digits_and_keeps_the_number_sealed():
    person = a_person(masked_number="******001234", sex="male")
    assert read(a_health_pass(health_claims(person=person))).claims.person == person


def test_a_group_test_names_who_is_covered_and_on_what_basis():
    (entry,) = read(a_health_pass(health_claims(a_group_test()))).claims.entries
    assert entry.basis is TestBasis.REPRESENTATIVE
    assert entry.test_kind is TestKind.RAPID_AT_POST
    assert entry.covered == a_group_test().covered


def test_a_number_never_goes_into_a_pass_in_the_clear():
    in_the_clear = a_person(number="083090001234", sealed_number=None)
    with pytest.raises(ValueError, match="sealed"):
        a_health_pass(health_claims(person=in_the_clear))
    with pytest.raises(ValueError, match="sealed"):
        a_green_lane_pass(green_lane_claims(crew=(in_the_clear,)))


def test_the_source_of_a_reading_is_kept():
    read_ = read_pass(a_health_pass() + "\r\n", trusting(issuer()), at=NOON, source=Source.HAND_SCANNER)
    assert (read_.reading.status, read_.reading.source) == (ReadingStatus.ACCEPTED, Source.HAND_SCANNER)


@pytest.mark.parametrize(
    ("minutes", "status", "reason"),
    [
        (-3, ReadingStatus.REJECTED, ReadingReason.PASS_ISSUED_IN_FUTURE),
        (-2, ReadingStatus.ACCEPTED, None),  # an issuer's clock may be this far ahead
        (0, ReadingStatus.ACCEPTED, None),
        (60, ReadingStatus.ACCEPTED, None),  # the last instant counts
        (60.01, ReadingStatus.REJECTED, ReadingReason.PASS_EXPIRED),
    ],
)
def test_a_pass_counts_from_its_issue_to_its_printed_end(minutes, status, reason):
    text = a_health_pass(issued_at=NOON, valid_until=NOON + timedelta(minutes=60))
    read_ = read(text, at=NOON + timedelta(minutes=minutes))
    assert (read_.reading.status, read_.reading.reason) == (status, reason)


def test_an_expired_pass_keeps_its_claims_since_a_notice_may_extend_it():
    read_ = read(a_health_pass(), at=NOON + timedelta(days=30))
    assert read_.reading.reason is ReadingReason.PASS_EXPIRED
    assert read_.reading.passed is Step.SIGNATURE
    assert read_.claims.person == a_person()


def test_a_pass_for_later_is_not_yet_valid():
    read_ = read(a_health_pass(valid_from=NOON + timedelta(hours=1)))
    assert read_.reading.reason is ReadingReason.PASS_NOT_YET_VALID
    assert read_.reading.valid_from == NOON + timedelta(hours=1)


@pytest.mark.parametrize("kind", ["certificate", "country", "signature"])
@pytest.mark.parametrize("algorithm", [ES256, PS256])
def test_a_revoked_pass_is_rejected_by_any_of_the_three_hashes(kind, algorithm):
    key = issuer(algorithm)
    text = a_health_pass(key=key)
    id_ = a_test().certificate_id
    revoked = Revoked.of(
        {
            "certificate": Revocations(certificate_ids=(certificate_id_hash(id_),)),
            "country": Revocations(countries_and_ids=(country_and_id_hash("VN", id_),)),
            "signature": Revocations(signatures=(signature_hash(opened(text).signature, algorithm),)),
        }[kind]
    )
    read_ = read(text, trusting(key, revoked=revoked))
    assert (read_.reading.status, read_.reading.reason) == (
        ReadingStatus.REJECTED,
        ReadingReason.PASS_REVOKED,
    )
    other = a_health_pass(health_claims(a_test(certificate_id="URN:UVCI:01:VN:50/T/0002")), key=key)
    assert read(other, trusting(key, revoked=revoked)).reading.status is ReadingStatus.ACCEPTED


def test_a_green_lane_pass_is_revoked_by_its_number():
    revoked = Revoked.of(Revocations(certificate_ids=(certificate_id_hash("BT-2021-000123"),)))
    read_ = read(a_green_lane_pass(), trusting(issuer(), revoked=revoked))
    assert read_.reading.reason is ReadingReason.PASS_REVOKED
    assert read_.claims.pass_number == "BT-2021-000123"


def test_a_revoked_pass_that_is_also_expired_is_revoked_and_no_notice_extends_it():
    revoked = Revoked.of(Revocations(certificate_ids=(certificate_id_hash(a_test().certificate_id),)))
    read_ = read(a_health_pass(), trusting(issuer(), revoked=revoked), at=NOON + timedelta(days=30))
    assert read_.reading.reason is ReadingReason.PASS_REVOKED


@pytest.mark.parametrize(
    ("lists", "reason", "claims_kept"),
    [
        (PassLists(), ReadingReason.TRUST_LIST_MISSING, False),
        (trusting(), ReadingReason.KEY_UNKNOWN, False),
        (PassLists(trusted=trusting(issuer()).trusted), ReadingReason.REVOCATION_LIST_MISSING, True),
    ],
)
def test_what_we_lack_is_never_held_against_the_pass(lists, reason, claims_kept):
    read_ = read(a_health_pass(), lists)
    assert (read_.reading.status, read_.reading.reason) == (ReadingStatus.COULD_NOT_CHECK, reason)
    assert (read_.claims is not None) == claims_kept


@pytest.mark.parametrize(
    ("usages", "entries", "accepted"),
    [
        ((KeyUsage.TEST,), (a_test(),), True),
        ((KeyUsage.TEST,), (a_vaccination(),), False),
        ((KeyUsage.VACCINATION,), (a_test(),), False),
        ((KeyUsage.TEST,), (a_test(), a_vaccination()), False),
        ((), (a_test(), a_vaccination()), True),  # no usage named: every health use
    ],
)
def test_a_key_signs_only_what_it_is_listed_for(usages, entries, accepted):
    key = issuer(usages=usages)
    read_ = read(a_health_pass(health_claims(*entries), key=key), trusting(key))
    assert (read_.reading.reason is None) == accepted
    assert accepted or read_.reading.reason is ReadingReason.PASS_KEY_NOT_FOR_THIS_USE


@pytest.mark.parametrize("usages", [(), (KeyUsage.TEST, KeyUsage.VACCINATION, KeyUsage.RECOVERY)])
def test_a_health_key_cannot_sign_a_green_lane_pass(usages):
    key = issuer(usages=usages)
    reading = read(a_green_lane_pass(key=key), trusting(key)).reading
    assert reading.reason is ReadingReason.PASS_KEY_NOT_FOR_THIS_USE


@pytest.mark.parametrize(
    ("days", "reason"),
    [
        (-1, ReadingReason.PASS_KEY_RETIRED),  # the key is listed for later only
        (0, None),
        (5, None),
        (6, ReadingReason.PASS_KEY_RETIRED),
    ],
)
def test_a_key_counts_within_its_own_validity(days, reason):
    key = issuer(not_before=NOON, not_after=NOON + timedelta(days=5))
    text = a_health_pass(key=key, issued_at=NOON - timedelta(days=3), valid_until=NOON + timedelta(days=30))
    assert read(text, trusting(key), at=NOON + timedelta(days=days)).reading.reason is reason


def test_two_issuers_may_have_one_key_id_by_chance():
    ours, theirs = issuer(), issuer(name="VN-79")
    same = theirs.entry.model_copy(update={"key_id": ours.entry.key_id})
    lists = PassLists(trusted=Trusted.of(TrustList(entries=(same, ours.entry))), revoked=Revoked())
    assert read(a_health_pass(), lists).reading.status is ReadingStatus.ACCEPTED


def test_a_listed_key_that_cannot_be_read_verifies_nothing_and_breaks_nothing():
    broken = issuer().entry.model_copy(update={"public_key": "AAAA"})
    reading = read(a_health_pass(), PassLists(trusted=Trusted.of(TrustList(entries=(broken,))))).reading
    assert reading.reason is ReadingReason.PASS_ALGORITHM_NOT_ALLOWED


def test_the_prefix_alone_says_which_of_the_two_it_is():
    assert classify(a_health_pass()) is PassKind.HEALTH_PASS
    assert classify(a_green_lane_pass()) is PassKind.GREEN_LANE_PASS


@pytest.mark.parametrize(
    "entry",
    [
        {"v": [{"ci": " X1 ", "tg": "840539006", "dn": 2.0, "sd": 1, "mp": "EU/1 ", "dt": "2021-08-01"}]},
        {"v": [{"ci": "X1", "tg": "840539006", "dn": -1, "sd": None}], "t": None, "r": None},
        {"t": [{"ci": "X1", "tg": "840539006", "sc": "2021-10-05T10:00:00+0700", "dr": ""}]},
        {"r": [{"ci": "X1", "tg": "840539006", "fr": "2021-05-01", "df": "2021-05-12", "du": "2021-11-01"}]},
    ],
)
@pytest.mark.parametrize("born", ["1990", "1990-01", "", None, "1990-01-31T00:00:00", "unknown"])
def test_what_real_issuers_write_loosely_is_read_as_far_as_it_is_known(entry, born):
    text = a_pass_saying({-260: {1: {"nam": {"fnt": "NGUYEN<VAN"}, "dob": born, **entry}}})
    read_ = read(text)
    assert read_.reading.status is ReadingStatus.ACCEPTED
    assert read_.claims.entries[0].certificate_id == "X1"
    assert read_.claims.person.birth_date in ("1990", "1990-01", "", "1990-01-31")


def test_times_may_be_floats():
    text = a_pass_saying({4: NOON.timestamp() + 0.5, 6: NOON.timestamp() - 9.5, **_entry_of("X1")})
    assert read(text).reading.status is ReadingStatus.ACCEPTED


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {-260: {1: {"v": []}}},
        {-260: {1: {"v": [{"ci": "X1"}]}}},
        {-260: {1: {"v": [{"tg": "840539006"}]}}},
        {-260: {1: {"v": [{"ci": "X1\x00", "tg": "840539006"}]}}},
        {4: None, -260: {1: {"v": [{"ci": "X1", "tg": "840539006"}]}}},
        {4: "tomorrow", -260: {1: {"v": [{"ci": "X1", "tg": "840539006"}]}}},
        {4: float("nan"), -260: {1: {"v": [{"ci": "X1", "tg": "840539006"}]}}},
        {4: True, -260: {1: {"v": [{"ci": "X1", "tg": "840539006"}]}}},
    ],
)
def test_a_signed_pass_that_says_nothing_usable_is_rejected(payload):
    reading = read(a_pass_saying(payload)).reading
    assert (reading.status, reading.reason) == (ReadingStatus.REJECTED, ReadingReason.PASS_CLAIMS_BROKEN)


@pytest.mark.parametrize(
    ("claimed", "reason"),
    [
        ("VN-50", None),
        ("VN-79", ReadingReason.PASS_KEY_OF_OTHER_ISSUER),
        ("VN", ReadingReason.PASS_KEY_OF_OTHER_ISSUER),
        (None, ReadingReason.PASS_KEY_OF_OTHER_ISSUER),
    ],
)
def test_an_issuer_speaks_only_for_itself(claimed, reason):
    assert read(a_pass_saying({1: claimed, **_entry_of("X1")})).reading.reason is reason


@pytest.mark.parametrize(("claimed", "accepted"), [("VN", True), ("DE", False), ("VN MOH", True), (None, True)])
def test_a_foreign_issuers_country_must_be_its_keys(claimed, accepted):
    by_country = issuer().entry.model_copy(update={"issuer": None})
    lists = PassLists(trusted=Trusted.of(TrustList(entries=(by_country,))), revoked=Revoked())
    reading = read(a_pass_saying({1: claimed, **_entry_of("X1")}), lists).reading
    assert (reading.status is ReadingStatus.ACCEPTED) == accepted
    assert reading.issuer == ("VN" if accepted else None)


def _entry_of(certificate_id: str) -> dict[object, object]:
    return {-260: {1: {"v": [{"ci": certificate_id, "tg": "840539006"}]}}}


@pytest.mark.parametrize(
    ("listed_under", "reason"),
    [
        ("DE", None),
        ("FR", ReadingReason.PASS_KEY_OF_OTHER_ISSUER),
        ("WW", None),  # no country: a signer for whoever it states
    ],
)
def test_a_key_speaks_for_the_country_it_is_listed_under_unless_that_is_none(listed_under, reason):
    key = issuer(name="EU list")
    entry = key.entry.model_copy(update={"issuer": None, "country": listed_under})
    lists = PassLists(trusted=Trusted.of(TrustList(entries=(entry,))), revoked=Revoked())
    reading = read(a_pass_saying({1: "DE", **_entry_of("X1")}, key=key), lists).reading
    assert reading.reason is reason
    assert reading.issuer == (None if reason else listed_under)
