"""CertLogic's own test suites (Apache-2.0): every active assertion, and every case of the validation suite."""

import json

import pytest

from schemas.policy.certlogic import Expression, RuleBroken
from schemas.policy.certlogic.moments import Moment
from tests.shared_data import DATA, needs

pytestmark = needs("certlogic")

SUITE = DATA / "certlogic" / "testSuite"
VALIDATION = DATA / "certlogic" / "validation-testSuite"


def is_active(*levels: dict) -> bool:
    return all(level.get("directive") != "skip" for level in levels)


def active_assertions():
    for path in sorted(SUITE.glob("*.json")):
        suite = json.loads(path.read_text("utf-8"))
        for case in suite["cases"]:
            for assertion in case["assertions"]:
                if is_active(suite, case, assertion):
                    expression = assertion.get("certLogicExpression", case.get("certLogicExpression"))
                    yield f"{path.stem}: {case['name']}", expression, assertion["data"], assertion["expected"]


def test_every_active_assertion_holds():
    wrong, count = [], 0
    for name, expression, data, expected in active_assertions():
        count += 1
        value = Expression(expression).evaluate(data)
        if not is_same_json(str(value) if isinstance(value, Moment) else value, expected):
            wrong.append((name, data, value))
    assert count >= 218
    assert wrong == []


def is_same_json(one: object, other: object) -> bool:
    """To Python ``1 == True``; to JSON not."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


@pytest.mark.parametrize(
    "path", sorted(VALIDATION.glob("*.json")) if VALIDATION.is_dir() else [], ids=lambda p: p.stem
)
def test_what_the_validation_suite_calls_broken_is_refused_and_nothing_else(path):
    for case in json.loads(path.read_text("utf-8"))["cases"]:
        if case["issues"]:
            with pytest.raises(RuleBroken):
                Expression(case["certLogicExpression"])
        else:
            Expression(case["certLogicExpression"])
