"""An expression checked and compiled once to closures, then evaluated as often as wanted.

"The CertLogic evaluator function checks the validity of the expression first, before evaluating any of
its operands": here that is compiling. What is left for later are the types of the data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from schemas.policy.certlogic import operations
from schemas.policy.certlogic.errors import RuleBroken, RuleTooLarge
from schemas.policy.certlogic.moments import UNITS
from schemas.policy.certlogic.operations import Run
from schemas.policy.certlogic.steps import Steps
from schemas.policy.certlogic.values import Value

SPECIFICATION: Final = (1, 3, 3)
"""The version of the specification that this implements."""

MAX_STEPS: Final = 100_000
"""Steps of one evaluation, some tens of milliseconds. A reduction over a value set takes a few thousand."""
DEEPEST: Final = 64
"""The deepest real rule has 15 levels."""
MOST_PARTS: Final = 20_000
"""Most real rules have under 90; one that writes out all countries some 300."""


class Expression:
    """A compiled expression."""

    __slots__ = ("_run", "parts")

    def __init__(self, expression: Value) -> None:
        """Raises RuleBroken, or RuleTooLarge, with the place and the reason."""
        compiling = _Compiling()
        self._run: Run = compiling.part(expression, ()).run
        self.parts = compiling.parts

    def evaluate(self, data: Value, *, max_steps: int = MAX_STEPS) -> Value:
        """The value with ``data``: JSON, or a Moment. Raises RuleNotEvaluable, or TooManySteps."""
        return self._run(data, Steps(max_steps))


@dataclass(frozen=True, slots=True)
class _Part:
    run: Run
    is_constant: bool = False


Place = tuple[str | int, ...]
"""Operators and operand numbers on the way from the top."""

_PATH = re.compile(r"([^.]+(\.[^.]+)*)?")

_NUMBER_OF_OPERANDS: Final[Mapping[str, tuple[int, int | None]]] = {
    "if": (3, 3),
    "and": (2, None),
    "!": (1, 1),
    "===": (2, 2),
    "in": (2, 2),
    "+": (2, 2),
    "plusTime": (3, 3),
    "dccDateOfBirth": (1, 1),
    "reduce": (3, 3),
    "extractFromUVCI": (2, 2),
} | dict.fromkeys(operations.ORDERING, (2, 3))


class _Compiling:
    """One way through an expression, and how many parts it has met."""

    def __init__(self) -> None:
        self.parts = 0

    def part(self, expression: Value, place: Place) -> _Part:
        self.parts += 1
        if len(place) > 2 * DEEPEST:
            raise RuleTooLarge("", f"more than {DEEPEST} levels")
        if self.parts > MOST_PARTS:
            raise RuleTooLarge("", f"more than {MOST_PARTS} parts")
        match expression:
            case bool() | str() | int():
                return _Part(operations.constant(expression), is_constant=True)
            case float() if expression.is_integer():
                # JSON's 2.0 is an integer, as it is in JavaScript.
                return _Part(operations.constant(int(expression)), is_constant=True)
            case list():
                return self._array(expression, place)
            case dict():
                return _Part(self._operation(expression, place))
            case _:
                raise _broken(place, "neither a boolean, an integer, text, an array nor an operation")

    def _array(self, items: list[Any], place: Place) -> _Part:
        parts = [self.part(item, (*place, "", number)) for number, item in enumerate(items)]
        runs = [part.run for part in parts]
        if all(part.is_constant for part in parts):
            return _Part(operations.constant([run(None, Steps(0)) for run in runs]), is_constant=True)
        return _Part(operations.array(runs))

    def _operation(self, expression: dict[Any, Any], place: Place) -> Run:
        if len(expression) != 1:
            raise _broken(place, f"an operation has one key, this has {len(expression)}")
        ((name, operands),) = expression.items()
        if name == "var":
            return operations.var(_path(operands, (*place, "var")))
        if not isinstance(operands, list):
            raise _broken(place, 'not of the form {"operator": [operands]}')
        _check_operands(name, operands, place)
        return self._run_of(name, operands, (*place, name))

    def _run_of(self, name: str, operands: list[Any], place: Place) -> Run:
        match name:
            case "plusTime":
                amount, unit = _amount(operands[1], place), _unit(operands[2], place)
                return self._plus_time(operands[0], amount, unit, place)
            case "extractFromUVCI":
                return operations.uci_fragment(
                    self.part(operands[0], (*place, 0)).run, _amount(operands[1], place)
                )
            case "reduce":
                return self._reduction(operands, place)
            case _:
                runs = [self.part(operand, (*place, number)).run for number, operand in enumerate(operands)]
                return _plain(name, runs)

    def _plus_time(self, date: Value, amount: int, unit: str, place: Place) -> Run:
        return operations.plus_time(self.part(date, (*place, 0)).run, amount, unit)

    def _reduction(self, operands: list[Any], place: Place) -> Run:
        operand = self.part(operands[0], (*place, 0)).run
        before = self.parts
        each = self.part(operands[1], (*place, 1)).run
        parts = self.parts - before
        return operations.reduction(operand, each, self.part(operands[2], (*place, 2)).run, parts=parts)


def _plain(name: str, runs: list[Run]) -> Run:
    """The operations all of whose operands are expressions."""
    match name:
        case "if":
            return operations.if_then_else(*runs)
        case "and":
            return operations.conjunction(runs)
        case "!":
            return operations.negation(*runs)
        case "===":
            return operations.equality(*runs)
        case "in":
            return operations.membership(*runs)
        case "+":
            return operations.addition(*runs)
        case "dccDateOfBirth":
            return operations.birth(*runs)
        case _:
            return operations.ordering(name, runs)


def _check_operands(name: str, operands: list[Any], place: Place) -> None:
    if name not in _NUMBER_OF_OPERANDS:
        raise _broken(place, "an operator that CertLogic does not have")
    least, most = _NUMBER_OF_OPERANDS[name]
    if len(operands) < least or (most is not None and len(operands) > most):
        wanted = f"{least}" if most == least else f"{least} or more" if most is None else f"{least} or {most}"
        raise _broken((*place, name), f"takes {wanted} operands, not {len(operands)}")


def _path(path: Value, place: Place) -> str:
    if not isinstance(path, str) or not _PATH.fullmatch(path):
        raise _broken(place, "a path is text: names and numbers with a dot between each two")
    return path


def _amount(amount: Value, place: Place) -> int:
    if isinstance(amount, float) and amount.is_integer():
        amount = int(amount)
    if type(amount) is not int or abs(amount) >= 2**53:
        raise _broken((*place, 1), "not an integer")
    return amount


def _unit(unit: Value, place: Place) -> str:
    if not isinstance(unit, str) or unit not in UNITS:
        raise _broken((*place, 2), f"a unit is one of {', '.join(UNITS)}")
    return unit


def _broken(place: Place, reason: str) -> RuleBroken:
    return RuleBroken(_where(place), reason)


def _where(place: Place) -> str:
    """``if[1].plusTime[2]``"""
    text = ""
    for step in place:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step:
            text += f".{step}" if text else step
    return text
