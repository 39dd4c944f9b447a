"""CertLogic's notions of date, truth, equality and number, where Python's or JavaScript's habits would mislead."""

import pytest

from schemas.policy.certlogic import Expression, RuleNotEvaluable
from schemas.policy.certlogic.moments import Moment


def value_of(expression, data=None):
    return Expression(expression).evaluate(data)


def moment(text, amount=0, unit="day"):
    return str(value_of({"plusTime": [text, amount, unit]}))


@pytest.mark.parametrize(
    ("text", "amount", "unit", "expected"),
    [
        ("2021-10-06", 0, "day", "2021-10-06T00:00:00.000Z"),  # a bare date means 00:00 UTC
        ("2021-10-06T07:30:00", 0, "day", "2021-10-06T07:30:00.000Z"),  # no offset means Z
        ("2021-10-06T07:30:00+07:00", 0, "hour", "2021-10-06T00:30:00.000Z"),
        ("2021-10-06T07:30:00+7", 0, "hour", "2021-10-06T00:30:00.000Z"),
        ("2021-10-06T07:30:00-730", 0, "hour", "2021-10-06T15:00:00.000Z"),
        ("2021-10-06T07:30:00-7:30", 0, "hour", "2021-10-06T15:00:00.000Z"),
        ("2021-10-06T07:30:00.1239999", 0, "hour", "2021-10-06T07:30:00.123Z"),  # decimals are cut off
        ("2021-10-06T24:00:00Z", 0, "hour", "2021-10-07T00:00:00.000Z"),
        ("2020-02", 0, "day", "2020-02-29T00:00:00.000Z"),  # a partial date means its last day
        ("2021", 0, "day", "2021-12-31T00:00:00.000Z"),
        ("2021-01-31", 1, "month", "2021-03-03T00:00:00.000Z"),  # as JavaScript's Date runs over
        ("2020-01-31", 1, "month", "2020-03-02T00:00:00.000Z"),
        ("2021-03-31", -1, "month", "2021-03-03T00:00:00.000Z"),
        ("2020-02-29", 1, "day", "2020-03-01T00:00:00.000Z"),
        ("2020-02-29", 1, "month", "2020-03-29T00:00:00.000Z"),
        ("2020-02-29", 1, "year", "2021-03-01T00:00:00.000Z"),
        ("2020-02-29", 4, "year", "2024-02-29T00:00:00.000Z"),
        ("2021-12-15", 1, "month", "2022-01-15T00:00:00.000Z"),
        ("2021-01-15", -13, "month", "2019-12-15T00:00:00.000Z"),
        ("2021-03-28T00:30:00Z", 24, "hour", "2021-03-29T00:30:00.000Z"),  # no daylight saving
        ("1969-12-31T23:59:59.999Z", 0, "hour", "1969-12-31T23:59:59.999Z"),
        ("0001-01-01", -1, "day", "0000-12-31T00:00:00.000Z"),
    ],
)
def test_times_are_reckoned_as_the_specification_says(text, amount, unit, expected):
    assert moment(text, amount, unit) == expected


@pytest.mark.parametrize(
    "text",
    ["", "x", "2021-13-01", "2021-02-29", "2021-09-99", "2021-1-1", "2022-13", "2021-10-06Z",
     "2021-10-06T25:00:00Z", "2021-10-06T24:00:01Z", "2021-10-06T10:61:00Z",
     "2021-10-06T10:00:00+24:00", "2021-10-06T10:00:00+05:", "2021-10-06 10:00:00",
     "2021-10-06T10:00", "2021-10-06T10:00:00.Z", "2021-10-06\n", "２０２１-10-06", 5,
     None, True, ["2021"]],
)  # fmt: skip
def test_what_is_no_date_is_an_error_and_never_a_guess(text):
    with pytest.raises(RuleNotEvaluable):
        value_of({"plusTime": [{"var": ""}, 0, "day"]}, text)


def test_a_time_beyond_what_javascript_holds_is_an_error():
    with pytest.raises(RuleNotEvaluable):
        moment("2021-01-01", 2**50, "year")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1990", "1990-12-31"), ("1992-02", "1992-02-29"), ("1900-02", "1900-02-28"), ("1990-05-06", "1990-05-06")],
)
def test_a_birth_date_is_the_last_that_fits_what_is_known(text, expected):
    assert str(value_of({"dccDateOfBirth": [{"var": ""}]}, text)) == f"{expected}T00:00:00.000Z"


