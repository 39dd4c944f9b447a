"""A road that a notice closes between two posts, told in time, late, moved or withdrawn: PostgreSQL."""

from __future__ import annotations

import random

import pytest

from schemas.words import FactState
from tests.integration.stream_processors.closed_roads import (
    a_closed_road,
    a_night,
    takes_and_fires,
    the_known,
    the_start,
)

EXPLAINED = {"GL10", "GL11", "GL12"}


def explained(judge):
    return {one.code for one in judge.findings() if one.code in EXPLAINED}


async def test_a_closed_road_explains_a_detour_a_late_arrival_and_a_late_exit(judge, stations, centre):
    at = the_start()
    await judge.takes(*the_known(centre, stations), a_closed_road(centre, at))
    await takes_and_fires(judge, *a_night(stations, at))
    assert explained(judge) == set()


async def test_told_late_it_ends_what_was_found_and_withdrawn_it_is_found_again(judge, stations, centre):
    at = the_start()
    await judge.takes(*the_known(centre, stations))
    await takes_and_fires(judge, *a_night(stations, at))
    assert explained(judge) == EXPLAINED
    await takes_and_fires(judge, a_closed_road(centre, at))
    assert explained(judge) == set()
    await takes_and_fires(judge, a_closed_road(centre, at, 2, state=FactState.WITHDRAWN))
    assert explained(judge) == EXPLAINED


async def test_moved_to_another_road_or_another_night_it_explains_nothing_any_more(judge, stations, centre):
    at = the_start()
    await judge.takes(*the_known(centre, stations))
    await takes_and_fires(judge, *a_night(stations, at), a_closed_road(centre, at))
    await takes_and_fires(judge, a_closed_road(centre, at, 2, other_post_id="ham-luong"))
    assert explained(judge) == EXPLAINED
    await takes_and_fires(judge, a_closed_road(centre, at, 3))
    assert explained(judge) == set()
    await takes_and_fires(judge, a_closed_road(centre, at, 4, begins=-900, ends=-800))
    assert explained(judge) == EXPLAINED


@pytest.mark.parametrize("seed", range(4))
async def test_in_every_order_of_arrival_the_last_revision_decides(judge, stations, centre, seed):
    """Revisions of a signed notice come in their order: an older one is refused, and buried."""
    at, chance = the_start(), random.Random(seed)
    facts = a_night(stations, at)
    chance.shuffle(facts)
    places = sorted(chance.sample(range(len(facts)), 3), reverse=True)
    revisions = [a_closed_road(centre, at, 3), *(a_closed_road(centre, at, number, ends=15) for number in (2, 1))]
    for place, revision in zip(places, revisions, strict=True):
        facts.insert(place, revision)
    await judge.takes(*the_known(centre, stations))
    while facts:
        many = chance.randint(1, 4)
        await takes_and_fires(judge, *facts[:many])
        facts = facts[many:]
    assert explained(judge) == set()
    assert judge.dead_letters() == []
