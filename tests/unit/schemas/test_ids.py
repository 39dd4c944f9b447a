from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID, uuid5

import pytest

from schemas.ids import NAMESPACE, derived_id, derived_id_at, derived_id_beside, new_id
from tests.builders import an_id

NOON = datetime(2021, 9, 15, 5, 0, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("parts", "name"), [((), "what"), (("đ", 1), "what\x1fđ\x1f1"), ((an_id("one"),), f"what\x1f{an_id('one')}")]
)
def test_a_derived_id_is_the_uuid_5_of_its_parts(parts, name):
    assert derived_id("what", *parts) == uuid5(NAMESPACE, name)


def test_a_new_id_is_the_one_of_the_standards_example():
    """RFC 9562, appendix A.6."""
    at = datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)
    chance = bytes.fromhex("0cc3" + "18c4dc0c0c07398f")
    assert new_id(at, chance) == UUID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")


@pytest.mark.parametrize(
    ("one", "version"),
    [
        (new_id(NOON, b"\xff" * 10), 7),
        (derived_id_at(NOON, "sheet", "a-1", "s"), 8),
        (derived_id_beside(new_id(NOON, b"\0" * 10), "record", 1), 8),
    ],
)
def test_ids_that_begin_with_a_time_say_how_they_are_made(one, version):
    assert (one.version, one.variant) == (version, RFC_4122)


def test_ids_are_in_the_order_of_their_times():
    instants = [NOON + n * MILLISECOND for n in (0, 1, 2, 1000, 86_400_000)]
    assert sorted(instants, key=lambda at: new_id(at, b"\xff" * 10)) == instants
    assert sorted(instants, key=lambda at: derived_id_at(at, "sheet", "a-1", str(at))) == instants


def test_what_follows_from_a_crossing_lies_beside_it_and_is_its_own():
    crossing = new_id(NOON, bytes(range(10)))
    record, decision = (derived_id_beside(crossing, what, 1) for what in ("record", "decision"))
    assert {one.int >> 80 for one in (record, decision)} == {crossing.int >> 80}
    assert len({crossing, record, decision, derived_id_beside(crossing, "record", 2)}) == 4
    assert record == derived_id_beside(crossing, "record", 1)
    assert record != derived_id_beside(new_id(NOON, bytes(10)), "record", 1)


def test_too_few_random_bytes_make_no_id():
    with pytest.raises(ValueError, match="16-char"):
        new_id(NOON, b"\0" * 9)