@pytest.mark.parametrize("text", ["1990-05-06T00:00:00Z", "", None, 1990])
def test_a_birth_date_has_no_time_of_day(text):
    with pytest.raises(RuleNotEvaluable):
        value_of({"dccDateOfBirth": [{"var": ""}]}, text)


@pytest.mark.parametrize("falsy", [False, None, "", 0, 0.0, [], {}])
def test_nothing_and_what_is_empty_is_falsy(falsy):
    assert value_of({"!": [{"var": ""}]}, falsy) is True


@pytest.mark.parametrize("truthy", [True, "0", " ", 1, -1, 2.0, [None], {"a": None}])
def test_what_holds_something_is_truthy(truthy):
    assert value_of({"!": [{"var": ""}]}, truthy) is False


@pytest.mark.parametrize("neither", [2.5, float("nan"), float("inf"), Moment(0), Moment(1)])
@pytest.mark.parametrize(
    "expression",
    [{"!": [{"var": ""}]}, {"if": [{"var": ""}, 1, 2]}, {"and": [{"var": ""}, 1]}, {"and": [1, {"var": ""}]}],
)
def test_what_is_neither_truthy_nor_falsy_is_an_error(neither, expression):
    with pytest.raises(RuleNotEvaluable):
        value_of(expression, neither)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (1, 1, True),
        (1, 1.0, True),  # JSON has one kind of number
        (1, True, False),  # to Python they are equal
        (0, False, False),
        (0, "", False),
        (None, None, True),
        (None, False, False),
        ("1", 1, False),
        ([1], [1], False),  # "not reliable on other types": as in JavaScript
    ],
)
def test_equality_and_membership_never_mix_kinds(one, other, equal):
    assert value_of({"===": [{"var": "0"}, {"var": "1"}]}, [one, other]) is equal
    assert value_of({"in": [{"var": "0"}, {"var": "1"}]}, [one, ["x", other]]) is equal


@pytest.mark.parametrize("not_integer", [True, "1", 1.5, None, [1], Moment(1)])
@pytest.mark.parametrize("operator", ["<", ">=", "+"])
def test_arithmetic_takes_integers_only(not_integer, operator):
    with pytest.raises(RuleNotEvaluable):
        value_of({operator: [{"var": ""}, 1]}, not_integer)


def test_a_date_time_compares_with_date_times_only():
    now = {"plusTime": ["2021-10-06", 0, "day"]}
    assert value_of({"not-after": [now, now, now]}) is True
    assert value_of({"before": [now, now]}) is False
    for expression in ({"after": [now, 1]}, {"after": [now, "2021-10-05"]}, {"<": [now, now]}, {"+": [now, 1]}):
        with pytest.raises(RuleNotEvaluable):
            value_of(expression)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", {"a": [{"b": 1}], "0": "zero", "s": "text"}),
        ("a.0.b", 1),
        ("0", "zero"),
        ("a.1", None),
        ("a.-1", None),
        ("a.length", None),
        ("s.0", None),  # a text is no array
        ("s.length", None),
        ("a.0.b.c", None),
        ("a.99999999999999999999", None),
    ],
)
def test_a_path_leads_to_a_value_or_to_null(path, expected):
    assert value_of({"var": path}, {"a": [{"b": 1}], "0": "zero", "s": "text"}) == expected


def test_a_reduction_sees_its_item_and_its_accumulator_and_nothing_else():
    assert value_of(
        {"reduce": [{"var": "x"}, [{"var": "current"}, {"var": "accumulator"}], 0]}, {"x": [1, 2]}
    ) == [
        2,
        [1, 0],
    ]
    assert value_of({"reduce": [[1], {"var": "x"}, 0]}, {"x": 5}) is None
    with pytest.raises(RuleNotEvaluable):
        value_of({"reduce": ["abc", {"var": "current"}, 0]})


def test_if_evaluates_one_branch_only():
    assert value_of({"if": [{"var": "x"}, 1, {"+": ["no", "number"]}]}, {"x": True}) == 1
