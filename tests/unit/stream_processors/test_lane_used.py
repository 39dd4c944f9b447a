"""Whose green lane a crossing used: fair to issuers and carriers."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from schemas.bounded import CarrierId
from schemas.passes.kinds import Confidence, PassKind, ReadingReason, ReadingStatus
from schemas.rules.facts import PassFacts
from schemas.rules.plates import PlateMatch
from stream_processors.judging.lane import lane_used
from tests.builders import facts

SHOWN = PassFacts(
    reading=0,
    kind=PassKind.GREEN_LANE_PASS,
    status=ReadingStatus.ACCEPTED,
    confidence=Confidence.SIGNED,
    issuer="BENTRE",
    plate=PlateMatch.SAME,
)
REGISTERED = SHOWN.but(reading=None, carrier_id="vt-001")


def used(*passes):
    found = lane_used(facts().but(passes=passes))
    return (found["issuer"], found["carrier_id"]) if found else None


def with_(shown, **changes):
    return shown.but(**changes)


def rejected(shown, reason):
    return with_(shown, status=ReadingStatus.REJECTED, reason=reason)


@pytest.mark.parametrize(
    ("passes", "expected"),
    [
        ((), None),  # not in the green lane at all
        ((SHOWN,), ("BENTRE", None)),  # the registry does not know it
        ((SHOWN, REGISTERED), ("BENTRE", "vt-001")),
        ((with_(SHOWN, status=ReadingStatus.COULD_NOT_CHECK),), (None, None)),
        # a forged pass says nothing about the issuer that it names
        ((rejected(SHOWN, ReadingReason.PASS_SIGNATURE_WRONG),), (None, None)),
        # one that is too old, or was revoked, is the issuer's all the same
        ((rejected(SHOWN, ReadingReason.PASS_EXPIRED), REGISTERED), ("BENTRE", "vt-001")),
        ((rejected(SHOWN, ReadingReason.PASS_REVOKED),), ("BENTRE", None)),
        # a copied code on another plate is not the carrier's doing
        ((SHOWN, with_(REGISTERED, plate=PlateMatch.DIFFERENT)), ("BENTRE", None)),
        ((SHOWN, with_(REGISTERED, plate=PlateMatch.ONE_MISREAD)), ("BENTRE", "vt-001")),
        # two passes of two carriers: nobody can tell whose lane it was
        ((REGISTERED, with_(REGISTERED, carrier_id="vt-002")), ("BENTRE", None)),
        ((REGISTERED, with_(REGISTERED, issuer="HCM")), (None, "vt-001")),
    ],
)
def test_a_pass_speaks_of_its_issuer_when_genuine_and_of_its_carrier_on_its_own_plate(passes, expected):
    assert used(*passes) == expected


@pytest.mark.parametrize("text", ["vt-001", "1300123456", "0301234567-001"])
def test_a_registration_code_is_a_carriers_id(text):
    assert TypeAdapter(CarrierId).validate_python(text) == text


@pytest.mark.parametrize("text", ["083090000001", "320123456", "Công ty Vận tải", "", "x" * 61])
def test_a_persons_number_or_a_name_is_not(text):
    with pytest.raises(ValidationError):
        TypeAdapter(CarrierId).validate_python(text)
