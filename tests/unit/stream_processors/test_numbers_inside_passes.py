"""A number that stands only inside a pass, sealed: found at the centre as if a card had been shown."""

from datetime import timedelta

from nacl.public import PrivateKey

from schemas.events.crossing import OccupantSecrets
from schemas.trust.numbers import NumberOpener, NumberSealer
from schemas.trust.refs import RefKeys
from stream_processors.intake.refs import numbered, refs_of_crossing
from tests.builders import DRIVER, NOON, a_crossing, a_test_reading, crossing_secrets, test_claims

PRIVATE = PrivateKey.generate()
KEYS = RefKeys(person=b"p" * 32, vehicle=b"v" * 32, pass_=b"a" * 32)
OPENER = NumberOpener([bytes(PRIVATE)])
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
