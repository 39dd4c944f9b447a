"""A station acts on notices that revoke, offline and as of the crossing's own time, exactly as the centre does."""

from __future__ import annotations

import json
import os
from datetime import timedelta

import pytest
from nacl.public import PrivateKey

from checkpoint_agent.crossing.advising import Rules, advising
from checkpoint_agent.crossing.building import changed
from checkpoint_agent.crossing.records import closed_record, secrets_of
from checkpoint_agent.listening.held import Held, holding, opened
from checkpoint_agent.listening.published import believed
from schemas.events.crossing import Advice, HeadCount
from schemas.events.registry import ListPublished, NoticePublished, NoticeSecrets, RevokedPass, ToBeCheckedSecrets
from schemas.passes import envelope
from schemas.passes.claims import TokenClaims
from schemas.passes.kinds import Confidence, PassKind, ReadingReason, ReadingStatus, Step
from schemas.passes.read import read_pass
from schemas.passes.reading import PassReading, Reading
from schemas.passes.revocations import certificate_id_hash, signature_hash
from schemas.passes.token_list import token_hash
from schemas.rules.facts import facts_of
from schemas.rules.revoked import as_revoked
from schemas.trust.refs import RefKeys
from schemas.trust.sealing import Opener, Sealer
from schemas.words import FactState, Outcome
from stream_processors.intake.opening import Opening, _notice
from stream_processors.intake.refs import refs_of_crossing
from stream_processors.judging.context import Context, KnownCrossing, KnownNotice
from stream_processors.judging.judge import judge
from tests.builders import DRIVER, NOON, a_policy, an_id
from tests.station_parts import a_centre, a_green_lane_text, all_published, an_identity
from tests.unit.checkpoint_agent.test_crossing import DESK, a_tested, an_open, green_lane, shown
from tests.unit.stream_processors.known import registry

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
TOKEN = "kJ3nVb0q-4cXwLr8mP2sT"
HASH = "5e" * 16
REF_KEYS = RefKeys(person=os.urandom(32), vehicle=os.urandom(32), pass_=os.urandom(32))
CENTRE = PrivateKey.generate()
STATION = PrivateKey.generate()


def a_card():
    reading = Reading(
        kind=PassKind.GREEN_LANE_CARD,
        status=ReadingStatus.ACCEPTED,
        confidence=Confidence.LOOKED_UP,
        valid_until=NOON + 9 * DAY,
    )
    return PassReading(reading=reading, claims=TokenClaims(token=TOKEN))


def a_signed_pass():
    return green_lane().model_copy(update={"signature_hash": HASH})


def a_notice(notice, *, begins=-DAY, ends=DAY, number=None, **changes):
    sealed = None
    if number is not None:
        secrets = NoticeSecrets(record_id=an_id("notice"), pass_number=number)
        sealed = Sealer("c1", bytes(CENTRE.public_key)).seal(secrets)
    return NoticePublished.model_validate(
        {
            "event_id": an_id("notice"),
            "occurred_at": NOON - 2 * DAY,
            "revision": 1,
            "notice_id": an_id("notice"),
            "notice": notice,
            "document": "TB-TEST",
            "issuer": "CA",
            "effective_at": NOON + begins,
            "ends_at": NOON + ends,
            "sealed": sealed,
        }
        | changes
    )


def a_short_list(number, *, begins=-DAY, ends=DAY):
    event_id = an_id("short list")
    revoked = RevokedPass(pass_number=number, document="TB-TEST", effective_at=NOON + begins, ends_at=NOON + ends)
    secrets = ToBeCheckedSecrets(record_id=event_id, entries=(), revoked_passes=(revoked,))
    box = Sealer("s1", bytes(STATION.public_key)).seal(secrets)
    return ListPublished(
        event_id=event_id,
        occurred_at=NOON,
        revision=1,
        list_id="to-be-checked",
        to_be_checked={"rach-mieu-1": box},
    )


def at_the_lane(read, *events):
    """The advice of a station that holds ``events`` and nothing else."""
    held = opened(holding(Held(rules=Rules((a_policy(),))), events), "rach-mieu-1", Opener({"s1": bytes(STATION)}))
    crossing = changed(shown(an_open(), read, a_tested(DRIVER)), plate="71C-123.45", head_count=HeadCount(cab=1))
    return crossing, advising(crossing, DESK, held.rules, at=NOON)


