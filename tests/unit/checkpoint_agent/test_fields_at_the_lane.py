"""Fields that the page sends each by itself, of things that are entered in two of them."""

from __future__ import annotations

import pytest

from checkpoint_agent.crossing.building import Crossing
from checkpoint_agent.page.actions import FieldWrong, _with_fields, fields_of
from schemas.events.crossing import ChangeOrdered
from schemas.words import Direction, OrderedChange
from tests.builders import NOON, an_id

ORDERED = ChangeOrdered(change=OrderedChange.CHANGE_OF_DRIVER, document="3111/UBND-KT")


def after(*forms):
    crossing = Crossing(crossing_id=an_id("crossing"), opened_at=NOON, counter=1, direction=Direction.IN)
    for form in forms:
        crossing = _with_fields(crossing, form, fields_of(form))
    return crossing.ordered_change


CHANGE, DOCUMENT = {"ordered_change": "change_of_driver"}, {"ordered_document": "3111/UBND-KT"}


@pytest.mark.parametrize(
    ("forms", "expected"),
    [
        ((CHANGE, DOCUMENT), ORDERED),  # by the page: each field as it is left
        ((CHANGE | DOCUMENT,), ORDERED),  # by the form, where no script runs
        ((CHANGE | DOCUMENT, {"plate": "71C-123.45"}), ORDERED),  # another field takes nothing away
        ((CHANGE,), ChangeOrdered(change=OrderedChange.CHANGE_OF_DRIVER)),
        ((CHANGE | DOCUMENT, {"ordered_document": ""}), ChangeOrdered(change=OrderedChange.CHANGE_OF_DRIVER)),
        ((CHANGE | DOCUMENT, {"ordered_change": ""}), None),  # taken back, and its document with it
        (({"ordered_change": "", "ordered_document": ""},), None),
    ],
)
def test_an_ordered_change_and_its_document_are_one_whichever_way_they_come(forms, expected):
    assert after(*forms) == expected


def test_a_document_that_orders_nothing_is_refused_where_the_change_is_missing():
    with pytest.raises(FieldWrong) as refused:
        after(DOCUMENT)
    assert refused.value.field == "ordered_change"
