"""What CertLogic calls truthy, equal, an integer and a member. Narrower than Python's notions, on purpose.

To Python ``True == 1 == 1.0`` and an instant is a number; to CertLogic they are of different kinds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from schemas.policy.certlogic.errors import RuleNotEvaluable

Value = Any
"""JSON, or a Moment."""

_NUMBERS = (int, float)
_LARGEST = 2**53 - 1
"""Integers are "a subset of JavaScript's Number type": beyond this they would not be exact there."""


def truth_of(value: Value) -> bool:
    """Truthy or falsy. Raises RuleNotEvaluable: "values exist which are neither"."""
    if value is True or value is False or value is None:
        return value is True
    kind = type(value)
    if kind is str or kind is list or kind is dict:
        return len(value) > 0
    if kind is int or (kind is float and value.is_integer()):
        return bool(value)
    raise RuleNotEvaluable("a value that is neither truthy nor falsy")


def integer(value: Value) -> int:
    """``value`` as an integer, whole floats such as 2.0 included. Raises RuleNotEvaluable."""
    kind = type(value)
    if kind is int:
        return int(value)
    if kind is float and value.is_integer():
        return int(value)
    raise RuleNotEvaluable("an operand that is not an integer")


def total(one: Value, other: Value) -> int:
    """``one + other``. Raises RuleNotEvaluable when it leaves what is exact everywhere."""
    added = integer(one) + integer(other)
    if not -_LARGEST <= added <= _LARGEST:
        raise RuleNotEvaluable("a sum that is too large")
    return added


def are_equal(one: Value, other: Value) -> bool:
    """``===``. "Works reliable on strings and integers": arrays and objects are equal only to themselves."""
    kind = type(one)
    if kind is str:
        return type(other) is str and bool(one == other)
    if kind in _NUMBERS:
        return type(other) in _NUMBERS and bool(one == other)
    return one is other


def is_member(item: Value, array: Sequence[Value]) -> bool:
    """``in``, by the same equality. Takes time in proportion to ``array``."""
    kind = type(item)
    if kind is str:
        return item in array
    if kind in _NUMBERS:
        return any(type(other) in _NUMBERS and other == item for other in array)
    return any(item is other for other in array)