def at_the_centre(crossing, *notices):
    """The judge's reasons for the very same crossing."""
    record = closed_record(crossing, DESK, at=NOON, clock_error_ms=0, advice=Advice(outcome=Outcome.HOLD))
    secrets = secrets_of(crossing, revision=1)
    known = KnownCrossing(
        facts_of(record, secrets), an_id("record"), refs=refs_of_crossing(REF_KEYS, record, secrets)
    )
    opening = Opening(Opener({"c1": bytes(CENTRE)}), REF_KEYS, lambda: "UTC")
    as_known = [KnownNotice(one, _notice(one, opening).notice_pass_ref) for one in notices]
    return set(json.loads(judge(known, Context(registry(*as_known))).verdict.content)["reasons"])


def number_of(read):
    return read.claims.pass_number


WAYS = [
    ("token_revoked", a_card, lambda read: {"token_sha256": token_hash(TOKEN)}, "TOKEN_REVOKED"),
    ("pass_revoked", a_signed_pass, lambda read: {"revocation": HASH}, "PASS_REVOKED"),
    ("pass_revoked", a_signed_pass, lambda read: {"number": number_of(read)}, "PASS_REVOKED"),
]


@pytest.mark.parametrize(("notice", "made", "names", "code"), WAYS)
@pytest.mark.parametrize(
    ("begins", "ends", "counts"),
    [
        (timedelta(0), DAY, True),
        (SECOND, DAY, False),
        (-DAY, SECOND, True),
        (-DAY, timedelta(0), False),  # the end is exclusive
    ],
)
def test_station_and_centre_reject_by_a_notice_as_of_the_crossings_time(
    notice, made, names, code, begins, ends, counts
):
    read = made()
    named = names(read)
    published = a_notice(notice, begins=begins, ends=ends, **named)
    events = [published]
    if "number" in named:
        events.append(a_short_list(named["number"].lower(), begins=begins, ends=ends))
    crossing, advised = at_the_lane(read, *events)
    assert (code in advised.advice.reasons) is counts
    assert advised.revoked == ({0: ReadingReason(code)} if counts else {})
    assert (code in at_the_centre(crossing, published)) is counts


@pytest.mark.parametrize(("notice", "made", "names", "code"), WAYS)
def test_a_withdrawn_notice_or_one_about_another_pass_changes_nothing(notice, made, names, code):
    read = made()
    named = names(read)
    withdrawn = a_notice(notice, state=FactState.WITHDRAWN, revision=2, **named)
    other = a_notice(notice, token_sha256="0" * 64, revocation="0" * 32)
    for published in (withdrawn, other):
        crossing, advised = at_the_lane(read, published)
        assert not advised.revoked
        assert code not in advised.advice.reasons
        assert code not in at_the_centre(crossing, published)


def test_a_test_pass_revoked_by_its_certificate_id_counts_no_more():
    tested = a_tested(DRIVER)
    named = {"revocation": certificate_id_hash(tested.claims.entries[0].certificate_id)}
    crossing = changed(shown(an_open(), green_lane(), tested), plate="71C-123.45", head_count=HeadCount(cab=1))
    good = advising(crossing, DESK, Rules((a_policy(),)), at=NOON)
    bad = advising(crossing, DESK, Rules((a_policy(),), (a_notice("pass_revoked", **named),)), at=NOON)
    assert good.advised.conclusion.occupants[1][1] == ("TS_SHOWN_VALID",)
    assert bad.advised.conclusion.occupants[1][1] == ("TS_SHOWN_UNCHECKED",)
    assert "PASS_REVOKED" in bad.advice.reasons
    assert "PASS_REVOKED" in at_the_centre(crossing, a_notice("pass_revoked", **named))


def test_what_a_notice_says_in_the_clear_names_no_number():
    notice = a_notice("pass_revoked", number="CX-000123")
    assert "CX-000123" not in notice.model_dump_json() + repr(notice)
    _, advised = at_the_lane(green_lane(), a_short_list("CX-000123"))
    assert "CX-000123" not in repr(advised)


def test_the_screen_shows_a_revoked_code_as_rejected_at_the_step_revocation():
    signed = green_lane().reading.model_copy(update={"passed": Step.REVOCATION})
    shown_now = as_revoked(signed, ReadingReason.PASS_REVOKED)
    assert (shown_now.status, shown_now.reason) == (ReadingStatus.REJECTED, ReadingReason.PASS_REVOKED)
    assert shown_now.passed is Step.TIMES
    assert as_revoked(signed, None) is signed


def test_what_is_issued_is_named_by_the_hash_that_its_reading_keeps():
    centre = a_centre()
    held = holding(Held(), [believed(record, an_identity(centre).verifier) for record in all_published(centre)])
    text = a_green_lane_text()
    read = read_pass(text, held.lists, at=NOON)
    opened_ = envelope.opened(text, "CX1:")
    assert read.signature_hash == signature_hash(opened_.signature, opened_.algorithm)
    crossing = shown(an_open(), read)
    assert secrets_of(crossing, revision=1).claims[0].signature_hash == read.signature_hash
