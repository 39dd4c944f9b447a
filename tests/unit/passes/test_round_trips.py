"""What goes into a code comes out of it, whatever it is: the codecs as properties."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.public import PrivateKey
from passes_made import ES256, NOON, PS256, a_card, issuer, read, trusting

from schemas.bounded import EARLIEST
from schemas.passes import envelope, strict_cbor
from schemas.passes.citizen import citizen_card, fields_agree
from schemas.passes.claims import CitizenClaims, GreenLaneClaims, HealthClaims, HealthEntry, PersonClaims
from schemas.passes.issue import (
    PassSigner,
    citizen_card_text,
    green_lane_card_url,
    issue_green_lane_pass,
    issue_health_pass,
)
from schemas.passes.kinds import ReadingStatus
from schemas.passes.token_list import opened_plate, sealed_plate
from schemas.trust.numbers import NumberOpener, NumberSealer
from schemas.words import TestBasis, TestKind, TestOutcome, VehicleClass

KEYS = {algorithm: issuer(algorithm) for algorithm in (ES256, PS256)}
SIGNERS = {algorithm: PassSigner.of(key) for algorithm, key in KEYS.items()}
LISTS = trusting(*KEYS.values())
PRIVATE = PrivateKey.generate()
TIMES = {"issued_at": NOON - timedelta(hours=1), "valid_until": NOON + timedelta(days=1)}

# Letters of names, marks and other scripts; blanks at an end are cut, which is no loss.
texts = st.text(st.characters(codec="utf-8", categories=("L", "M", "N", "P", "S")), min_size=1, max_size=40)
births = st.one_of(
    st.just(""),
    st.integers(1900, 2021).map(str),
    st.dates(min_value=EARLIEST.date().replace(year=1920), max_value=NOON.date()).map(str),
)
people = st.builds(
    PersonClaims,
    name=st.none() | texts,
    masked_number=st.none() | st.from_regex(r"\*{6}[0-9]{6}", fullmatch=True),
    sealed_number=st.none() | st.sampled_from(["c2VhbGVk", "AAAA"]),
    birth_date=births,
    sex=st.sampled_from([None, "male", "female"]),
)
instants = st.integers(0, 10**6).map(lambda seconds: NOON - timedelta(days=30) + timedelta(seconds=seconds))
numbers = st.from_regex(r"[0-9]{12}", fullmatch=True)


@settings(max_examples=60, deadline=None)
@given(
    claims=st.builds(
        GreenLaneClaims,
        pass_number=texts,
        plate=texts,
        vehicle_class=st.sampled_from(VehicleClass),
        registered_crew=st.integers(0, 10_000),
        crew=st.lists(people, max_size=4).map(tuple),
        route=st.lists(texts, max_size=4).map(tuple),
        cargo=st.none() | texts,
        carrier=st.none() | texts,
    ),
    algorithm=st.sampled_from([ES256, PS256]),
)
def test_a_green_lane_pass_says_what_was_put_into_it(claims, algorithm):
    read_ = read(issue_green_lane_pass(claims, signer=SIGNERS[algorithm], **TIMES), LISTS)
    assert read_.reading.status is ReadingStatus.ACCEPTED
    assert read_.claims == claims


@settings(max_examples=60, deadline=None)
@given(
    person=people,
    covered=st.lists(people, max_size=5).map(tuple),
    kind=st.sampled_from(TestKind),
    outcome=st.sampled_from([TestOutcome.NEGATIVE, TestOutcome.POSITIVE]),
    basis=st.sampled_from(TestBasis),
    sampled_at=instants,
)
def test_a_test_pass_says_what_was_put_into_it(person, covered, kind, outcome, basis, sampled_at):
    entry = HealthEntry(
        entry="test",
        certificate_id="URN:UVCI:01:VN:1",
        disease="840539006",
        test_kind=kind,
        test_outcome=outcome,
        sampled_at=sampled_at,
        basis=basis,
        covered=covered,
    )
    text = issue_health_pass(HealthClaims(person=person, entries=(entry,)), signer=SIGNERS[ES256], **TIMES)
    read_ = read(text, LISTS)
    assert read_.reading.status is ReadingStatus.ACCEPTED
    assert read_.claims.entries == (entry,)
    assert read_.claims.person == person


@settings(max_examples=100, deadline=None)
@given(
    number=numbers,
    old=st.none() | st.from_regex(r"[0-9]{9}", fullmatch=True),
    name=texts.filter(lambda name: "|" not in name),
    born=st.dates(min_value=NOON.date().replace(year=1900)),
)
def test_a_citizen_card_whose_fields_agree_says_what_was_put_into_it_and_another_is_refused(
    number, old, name, born
):
    person = PersonClaims(name=name, number=number, old_number=old, birth_date=born.isoformat(), sex="male")
    card = CitizenClaims(person=person, address="ấp 3", issued_on="2021-04-25")
    read_ = read(citizen_card_text(card), LISTS)
    if fields_agree(person):
        assert read_.claims == card
    else:
        assert read_.claims is None


def test_a_card_that_agrees_reads_back():
    assert citizen_card(citizen_card_text(a_card())) == a_card()


@settings(max_examples=100, deadline=None)
@given(token=st.text("abcXYZ019_.~+/=:-", min_size=8, max_size=300))
def test_a_green_lane_cards_token_comes_out_of_its_address(token):
    assert read(green_lane_card_url(token), LISTS).claims.token == token


@settings(max_examples=50, deadline=None)
@given(number=numbers, plate=texts.filter(lambda plate: len(plate.encode()) <= 48), token=texts)
def test_what_is_sealed_opens_with_its_own_key_alone(number, plate, token):
    sealed = NumberSealer(bytes(PRIVATE.public_key)).sealed(number)
    assert NumberOpener([bytes(PRIVATE)]).opened(sealed) == number
    assert NumberOpener([bytes(PrivateKey.generate())]).opened(sealed) is None
    assert opened_plate(token, sealed_plate(token, plate)) == plate
    assert opened_plate(token + "x", sealed_plate(token, plate)) is None


_items = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**64), 2**64 - 1) | st.text(max_size=20) | st.binary(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=5) | st.integers(-(2**64), 2**64 - 1), inner, max_size=4)
    ),
    max_leaves=15,
)


@settings(max_examples=100, deadline=None)
@given(item=_items)
def test_cbor_gives_back_what_was_encoded_and_every_truncation_of_it_is_refused(item):
    encoded = strict_cbor.encode(item)
    assert strict_cbor.decode(encoded) == item
    for length in range(len(encoded)):
        try:
            strict_cbor.decode(encoded[:length])
        except strict_cbor.CborBroken:
            continue
        raise AssertionError(f"{length} of {len(encoded)} bytes were taken for the whole")


@settings(max_examples=60, deadline=None)
@given(payload=st.dictionaries(st.integers(0, 99), _items, max_size=4), key_id=st.binary(min_size=8, max_size=8))
def test_an_envelope_gives_back_payload_key_id_and_signature(payload, key_id):
    encoded = strict_cbor.encode(payload)
    protected, signed = envelope.to_be_signed(encoded, key_id, ES256)
    opened = envelope.opened(envelope.closed("HC1:", protected, encoded, b"s" * 64), "HC1:")
    assert (opened.payload, opened.key_id, opened.signed) == (payload, key_id, signed)
    assert opened.signature == b"s" * 64
