"""What intake believes, and where each refusal's boundary lies. No database, no broker."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from schemas.events.registry import StationEnrolled
from schemas.topics import CROSSINGS, POLICIES
from schemas.trust.chain import station_key
from schemas.trust.refs import RefKeys, vehicle_ref
from schemas.trust.signing import CentreVerifier
from schemas.words import FactState
from stream_processors.intake.believing import (
    StationNotKnown,
    Verifying,
    ahead_of,
    believe,
    clock_doubted,
    is_signed_policy,
)
from stream_processors.intake.dead_letters import dead_letter
from stream_processors.intake.numbers import Numbers, after
from stream_processors.intake.opening import Opening, take_all
from stream_processors.intake.reasons import Reason
from stream_processors.intake.records import Believed, RawRecord, Refused
from stream_processors.intake.refs import misread_plates
from tests.builders import a_crossing, crossing_secrets
from tests.integration.stream_processors.province import Centre, Station, now


@pytest.fixture
def centre():
    return Centre()


@pytest.fixture
def station(centre):
    return Station(centre, "rach-mieu")


@pytest.fixture
def believed_by(centre, station):
    key = centre.signing.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    verifying = Verifying(lambda id_, enrolment: station_key(centre.master, id_, enrolment), CentreVerifier(key))

    def ask(record, *, topic=CROSSINGS, arrived_at=None, known=True, state=FactState.IN_FORCE):
        enrolled = StationEnrolled.model_validate_json(centre.enrolment(station, state=state).value)
        enrolments = {("rach-mieu-1", 1): enrolled} if known else {}
        return believe(record, topic, verifying, enrolments, arrived_at=arrived_at or now())

    return ask


def reason_of(answer):
    return answer.reason if isinstance(answer, Refused) else None


def test_a_stations_own_record_is_believed(believed_by, station):
    assert isinstance(believed_by(station.crossing()), Believed)


@pytest.mark.parametrize(
    "forge",
    [
        lambda record: replace(record, headers=record.headers[:-1]),
        lambda record: replace(record, value=record.value.replace(b'"truck"', b'"bus"')),
        lambda record: replace(record, headers=(*record.headers[:-1], ("chotxanh-mac", b"x" * 32))),
    ],
)
def test_a_record_without_its_own_mac_is_a_strangers(believed_by, station, forge):
    assert reason_of(believed_by(forge(station.crossing()))) == "MAC_WRONG"


def test_a_revoked_stations_record_is_kept_apart(believed_by, station):
    assert reason_of(believed_by(station.crossing(), state=FactState.WITHDRAWN)) == "STATION_REVOKED"


def test_a_station_speaks_for_its_own_post_only(believed_by, station):
    other = station.crossing()
    event = station.sent(CROSSINGS, believed_by(other).event.model_copy(update={"post_id": "co-chien"}))
    assert reason_of(believed_by(event)) == "STATION_OF_OTHER_POST"


def test_an_enrolment_that_is_not_known_yet_is_waited_for(believed_by, station):
    with pytest.raises(StationNotKnown):
        believed_by(station.crossing(), known=False)


@pytest.mark.parametrize(
    ("ahead", "reason"),
    [(timedelta(hours=24), None), (timedelta(hours=24, milliseconds=1), "TIME_IN_FUTURE")],
)
def test_a_station_time_more_than_24_h_after_its_arrival_is_not_taken(believed_by, station, ahead, reason):
    at = now()
    assert reason_of(believed_by(station.crossing(at=at), arrived_at=at - ahead)) == reason


@pytest.mark.parametrize(("ahead_s", "doubted"), [(0, False), (5, False), (6, True), (3600, True)])
def test_a_clock_ahead_of_ours_is_doubted(believed_by, station, ahead_s, doubted):
    at = now()
    answer = believed_by(station.crossing(at=at), arrived_at=at - timedelta(seconds=ahead_s))
    assert clock_doubted(answer.event, ahead_of(answer.event, answer.arrived_at)) is doubted


def test_a_policy_is_believed_with_the_centres_signature_and_not_without(believed_by, centre):
    signed = centre.policy()
    assert isinstance(believed_by(signed, topic=POLICIES), Believed)
    unsigned = replace(signed, headers=signed.headers[:-1])
    assert reason_of(believed_by(unsigned, topic=POLICIES)) == "SIGNATURE_WRONG"


@given(st.permutations(range(1, 13)), st.integers(1, 12))
def test_missing_numbers_are_the_same_in_every_order_of_arrival(order, so_many):
    numbers = Numbers()
    for number in order[:so_many]:
        numbers = after(numbers, [number])
    there = set(order[:so_many])
    missing = {n for first, last in numbers.missing for n in range(first, last + 1)}
    assert numbers.highest == max(there)
    assert missing == set(range(1, max(there))) - there
    assert after(Numbers(), there) == Numbers(numbers.highest, tuple(sorted(numbers.missing)))


def test_a_huge_number_makes_one_gap_and_no_more():
    assert after(Numbers(), [1, 2**62]).missing == ((2, 2**62 - 1),)


def test_a_dead_letter_has_the_bytes_unchanged_in_its_box_and_an_id_of_its_place(centre):
    record = RawRecord("crossings.v1", 3, 7, b"\x00", b"\xff\x00", (("a\nb", b"\x01"),))
    one = dead_letter(Refused(record, Reason.OUR_FAULT.value), centre.sealer, at=now())
    other = dead_letter(Refused(record, Reason.OUR_FAULT.value), centre.sealer, at=now())
    assert one.event_id == other.event_id
    assert b"\xff" not in one.sealed.box.encode()


def test_each_misread_letter_of_a_plate_is_known_by_its_ref():
    keys = RefKeys(b"p" * 32, b"v" * 32, b"q" * 32)
    assert misread_plates(keys, "71C-123.48")[vehicle_ref(keys, "71C-123.4B")] == "8/B"
    assert vehicle_ref(keys, "71C-123.48") not in misread_plates(keys, "71C-123.48")


def test_a_policy_that_the_centre_signed_is_told_from_one_that_anybody_wrote(centre):
    key = centre.signing.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    verifying = Verifying(lambda id_, enrolment: b"", CentreVerifier(key))
    policy = centre.policy(effective_at=now())
    assert is_signed_policy(policy, verifying)
    assert not is_signed_policy(replace(policy, headers=policy.headers[:-1]), verifying)
    assert not is_signed_policy(replace(policy, value=policy.value + b" "), verifying)
    assert not is_signed_policy(replace(policy, topic=CROSSINGS.name), verifying)


def test_each_box_that_is_opened_with_others_is_taken_or_refused_by_itself(centre):
    def crossing(name, *, key_id="k1", box_of=None):
        event = a_crossing(name)
        box = centre.sealer.seal(crossing_secrets(box_of or name, record_id=a_crossing(box_of or name).event_id))
        sealed = box.model_copy(update={"key_id": key_id})
        return Believed(
            RawRecord("crossings.v1", 0, 0, b"", b""), event.model_copy(update={"sealed": sealed}), now()
        )

    def broken(believed):
        box = believed.event.sealed.model_copy(update={"box": "AAAA"})
        return replace(believed, event=believed.event.model_copy(update={"sealed": box}))

    batch = [
        crossing("first"),
        crossing("moved", box_of="first"),
        broken(crossing("broken")),
        crossing("second"),
        crossing("locked", key_id="k9"),
        crossing("third"),
    ]
    opening = Opening(centre.opener, RefKeys(b"p" * 32, b"v" * 32, b"n" * 32), lambda: "Asia/Ho_Chi_Minh")
    taken = take_all(batch, opening)
    assert [one.event.event_id for one in taken] == [one.event.event_id for one in batch]
    reasons = [None, "BOX_OF_ANOTHER_RECORD", "BOX_BROKEN", None, "BOX_KEY_UNKNOWN", None]
    assert [reason_of(one) for one in taken] == reasons
    for one in taken:
        if not isinstance(one, Refused):
            assert one.derived.secrets.record_id == one.event.event_id
            assert one.derived.crossing.crossing_id == one.event.crossing_id
            assert one.derived.refs
