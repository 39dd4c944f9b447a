"""A number that stands only inside a pass, sealed: found at the centre as if a card had been shown."""

from datetime import timedelta

import pytest
from nacl.public import PrivateKey

from schemas.events.crossing import OccupantSecrets
from schemas.rules.facts import facts_of
from schemas.trust.numbers import NumberOpener, NumberSealer
from schemas.trust.refs import RefKeys
from stream_processors.intake.refs import numbered, refs_of_crossing
from tests.builders import (
    DRIVER,
    NOON,
    a_crossing,
    a_green_lane_reading,
    a_test_reading,
    crossing_secrets,
    green_lane_claims,
    test_claims,
)

PRIVATE = PrivateKey.generate()
KEYS = RefKeys(person=b"p" * 32, vehicle=b"v" * 32, pass_=b"a" * 32)
OPENER = NumberOpener([bytes(PRIVATE)])
TWIN = DRIVER.model_copy(update={"number": "079090000001"})
"""Of the same name, birth date and last six digits."""
ON_PASS = NumberSealer(bytes(PRIVATE.public_key)).for_a_pass(DRIVER)


def refs(person, opener):
    secrets = crossing_secrets(
        claims=(test_claims(person, sampled_at=NOON - timedelta(hours=30)),),
        occupants=(OccupantSecrets(occupant=1, person=person),),
    )
    crossing = a_crossing(readings=(a_test_reading(1),))
    return {
        ref.kind: ref.ref for ref in refs_of_crossing(KEYS, crossing, numbered(secrets, opener)) if ref.occupant
    }


def test_a_pass_alone_gives_the_same_identifying_ref_as_the_card():
    assert refs(ON_PASS, OPENER)["number"] == refs(DRIVER, OPENER)["number"]


def test_without_the_key_of_passes_a_pass_identifies_nobody_and_nothing_breaks():
    assert "number" not in refs(ON_PASS, NumberOpener(()))
    assert "number" not in refs(ON_PASS, NumberOpener([bytes(PrivateKey.generate())]))
    assert "masked_number" in refs(ON_PASS, NumberOpener(()))


def test_what_is_no_box_is_passed_over():
    broken = ON_PASS.model_copy(update={"sealed_number": "AAAA"})
    assert "number" not in refs(broken, OPENER)


@pytest.mark.parametrize(
    ("aboard", "opener", "on_pass", "weak"),
    [
        (DRIVER, OPENER, True, False),
        (DRIVER, NumberOpener(()), True, True),  # as a station sees it: name, birth date and last six digits
        (TWIN, OPENER, False, False),  # those agree, and the number that only the centre can open does not
        (TWIN, NumberOpener(()), True, True),
        (ON_PASS, OPENER, True, False),  # both are sealed, and unlike; the numbers in them are one
    ],
)
def test_who_is_on_a_green_lane_pass_is_told_by_the_numbers_sealed_in_it(aboard, opener, on_pass, weak):
    secrets = crossing_secrets(
        claims=(green_lane_claims(crew=(ON_PASS,), registered_crew=1),),
        occupants=(OccupantSecrets(occupant=1, person=aboard),),
    )
    crossing = a_crossing(readings=(a_green_lane_reading(),))
    (occupant,) = facts_of(crossing, secrets, numbered=numbered(secrets, opener)).occupants
    assert (occupant.on_pass, occupant.on_pass_weak) == (on_pass, weak)
