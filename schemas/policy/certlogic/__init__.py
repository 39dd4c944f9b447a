"""CertLogic 1.3.3, the EU's rule language: rules compiled once to closures, and selected by place, kind and time.

Pure and bounded: the clock is passed in, and whatever a rule or its data holds, it ends in a value or in
a named error (``errors``). Our own, because no library does it well in Python.
"""

from schemas.policy.certlogic.context import context_of, value_set_in
from schemas.policy.certlogic.errors import (
    CertLogicError,
    RuleBroken,
    RuleNotEvaluable,
    RuleTooLarge,
    TooManySteps,
)
from schemas.policy.certlogic.expression import MAX_STEPS, SPECIFICATION, Expression
from schemas.policy.certlogic.results import OpenReason, RuleOutcome, RuleResult, Said, conclusion
from schemas.policy.certlogic.rule import CertificateType, CompiledRule, Rule, RuleType, compile_rule, said_by
from schemas.policy.certlogic.selection import select

__all__ = [
    "MAX_STEPS",
    "SPECIFICATION",
    "CertLogicError",
    "CertificateType",
    "CompiledRule",
    "Expression",
    "OpenReason",
    "Rule",
    "RuleBroken",
    "RuleNotEvaluable",
    "RuleOutcome",
    "RuleResult",
    "RuleTooLarge",
    "RuleType",
    "Said",
    "TooManySteps",
    "compile_rule",
    "conclusion",
    "context_of",
    "said_by",
    "select",
    "value_set_in",
]
