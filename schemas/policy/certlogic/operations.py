"""Each operation as a function from its compiled operands to a closure. Checks types of data, never of rules."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Final

from schemas.policy.certlogic.errors import RuleNotEvaluable
from schemas.policy.certlogic.moments import Moment, date_of_birth, later, moment_of
from schemas.policy.certlogic.steps import Steps
from schemas.policy.certlogic.values import Value, are_equal, integer, is_member, total, truth_of

Run = Callable[[Value, Steps], Value]
"""The data context and the steps left in, a value out. Raises RuleNotEvaluable."""

_COMPARISONS: Final = {"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}
_TIME_COMPARISONS: Final = {
    "before": operator.lt,
    "after": operator.gt,
    "not-after": operator.le,
    "not-before": operator.ge,
}
ORDERING: Final = (*_COMPARISONS, *_TIME_COMPARISONS)

_LETTERS_OF_A_STEP: Final = 64


def constant(value: Value) -> Run:
    return lambda _data, _steps: value


def array(items: Sequence[Run]) -> Run:
    return lambda data, steps: [item(data, steps) for item in items]


def var(path: str) -> Run:
    """ "Data access of a null or non-existing value evaluates to null." """
    if path == "":
        return lambda data, _steps: data
    fragments = tuple((fragment, _index(fragment)) for fragment in path.split("."))

    def run(data: Value, _steps: Steps) -> Value:
        for key, index in fragments:
            if type(data) is dict:
                data = data.get(key)
            elif index is not None and type(data) is list and index < len(data):
                data = data[index]
            else:
                return None
        return data

    return run


def _index(fragment: str) -> int | None:
    return int(fragment) if fragment.isascii() and fragment.isdigit() and len(fragment) <= 9 else None


def if_then_else(guard: Run, then: Run, otherwise: Run) -> Run:
    def run(data: Value, steps: Steps) -> Value:
        return then(data, steps) if truth_of(guard(data, steps)) else otherwise(data, steps)

    return run


def negation(operand: Run) -> Run:
    return lambda data, steps: not truth_of(operand(data, steps))


def conjunction(operands: Sequence[Run]) -> Run:
    """ "The first of its operands that evaluates to a falsy value, or the evaluation of the last value." """
    *before, last = operands

    def run(data: Value, steps: Steps) -> Value:
        for operand in before:
            value = operand(data, steps)
            if not truth_of(value):
                return value
        value = last(data, steps)
        truth_of(value)  # "all operands must evaluate to either a truthy or falsy value"
        return value

    return run


def equality(one: Run, other: Run) -> Run:
    return lambda data, steps: are_equal(one(data, steps), other(data, steps))


def membership(item: Run, array_: Run) -> Run:
    def run(data: Value, steps: Steps) -> bool:
        among = array_(data, steps)
        if type(among) is not list:
            raise RuleNotEvaluable("in: the second operand is no array")
        steps.spend(len(among))
        return is_member(item(data, steps), among)

    return run


def addition(one: Run, other: Run) -> Run:
    return lambda data, steps: total(one(data, steps), other(data, steps))


def ordering(name: str, operands: Sequence[Run]) -> Run:
    """The comparisons of two or three operands, of integers or of moments by their name."""
    of_times = name in _TIME_COMPARISONS
    compare: Callable[[int, int], bool] = (_TIME_COMPARISONS if of_times else _COMPARISONS)[name]
    operand: Callable[[Value], int] = _moment if of_times else integer
    if len(operands) == 2:
        one, other = operands
        return lambda data, steps: compare(operand(one(data, steps)), operand(other(data, steps)))
    low, middle, high = operands

    def run(data: Value, steps: Steps) -> bool:
        first, second, third = (operand(value(data, steps)) for value in (low, middle, high))
        return compare(first, second) and compare(second, third)

    return run


def _moment(value: Value) -> int:
    if type(value) is not Moment:
        raise RuleNotEvaluable("an operand that is not a date-time")
    return value


def plus_time(date: Run, amount: int, unit: str) -> Run:
    if amount == 0:
        return lambda data, steps: moment_of(date(data, steps))
    return lambda data, steps: later(moment_of(date(data, steps)), amount, unit)


def birth(date: Run) -> Run:
    return lambda data, steps: date_of_birth(date(data, steps))


def reduction(operand: Run, each: Run, initial: Run, *, parts: int) -> Run:
    """A left fold. ``parts``: how much one turn of ``each`` may take."""

    def run(data: Value, steps: Steps) -> Value:
        items = operand(data, steps)
        accumulator = initial(data, steps)
        if items is None:
            return accumulator
        if type(items) is not list:
            raise RuleNotEvaluable("reduce: the operand is no array")
        steps.spend(len(items) * parts)
        for item in items:
            accumulator = each({"current": item, "accumulator": accumulator}, steps)
        return accumulator

    return run


_UCI_PREFIX: Final = "URN:UVCI:"


def uci_fragment(operand: Run, index: int) -> Run:
    """The fragment of a certificate's id with that number, or null."""

    def run(data: Value, steps: Steps) -> str | None:
        uci = operand(data, steps)
        if uci is None:
            return None
        if type(uci) is not str:
            raise RuleNotEvaluable("extractFromUVCI: the operand is no text")
        steps.spend(len(uci) // _LETTERS_OF_A_STEP)
        fragments = uci.removeprefix(_UCI_PREFIX).replace("/", ":").replace("#", ":").split(":")
        return fragments[index] if 0 <= index < len(fragments) else None

    return run
