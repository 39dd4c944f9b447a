"""The cases of dgc-testdata (Apache-2.0): each text and picture comes out as its authors expect."""

import json
from base64 import b64decode
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest

from checkpoint_agent.decoding import FURTHER_STEPS, Step, decode_once
from schemas.passes.certificates import entry_from_certificate
from schemas.passes.kinds import Confidence, PassKind, ReadingReason
from schemas.passes.kinds import Step as ChainStep
from schemas.passes.read import PassLists, read_pass
from schemas.passes.reading import PassReading
from schemas.passes.revocations import Revoked
from schemas.passes.trust_list import Trusted, TrustList
from tests.shared_data import DATA, needs

pytestmark = needs("dcc", "dgc-testdata")

CASES = DATA / "dcc" / "dgc-testdata"
WITHOUT_A_CLOCK = datetime(2021, 10, 6, 5, 0, tzinfo=UTC)

P384_LABELLED_ES256 = {"ES/401.json", "ES/402.json", "ES/403.json"}
"""They claim to verify; a 96-byte signature under a P-384 key is not ES256, so rejecting them is right."""

_STEPS = list(ChainStep)


def passed(read: PassReading, step: ChainStep) -> bool:
    return read.reading.passed is not None and _STEPS.index(read.reading.passed) >= _STEPS.index(step)


ORACLES = {
    "EXPECTEDUNPREFIX": lambda read: passed(read, ChainStep.PREFIX),
    "EXPECTEDB45DECODE": lambda read: passed(read, ChainStep.BASE45),
    "EXPECTEDCOMPRESSION": lambda read: passed(read, ChainStep.INFLATE),
    "EXPECTEDVERIFY": lambda read: passed(read, ChainStep.SIGNATURE),
    "EXPECTEDEXPIRATIONCHECK": lambda read: passed(read, ChainStep.TIMES),
    "EXPECTEDKEYUSAGE": lambda read: read.reading.reason is not ReadingReason.PASS_KEY_NOT_FOR_THIS_USE,
}


@pytest.fixture(scope="module")
def cases() -> dict[str, dict]:
    found = {}
    for path in sorted(CASES.rglob("*.json")):
        name = str(path.relative_to(CASES)).replace("2DCode/raw/", "")
        found[name] = json.loads(path.read_text("utf-8-sig"))
    return found


@pytest.fixture(scope="module")
def readings(cases) -> dict[str, PassReading]:
    """Every case, read with its own certificate at its own clock."""
    return {name: read_case(case) for name, case in cases.items()}


def read_case(case: dict) -> PassReading:
    entry = entry_from_certificate(b64decode(case["TESTCTX"]["CERTIFICATE"]))
    clock = case["TESTCTX"]["VALIDATIONCLOCK"]
    at = datetime.fromisoformat(clock) if clock else WITHOUT_A_CLOCK
    lists = PassLists(trusted=Trusted.of(TrustList(entries=(entry,))), revoked=Revoked())
    return read_pass(case["PREFIX"], lists, at=at if at.tzinfo else at.replace(tzinfo=UTC))


@pytest.mark.parametrize("expectation", ORACLES)
def test_every_text_comes_out_as_its_authors_expect(expectation, cases, readings):
    asked = {
        name: case["EXPECTEDRESULTS"][expectation]
        for name, case in cases.items()
        if case["EXPECTEDRESULTS"].get(expectation) is not None
    }
    wrong = {name for name, expected in asked.items() if ORACLES[expectation](readings[name]) != expected}
    assert len(asked) > 150
    assert wrong == (P384_LABELLED_ES256 if expectation == "EXPECTEDVERIFY" else set())


def test_every_picture_comes_out_as_its_authors_expect(cases):
    asked = {
        name: case
        for name, case in cases.items()
        if case.get("2DCODE") and case["EXPECTEDRESULTS"].get("EXPECTEDPICTUREDECODE") is not None
    }
    wrong = [
        name
        for name, case in asked.items()
        if (case["PREFIX"] in texts_in(b64decode(case["2DCODE"])))
        != case["EXPECTEDRESULTS"]["EXPECTEDPICTUREDECODE"]
    ]
    assert len(asked) > 200
    assert wrong == []


def texts_in(picture: bytes) -> list[str]:
    gray = cv2.imdecode(np.frombuffer(picture, dtype=np.uint8), cv2.IMREAD_GRAYSCALE)
    if gray is None:
        return []
    for step in (Step.FIRST, *FURTHER_STEPS):
        codes = decode_once(gray, step).codes
        if codes:
            return [code.text for code in codes]
    return []


def test_a_genuine_text_claims_what_its_authors_put_in(cases, readings):
    """By certificate id, which every entry has; names and dates stray too far from the schema to compare."""
    compared = 0
    for name, case in cases.items():
        read, stated = readings[name], case.get("JSON") or {}
        if read.reading.confidence is not Confidence.SIGNED or not isinstance(stated, dict):
            continue
        ids = [entry["ci"].strip() for group in "vtr" for entry in stated.get(group) or []]
        if ids:
            compared += 1
            assert [entry.certificate_id for entry in read.claims.entries] == ids, name
    assert compared > 150


def test_no_case_is_rejected_without_a_reason_the_officer_can_be_told(readings):
    assert {read.reading.kind for read in readings.values()} == {PassKind.HEALTH_PASS, PassKind.UNKNOWN}
    assert all((read.claims is None) <= (read.reading.reason is not None) for read in readings.values())
