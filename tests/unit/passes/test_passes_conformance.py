"""The shared public test data, which is not part of the project: skipped where it is absent."""

import json
from base64 import b64decode
from datetime import UTC, datetime
from pathlib import Path

import pytest
from passes_made import NOON

from schemas.passes import envelope
from schemas.passes.certificates import (
    TrustListNotBelieved,
    entry_from_certificate,
    read_signed_list,
)
from schemas.passes.kinds import PassKind, ReadingReason, Step
from schemas.passes.read import PassLists, read_pass
from schemas.passes.reading import PassReading
from schemas.passes.revocations import (
    Revocations,
    Revoked,
    certificate_id_hash,
    country_and_id_hash,
    signature_hash,
)
from schemas.passes.trust_list import SigningAlgorithm, Trusted, TrustList

DATA = Path(__file__).parents[3].parent / "shared" / "data"
CASES = DATA / "dcc" / "dgc-testdata"
TRUST_LIST = DATA / "dcc" / "trust-list"
REVOCATIONS = DATA / "cwa" / "RevocationCalculationSampleData.json"

P384_LABELLED_ES256 = {"ES/401.json", "ES/402.json", "ES/403.json"}
"""They claim to verify; a 96-byte signature under a P-384 key is not ES256, so rejecting them is right."""

_STEPS = list(Step)
_TIME_FAULTS = {ReadingReason.PASS_EXPIRED, ReadingReason.PASS_ISSUED_IN_FUTURE, ReadingReason.PASS_NOT_YET_VALID}


def passed(read: PassReading, step: Step) -> bool:
    return read.reading.passed is not None and _STEPS.index(read.reading.passed) >= _STEPS.index(step)


ORACLES = {
    "EXPECTEDUNPREFIX": lambda read: passed(read, Step.PREFIX),
    "EXPECTEDB45DECODE": lambda read: passed(read, Step.BASE45),
    "EXPECTEDCOMPRESSION": lambda read: passed(read, Step.INFLATE),
    "EXPECTEDVERIFY": lambda read: passed(read, Step.SIGNATURE),
    "EXPECTEDEXPIRATIONCHECK": lambda read: passed(read, Step.TIMES),
    "EXPECTEDKEYUSAGE": lambda read: read.reading.reason is not ReadingReason.PASS_KEY_NOT_FOR_THIS_USE,
}


def cases() -> list[Path]:
    return sorted(CASES.rglob("*.json"))


def name_of(path: Path) -> str:
    return f"{path.relative_to(CASES).parts[0]}/{path.name}"


@pytest.fixture(scope="module")
def readings() -> list[tuple[str, dict, PassReading]]:
    """Every case, read with its own certificate at its own clock."""
    if not CASES.is_dir():
        pytest.skip("the shared test data is not here")
    read = []
    for path in cases():
        case = json.loads(path.read_text("utf-8-sig"))
        read.append((name_of(path), case, read_case(case)))
    return read


def read_case(case: dict) -> PassReading:
    entry = entry_from_certificate(b64decode(case["TESTCTX"]["CERTIFICATE"]))
    clock = case["TESTCTX"]["VALIDATIONCLOCK"]
    at = datetime.fromisoformat(clock) if clock else NOON
    lists = PassLists(trusted=Trusted.of(TrustList(entries=(entry,))), revoked=Revoked())
    return read_pass(case["PREFIX"], lists, at=at if at.tzinfo else at.replace(tzinfo=UTC))


@pytest.mark.parametrize("expectation", ORACLES)
def test_every_case_comes_out_as_its_authors_expect(readings, expectation):
    asked = [(name, case, read) for name, case, read in readings if expectation in case["EXPECTEDRESULTS"]]
    wrong = {
        name for name, case, read in asked if ORACLES[expectation](read) != case["EXPECTEDRESULTS"][expectation]
    }
    assert len(asked) > 150
    assert wrong == (P384_LABELLED_ES256 if expectation == "EXPECTEDVERIFY" else set())


def test_no_case_is_rejected_without_a_reason_the_officer_can_be_told(readings):
    kinds = {read.reading.kind for _, _, read in readings}
    assert kinds == {PassKind.HEALTH_PASS, PassKind.UNKNOWN}
    assert all((read.claims is None) <= (read.reading.reason is not None) for _, _, read in readings)


@pytest.fixture(scope="module")
def signed_list() -> tuple[bytes, bytes]:
    if not TRUST_LIST.is_dir():
        pytest.skip("the shared test data is not here")
    return (
        (TRUST_LIST / "dsc-list.json").read_bytes(),
        (TRUST_LIST / "dsc-list-signing-key.pem").read_bytes(),
    )


def test_all_certificates_of_a_signed_list_are_read(signed_list):
    read = read_signed_list(*signed_list)
    assert len(read.trust_list.entries) == 610
    assert read.unusable == ()
    assert TrustList.model_validate_json(read.trust_list.model_dump_json()) == read.trust_list
    # One is on another curve: listed, and no pass may be signed with it.
    assert sum(entry.algorithm is None for entry in read.trust_list.entries) == 1


@pytest.mark.parametrize("change", ["body", "signature", "no signature", "nothing"])
def test_a_list_whose_own_signature_is_wrong_is_not_looked_at(signed_list, change):
    signed, key = signed_list
    signature, _, body = signed.partition(b"\n")
    altered = {
        "body": signature + b"\n" + body.replace(b'"DE"', b'"FR"', 1),
        "signature": signature[:-6] + b"AAAA==\n" + body,
        "no signature": body,
        "nothing": b"",
    }[change]
    with pytest.raises(TrustListNotBelieved):
        read_signed_list(altered, key)


def test_the_three_revocation_hashes_are_those_of_the_sample():
    if not REVOCATIONS.is_file():
        pytest.skip("the shared test data is not here")
    for sample in json.loads(REVOCATIONS.read_text("utf-8")):
        opened = envelope.opened(sample["barcodeData"], "HC1:")
        eu_pass = opened.payload[-260][1]
        (entry,) = eu_pass.get("v") or eu_pass.get("t") or eu_pass.get("r")
        country = opened.payload[1]
        assert opened.algorithm in SigningAlgorithm
        assert certificate_id_hash(entry["ci"]) == sample["expUCI"]
        assert country_and_id_hash(country, entry["ci"]) == sample["expCOUNTRYCODEUCI"]
        assert signature_hash(opened.signature, opened.algorithm) == sample["expSIGNATURE"]


def test_a_sample_that_is_revoked_is_rejected(signed_list):
    if not REVOCATIONS.is_file():
        pytest.skip("the shared test data is not here")
    trusted = Trusted.of(read_signed_list(*signed_list).trust_list)
    for sample in json.loads(REVOCATIONS.read_text("utf-8")):
        revoked = Revoked.of(Revocations(signatures=(sample["expSIGNATURE"],)))
        read = read_pass(sample["barcodeData"], PassLists(trusted=trusted, revoked=revoked), at=NOON)
        assert read.reading.reason in (ReadingReason.PASS_REVOKED, ReadingReason.KEY_UNKNOWN)
