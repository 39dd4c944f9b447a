from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from schemas.bounded import Instant, Int64, Text40, Wire
from schemas.canonical import canonical


class Sample(Wire):
    text: Text40 = "a"
    number: Int64 = 0
    at: Instant = datetime(2021, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", '"a\\u0000b"'),  # PostgreSQL cannot store NUL
        ("text", '"a\\u001bb"'),  # an escape sequence would reach somebody's terminal
        ("text", '"' + "a" * 41 + '"'),
        ("text", '""'),
        ("number", "9223372036854775808"),
        ("number", "-9223372036854775809"),
        ("number", "1.0"),
        ("number", '"1"'),
        ("at", '"1999-12-31T23:59:59Z"'),
        ("at", '"2100-01-01T00:00:00Z"'),
        ("at", '"2021-01-01T00:00:00"'),  # whose midnight?
        ("at", "1609459200"),
    ],
)
def test_what_a_database_could_not_store_is_refused_at_the_edge(field, value):
    with pytest.raises(ValidationError):
        Sample.model_validate_json(f'{{"{field}": {value}}}')


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", "9223372036854775807"),
        ("at", '"2020-01-01T00:00:00Z"'),
        ("at", '"2099-12-31T23:59:59.999+00:00"'),
        ("text", '"Đặng Thị Ỷ"'),
    ],
)
def test_the_last_values_inside_the_bounds_are_taken(field, value):
    Sample.model_validate_json(f'{{"{field}": {value}}}')


def test_an_error_never_repeats_what_was_sent():
    with pytest.raises(ValidationError) as caught:
        Sample.model_validate({"text": "Nguyễn Văn Bí Mật\x00"})
    assert "Bí Mật" not in str(caught.value)


def test_the_same_value_has_the_same_bytes_whatever_the_zone_it_was_written_in():
    utc = Sample.model_validate_json('{"at": "2021-10-06T00:00:00Z"}')
    local = Sample.model_validate_json('{"at": "2021-10-06T07:00:00.000400+07:00"}')
    assert canonical(utc) == canonical(local) == b'{"at":"2021-10-06T00:00:00.000Z","number":0,"text":"a"}'
