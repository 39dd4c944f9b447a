"""One value, one text: however it is written, by whichever of the two ways."""

from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from schemas.canonical import canonical, canonical_of_ours
from schemas.events.verdict import EvidenceItem
from schemas.words import Outcome

TEXTS = st.text(st.characters(exclude_categories=("Cs",)))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(TEXTS, VALUES, max_size=5))
def test_both_ways_write_the_same_bytes(value):
    assert canonical_of_ours(value) == canonical(value)


@given(st.dictionaries(TEXTS, VALUES, max_size=5))
def test_the_order_in_which_keys_came_is_not_seen(value):
    turned = dict(reversed(value.items()))
    assert canonical_of_ours(turned) == canonical_of_ours(value) == canonical(turned)


def test_values_of_ours_are_written_as_the_wire_writes_them():
    at = datetime(2021, 10, 6, 7, 30, tzinfo=UTC)
    item = EvidenceItem(code="GL01", instants={"until": at})
    value = {"id": UUID(int=7), "at": [at], "nested": {"at": (at, None)}, "outcome": Outcome.REFER, "item": item}
    assert canonical_of_ours(value) == canonical(
        {
            "id": "00000000-0000-0000-0000-000000000007",
            "at": ["2021-10-06T07:30:00.000Z"],
            "nested": {"at": ["2021-10-06T07:30:00.000Z", None]},
            "outcome": "refer",
            "item": item.model_dump(mode="json"),
        }
    )
