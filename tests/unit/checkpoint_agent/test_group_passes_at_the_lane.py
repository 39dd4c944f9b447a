"""A group's test is held by any of its group: whoever shows it does not become the one who was sampled."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from checkpoint_agent.crossing.advising import Rules, advising
from checkpoint_agent.crossing.building import changed, digest_of, new_occupant, with_occupant, with_reading
from checkpoint_agent.crossing.people import NOBODY, perhaps_the_holder
from checkpoint_agent.crossing.records import closed_record, secrets_of
from checkpoint_agent.page.view import one_person
from schemas.events.crossing import Advice, HeadCount
from schemas.passes.claims import PersonClaims
from schemas.passes.reading import PassReading
from schemas.trust.refs import RefKeys
from schemas.words import Outcome
from stream_processors.intake.refs import refs_by_kind, refs_of_crossing
from stream_processors.judging.context import PERSON_KINDS
from tests.builders import DRIVER, MATE, NOON, a_policy, a_test_reading, test_claims
from tests.unit.checkpoint_agent.test_crossing import DESK, an_open, citizen_card

SAMPLED = PersonClaims(name="Trần Thị Mẫu", masked_number="******000777", birth_date="1971-02-03")
KEYS = RefKeys(person=os.urandom(32), vehicle=os.urandom(32), pass_=os.urandom(32))


def a_group_test(*covered, sampled=SAMPLED):
    claims = test_claims(sampled, sampled_at=NOON - timedelta(hours=3))
    entry = claims.entries[0].model_copy(update={"covered": covered, "basis": "representative"})
    reading = a_test_reading(0).model_copy(update={"occupant": None})
    return PassReading(reading=reading, claims=claims.model_copy(update={"entries": (entry,)}))


def shown(crossing, read, **changes):
    return with_reading(crossing, digest_of(repr(read)), read, **changes)


def member(person):
    """As a pass names a member: no number but its last six digits."""
    masked = f"******{person.number[6:]}"
    return person.model_copy(update={"number": None, "old_number": None, "masked_number": masked})


def people_found(crossing):
    """Refs of people that the centre makes of the crossing."""
    record = closed_record(crossing, DESK, at=NOON, clock_error_ms=0, advice=Advice(outcome=Outcome.LET_THROUGH))
    refs = refs_of_crossing(KEYS, record, secrets_of(crossing, revision=1))
    return {one.ref for one in refs if one.kind in PERSON_KINDS}


@pytest.mark.parametrize("given", [True, False])
def test_an_unnamed_occupant_who_showed_a_group_pass_was_called_by_the_sampled_persons_name(given):
    crossing = an_open()
    if given:
        crossing = with_occupant(crossing, new_occupant(crossing))
    crossing = shown(crossing, a_group_test(member(DRIVER)), occupant=1 if given else None)
    (occupant,) = crossing.occupants
    assert occupant.person == NOBODY
    assert crossing.readings[0].reading.occupant == 1
    assert SAMPLED.name not in str(secrets_of(crossing, revision=1).occupants)
    assert people_found(crossing).isdisjoint(refs_by_kind(KEYS, SAMPLED).values())


def test_the_test_still_counts_for_whoever_showed_it():
    policy = a_policy(tests=({"kind": "pcr", "lasts": "PT72H", "basis": ["representative"]},))
    crossing = changed(shown(an_open(), a_group_test(member(DRIVER))), head_count=HeadCount(cab=1))
    found = advising(crossing, DESK, Rules((policy,)), at=NOON)
    assert found.advised.conclusion.occupants[1][1] == ("TS_SHOWN_VALID",)


def test_it_joins_whoever_of_the_group_is_known_by_their_own_card():
    crossing = shown(shown(an_open(), citizen_card(MATE)), citizen_card(DRIVER))
    crossing = shown(crossing, a_group_test(member(DRIVER)))
    assert [one.person.name for one in crossing.occupants] == [MATE.name, DRIVER.name]
    assert crossing.readings[2].reading.occupant == 2


def test_a_card_that_is_shown_afterwards_is_offered_as_the_same_person_and_never_merged():
    crossing = shown(an_open(), a_group_test(member(DRIVER)))
    crossing = shown(shown(crossing, citizen_card(MATE)), citizen_card(DRIVER))
    assert perhaps_the_holder(crossing.occupants, crossing.readings) == [(3, 1)]
    assert one_person(crossing) == [(3, 1)]
    assert len(crossing.occupants) == 3


def test_the_sampled_one_themselves_is_found_by_the_number_in_their_pass():
    sampled = member(DRIVER)
    crossing = shown(shown(an_open(), citizen_card(DRIVER)), a_group_test(MATE, sampled=sampled))
    assert len(crossing.occupants) == 1
    assert set(refs_by_kind(KEYS, sampled).values()) <= people_found(crossing)


def test_a_test_of_one_person_still_names_them():
    read = PassReading(
        reading=a_test_reading(0).model_copy(update={"occupant": None}),
        claims=test_claims(DRIVER, sampled_at=NOON - timedelta(hours=3)),
    )
    assert shown(an_open(), read).occupants[0].person.name == DRIVER.name
