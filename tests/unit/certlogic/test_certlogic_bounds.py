"""A hostile rule, or hostile data, ends in a named error after a bounded number of steps."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.policy.certlogic import (
    CertLogicError,
    Expression,
    RuleBroken,
    RuleNotEvaluable,
    RuleTooLarge,
    TooManySteps,
)
from schemas.policy.certlogic.expression import _NUMBER_OF_OPERANDS, DEEPEST, MOST_PARTS

SUM = {"+": [{"var": "current"}, {"var": "accumulator"}]}


def nested(levels, around="!"):
    expression = True
    for _ in range(levels):
        expression = {around: [expression]}
    return expression


def test_the_deepest_rule_is_evaluated_and_a_deeper_one_refused():
    assert Expression(nested(DEEPEST)).evaluate({}) is True
    with pytest.raises(RuleTooLarge):
        Expression(nested(DEEPEST + 1))


def test_arrays_count_as_levels_too():
    array = 1
    for _ in range(DEEPEST + 1):
        array = [array]
    with pytest.raises(RuleTooLarge):
        Expression(array)


def test_a_rule_of_too_many_parts_is_refused():
    Expression([1] * (MOST_PARTS - 1))
    with pytest.raises(RuleTooLarge):
        Expression([1] * MOST_PARTS)


def test_a_reduction_inside_a_reduction_ends_in_too_many_steps():
    numbers = {"var": "n"}
    inner = {"reduce": [[1] * 1000, SUM, 0]}
    outer = {"reduce": [numbers, {"+": [inner, {"var": "accumulator"}]}, 0]}
    assert Expression(outer).evaluate({"n": [1]}) == 1000
    with pytest.raises(TooManySteps):
        Expression(outer).evaluate({"n": [1] * 1000})


def test_searching_long_lists_again_and_again_ends_in_too_many_steps():
    search = {"reduce": [{"var": "n"}, {"in": ["x", [str(number) for number in range(5000)]]}, 0]}
    with pytest.raises(TooManySteps):
        Expression(search).evaluate({"n": [1] * 100})


def test_a_very_long_certificate_id_costs_steps():
    extract = {"reduce": [{"var": "n"}, {"extractFromUVCI": [{"var": "current"}, 0]}, ""]}
    with pytest.raises(TooManySteps):
        Expression(extract).evaluate({"n": ["/" * 1_000_000] * 20})


def test_doubling_a_number_a_thousand_times_is_refused_and_not_stored():
    doubling = {"reduce": [[1] * 1000, {"+": [{"var": "accumulator"}, {"var": "accumulator"}]}, 1]}
    with pytest.raises(RuleNotEvaluable):
        Expression(doubling).evaluate({})


@pytest.mark.parametrize(
    ("rule", "where"),
    [
        ({"if": [{"var": "a"}, {"plusTime": ["2021-01-01", 1, "week"]}, 0]}, "if[1].plusTime[2]"),
        ({"and": [True, {"plusTime": ["2021-01-01", "1", "day"]}]}, "and[1].plusTime[1]"),
        ({"in": [1, [1, {"or": [1, 2]}]]}, "in[1][1]"),
        ({"===": [1, None]}, "===[1]"),
        ({"===": [1]}, "==="),
        ({"var": 0}, "var"),
        ({"var": "a..b"}, "var"),
        ({"var": ["a", "default"]}, "var"),
        ({"or": [True, False]}, ""),  # CertLogic has no "or"
        ({"!": True}, ""),
        ({"a": 1, "b": 2}, ""),
        (1.5, ""),
        (None, ""),
    ],
)
def test_a_broken_rule_is_refused_before_it_is_run_and_the_place_named(rule, where):
    with pytest.raises(RuleBroken) as refused:
        Expression(rule)
    assert refused.value.where == where


@pytest.mark.parametrize(
    "rule",
    [{"if": [True, 1]}, {"if": [True, 1, 2, 3]}, {"!": []}, {"!": [1, 2]}, {"and": [1]}, {"<": [1]},
     {"<": [1, 2, 3, 4]}, {"plusTime": ["2021", 1]}, {"reduce": [[], 1]}, {"dccDateOfBirth": []},
     {"extractFromUVCI": ["a"]}, {"extractFromUVCI": ["a", "1"]}, {"plusTime": ["2021", True, "day"]},
     {"plusTime": ["2021", 2**60, "day"]}],
)  # fmt: skip
def test_the_number_and_kind_of_operands_is_checked(rule):
    with pytest.raises(RuleBroken):
        Expression(rule)


def test_an_error_says_nothing_of_the_data():
    for expression in (
        {"plusTime": [{"var": "dob"}, 0, "day"]},
        {"<": [{"var": "dob"}, 1]},
        {"reduce": [{"var": "dob"}, 1, 1]},
    ):
        with pytest.raises(RuleNotEvaluable) as refused:
            Expression(expression).evaluate({"dob": "1990-13-13"})
        assert "1990" not in str(refused.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.dates().map(str),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abx01"), inner, max_size=3),
    max_leaves=8,
)
operators = st.sampled_from([*_NUMBER_OF_OPERANDS, "or"])
expressions = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=8) | st.none() | st.dates().map(str)
    | st.sampled_from(["", "a", "a.0", "b.x", "current", "accumulator"]).map(lambda path: {"var": path}),
    lambda inner: st.builds(lambda name, of: {name: of}, operators, st.lists(inner, min_size=1, max_size=3))
    | st.builds(lambda date, amount, unit: {"plusTime": [date, amount, unit]}, inner, st.integers(),
                st.sampled_from(["year", "month", "day", "hour"]))
    | st.lists(inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


@given(expressions, json_values)
@settings(max_examples=150, deadline=None)
def test_any_expression_with_any_data_ends_in_a_value_or_a_named_error(expression, data):
    with suppress(CertLogicError):
        Expression(expression).evaluate(data, max_steps=2000)
