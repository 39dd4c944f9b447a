from uuid import uuid5

import pytest

from schemas.ids import NAMESPACE, derived_id
from tests.builders import an_id


@pytest.mark.parametrize(
    ("parts", "name"), [((), "what"), (("đ", 1), "what\x1fđ\x1f1"), ((an_id("one"),), f"what\x1f{an_id('one')}")]
)
def test_a_derived_id_is_the_uuid_5_of_its_parts(parts, name):
    assert derived_id("what", *parts) == uuid5(NAMESPACE, name)
