"""Why a rule gives no value. Never carries any of the data: it may name a person.

CertLogicError
 ├─ RuleBroken          the rule is not CertLogic: found before anything is evaluated
 │   └─ RuleTooLarge    too deep, or too many parts
 └─ RuleNotEvaluable    with these data: a type that does not fit, a time that is none
     └─ TooManySteps    it would take too long
"""

from __future__ import annotations


class CertLogicError(Exception):
    """A rule, or a rule with its data, has no value."""


class RuleBroken(CertLogicError):
    """``where`` is the place in the rule (``if[1].plusTime[2]``), ``reason`` a sentence about it."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where or 'the rule'}: {reason}")
        self.where = where
        self.reason = reason


class RuleTooLarge(RuleBroken):
    """No real rule comes near the bounds."""


class RuleNotEvaluable(CertLogicError):
    """The types of the data do not fit, and the specification calls that an error."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TooManySteps(RuleNotEvaluable):
    """The rule would take more steps with these data than it was given."""

    def __init__(self) -> None:
        super().__init__("more steps than a rule may take")
