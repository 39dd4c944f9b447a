"""What the box of a finding says of the other vehicle."""

from __future__ import annotations

import pytest

from schemas.events.crossing import CrossingSecrets
from stream_processors.outputs.secrets import finding_secrets
from tests.builders import an_id


def inside(plate):
    return CrossingSecrets(record_id=an_id("crossing"), plate=plate)


@pytest.mark.parametrize(
    ("here", "there", "named"),
    [
        ("71C-123.45", "51A-999.77", "51A-999.77"),
        ("71C-123.45", "71c 123 45", None),  # the same plate, typed in another way
        ("71C-123.45", None, None),  # nobody typed one
        (None, "51A-999.77", "51A-999.77"),
    ],
)
def test_the_other_plate_is_named_where_it_is_another(here, there, named):
    assert finding_secrets(an_id("finding"), inside(here), {}, inside(there)).other_plate == named


def test_a_box_that_retention_took_names_nothing():
    assert finding_secrets(an_id("finding"), inside("71C-123.45"), {}, None).other_plate is None
    assert finding_secrets(an_id("finding"), None, {}, inside("51A-999.77")).other_plate == "51A-999.77"
