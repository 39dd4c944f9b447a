"""The station's short list of plates to be checked: sealed to it alone, as of the time at the lane."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from nacl.public import PrivateKey

from checkpoint_agent.crossing.advising import Rules, advising
from checkpoint_agent.crossing.building import changed
from checkpoint_agent.listening.held import Held, holding, opened
from schemas.events.crossing import HeadCount
from schemas.events.registry import ListPublished, PlateToCheck, ToBeCheckedSecrets
from schemas.rules.noticed import wanted
from schemas.trust.sealing import Opener, Sealer
from schemas.words import FactState, Outcome
from tests.builders import DRIVER, NOON, a_policy, an_id
from tests.unit.checkpoint_agent.test_crossing import DESK, a_tested, an_open, green_lane, shown

SECOND = timedelta(seconds=1)
ENTRY = PlateToCheck(
    plate="71C-123.45",
    reason="chở hàng giả",
    document="TB-1",
    effective_at=NOON,
    ends_at=NOON + timedelta(hours=2),
)
KEY = PrivateKey(os.urandom(32))
OURS = Opener({"s1": bytes(KEY)})


def a_list(*, revision=1, state=FactState.IN_FORCE, key=KEY):
    event_id = an_id("short list")
    box = Sealer("s1", bytes(key.public_key)).seal(ToBeCheckedSecrets(record_id=event_id, entries=(ENTRY,)))
    return ListPublished(
        event_id=event_id,
        occurred_at=NOON,
        revision=revision,
        state=state,
        list_id="to-be-checked",
        to_be_checked={"rach-mieu-1": box},
    )


def entries(*lists, station="rach-mieu-1"):
    return opened(holding(Held(), lists), station, OURS).rules.to_be_checked


def test_a_station_opens_its_own_box_and_no_other():
    assert entries(a_list()) == (ENTRY,)
    assert entries(a_list(), station="co-chien-1") == ()
    assert entries(a_list(key=PrivateKey.generate())) == ()


def test_a_withdrawn_list_is_empty():
    assert entries(a_list(), a_list(revision=2, state=FactState.WITHDRAWN)) == ()


@pytest.mark.parametrize(
    ("after", "found"),
    [(-SECOND, False), (timedelta(0), True), (2 * 60 * 60 * SECOND - SECOND, True), (2 * 60 * 60 * SECOND, False)],
)
def test_an_entry_counts_from_its_instant_to_just_before_its_end(after, found):
    assert bool(wanted("71c 12345", [ENTRY], NOON + after)) is found


@pytest.mark.parametrize("plate", [None, "", "71C-123.46"])
def test_another_plate_or_none_is_not_wanted(plate):
    assert wanted(plate, [ENTRY], NOON) == ()


def test_typing_a_wanted_plate_says_check_more_with_the_reason_and_its_time_is_kept():
    rules = Rules((a_policy(),), to_be_checked=(ENTRY,))
    good = shown(an_open(), green_lane(), a_tested(DRIVER))
    typed = changed(good, plate="71C-123.45", head_count=HeadCount(cab=1, cargo=0))
    before = advising(typed, DESK, rules, at=NOON - SECOND)
    assert (before.outcome, before.wanted) == (Outcome.LET_THROUGH, ())
    now = advising(typed, DESK, rules, at=NOON)
    assert (now.outcome, now.advice.reasons) == (Outcome.CHECK_MORE, ("PLATE_TO_BE_CHECKED",))
    assert now.wanted[0].reason == "chở hàng giả"
    # neither the event nor a log may tell what the screen shows
    assert "71C" not in repr(now) + repr(rules)
