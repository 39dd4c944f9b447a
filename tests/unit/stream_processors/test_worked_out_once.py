"""What the judge works out once says what asking each time would."""

import json
from itertools import combinations

import pytest

from schemas.canonical import canonical
from schemas.rules.validity import validity_of
from stream_processors.judging.judge import judge, weigh
from stream_processors.judging.registered import with_registry
from stream_processors.judging.said import fields_of, written
from tests.unit.stream_processors.known import context, crossing, ref, registry
from tests.unit.stream_processors.test_notices_as_of import a_notice

NAMED = ("pass", "plate", "another", None)


def notices():
    return tuple(
        a_notice("pass_revoked", pass_ref=ref(name) if name else None, document=f"TB-{place}")
        for place, name in enumerate((*NAMED, *reversed(NAMED)))
    )


@pytest.mark.parametrize("asked", [some for count in range(4) for some in combinations(NAMED[:3], count)])
def test_notices_that_name_a_ref_are_those_that_a_look_at_each_finds(asked):
    known, refs = registry(*notices()), [ref(name) for name in asked]
    assert known.notices_naming(refs) == tuple(one for one in known.notices if one.pass_ref in refs)


def test_a_crossing_that_no_notice_and_no_registered_pass_names_is_left_as_it_is():
    plain = crossing()
    assert with_registry(plain, context()) == plain.facts


def test_a_mark_that_no_notice_gives_is_taken_off():
    marked = crossing(to_be_checked=True)
    assert with_registry(marked, context()).to_be_checked is False


def test_a_statement_keeps_the_fields_that_its_bytes_say():
    said = judge(crossing(), context()).verdict
    assert said.content == written(said.fields) == canonical(json.loads(said.content))
    assert fields_of(said.compared) == json.loads(written(said.fields))


def test_the_validity_of_a_verdict_is_that_of_its_facts():
    known, about = crossing(), context()
    published = about.registry.policies[0]
    weighed = weigh(known, about, published)
    assert weighed.validity == validity_of(weighed.at.facts, published.policy, weighed.notices)
