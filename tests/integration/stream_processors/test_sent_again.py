"""What the desk sends again, at the processors: believed as it must be, reported once, linked as written."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from schemas.events.operations import DeadLetterTaken
from schemas.topics import header
from schemas.trust.again import AGAIN_HEADER, CORRECTED_HEADER, Again, Corrected
from schemas.trust.chain import MAC_HEADER
from schemas.trust.signing import SIGNATURE_HEADER, CentreSigner
from schemas.words import FactState
from tests.integration.stream_processors.province import Station


def taken(judge):
    return [
        (one.case_id, one.attempt, one.by)
        for one in map(DeadLetterTaken.model_validate_json, (row.value for row in judge.sent if of_taken(row)))
    ]


def of_taken(row):
    return header(row.headers, "ce_type") == DeadLetterTaken.type_name.encode()


def again(record, case_id, attempt=1):
    return replace(record, headers=(*record.headers, (AGAIN_HEADER, Again(case_id, attempt).header())))


def corrected(centre, record, value, *, case_id, original=None):
    """As the desk sends it: without the station's proof, signed by the centre over case and original."""
    mark = Corrected(case_id, sha256(original if original is not None else record.value).hexdigest())
    private = centre.signing.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    type_name = header(record.headers, "ce_type").decode()
    signature = CentreSigner(private).signature(record.topic, mark.signed_type(type_name), value)
    kept = [one for one in record.headers if one[0] != MAC_HEADER]
    headers = (*kept, (CORRECTED_HEADER, mark.header()), (SIGNATURE_HEADER, signature))
    return replace(record, value=value, headers=headers)


async def test_an_unknown_stations_crossing_sent_again_after_its_enrolment_is_judged_once_and_reported(
    judge, province, centre
):
    stranger = Station(centre, "nowhere")
    crossing, case_id = stranger.crossing(), uuid4()
    await judge.takes(crossing)
    assert [letter.reason for letter in judge.dead_letters()] == ["STATION_UNKNOWN"]
    judge.sent.clear()
    await judge.takes(centre.post(stranger.post_id), centre.enrolment(stranger))
    await judge.takes(again(crossing, case_id))
    await judge.takes(again(crossing, case_id))
    assert len({(one.crossing_id, one.revision) for one in judge.verdicts()}) == 1
    assert set(taken(judge)) == {(case_id, 1, "processors")}


async def test_a_corrected_record_is_believed_by_the_centres_signature_and_the_neighbours_links_still_agree(
    judge, province, centre
):
    station, case_id = province["rach-mieu"], uuid4()
    good = station.crossing()
    wrong = json.dumps(json.loads(good.value) | {"direction": "sideways"}).encode()
    station.previous = sha256(wrong).hexdigest()  # what the station wrote is what its next record links to
    behind = station.crossing()
    await judge.takes(again(corrected(centre, good, good.value, case_id=case_id, original=wrong), case_id))
    assert taken(judge) == [(case_id, 1, "processors")]
    judge.sent.clear()
    await judge.takes(behind)
    assert judge.dead_letters() == []  # no broken link


@pytest.mark.parametrize("what", ["unsigned", "other case", "other type of proof"])
async def test_what_says_that_it_was_corrected_is_believed_by_nothing_else(judge, province, centre, what):
    station, case_id = province["rach-mieu"], uuid4()
    record = station.crossing()
    fixed = corrected(centre, record, record.value, case_id=case_id)
    if what == "unsigned":
        headers = [one for one in fixed.headers if one[0] != SIGNATURE_HEADER]
    elif what == "other case":
        mark = Corrected(uuid4(), sha256(record.value).hexdigest())
        headers = [(name, mark.header() if name == CORRECTED_HEADER else value) for name, value in fixed.headers]
    else:  # the station's own proof does not make it a correction
        headers = [*record.headers, (CORRECTED_HEADER, Corrected(case_id, "0" * 64).header())]
    await judge.takes(replace(fixed, headers=tuple(headers)))
    assert [letter.reason for letter in judge.dead_letters()] == ["SIGNATURE_WRONG"]
    assert judge.verdicts() == []


async def test_a_revoked_station_does_not_come_back_by_a_correction(judge, province, centre):
    station = province["rach-mieu"]
    await judge.takes(centre.enrolment(station, revision=2, state=FactState.WITHDRAWN))
    record = station.crossing()
    await judge.takes(corrected(centre, record, record.value, case_id=uuid4()))
    assert [letter.reason for letter in judge.dead_letters()] == ["STATION_REVOKED"]
