"""Real acceptance rules of eight issuers with their tests (Apache-2.0), and the cases of an app that ran them."""

import json
from base64 import b64encode
from collections import Counter
from datetime import UTC, datetime

import pytest

from schemas.passes import envelope
from schemas.policy.certlogic import (
    CompiledRule,
    Rule,
    RuleOutcome,
    compile_rule,
    context_of,
    select,
    value_set_in,
)
from schemas.policy.certlogic.context import kinds_in
from tests.shared_data import DATA, needs

RULES = DATA / "business-rules"
APP_CASES = DATA / "cwa" / "dcc-validation-rules-common-test-cases.json"


def compiled(document: dict) -> CompiledRule:
    return compile_rule(Rule.model_validate_json(json.dumps(document)))


@pytest.fixture(scope="module")
def rules() -> dict[str, CompiledRule]:
    return {
        path.parent.name: compiled(json.loads(path.read_text("utf-8")))
        for path in sorted(RULES.glob("*/*/rule.json"))
    }


@needs("business-rules")
def test_every_rule_test_comes_out_as_its_authors_expect(rules):
    """Without regard to the rules' own validity: 587 of the tests use a clock outside it, or none."""
    wrong, count = [], 0
    for path in sorted(RULES.glob("*/*/tests/*.json")):
        test = json.loads(path.read_text("utf-8"))
        context = {"payload": test["payload"], "external": test["external"]}
        result = rules[path.parents[1].name].result(context)
        count += 1
        if result.outcome is not (RuleOutcome.PASSED if test["expected"] else RuleOutcome.FAILED):
            wrong.append((str(path.relative_to(RULES)), result))
    assert count >= 800
    assert wrong == []


@needs("business-rules")
def test_selecting_leaves_the_rules_of_one_place_and_one_kind(rules):
    at = datetime(2021, 10, 6, tzinfo=UTC)
    selected = select(rules.values(), at=at, country="DE", kinds=kinds_in({"t": [{}]}))
    assert Counter((rule.country, rule.certificate_type) for rule in selected) == {("DE", "Test"): 5}


@needs("value-sets")
def test_the_value_sets_are_those_that_the_rules_name():
    found = {}
    for path in sorted((DATA / "value-sets").glob("*.json")):
        document = json.loads(path.read_text("utf-8"))
        if "valueSetValues" in document:
            found |= dict([value_set_in(document)])
    assert found["disease-agent-targeted"] == ["840539006"]
    assert {"covid-19-lab-test-type", "vaccines-covid-19-names"} <= found.keys()


@needs("cwa")
def test_an_apps_cases_see_the_same_key_times_and_issuer():
    """Those of its cases that do not rest on its own copy of the value sets."""
    cases = [
        case
        for case in json.loads(APP_CASES.read_text("utf-8"))["testCases"]
        if "ValueSets" not in case["description"]
    ]
    assert len(cases) == 6
    for case in cases:
        assert outcomes(case) == (case["expPass"], case["expFail"], case["expOpen"]), case["description"]


def outcomes(case: dict) -> tuple[int, int, int]:
    opened = envelope.opened(case["dcc"], "HC1:")
    payload = as_json(opened.payload[-260][1])
    at = datetime.fromtimestamp(case["validationClock"], UTC)
    context = context_of(
        payload,
        at=at,
        value_sets={},
        country=case["countryOfArrival"],
        issuer_country=opened.payload[1],
        key_id=base64_of(opened.key_id),
        issued_at=datetime.fromtimestamp(opened.payload[6], UTC),
        valid_until=datetime.fromtimestamp(opened.payload[4], UTC),
    )
    selected = select(
        map(compiled, case["rules"]), at=at, country=case["countryOfArrival"], kinds=kinds_in(payload)
    )
    counted = Counter(rule.result(context).outcome for rule in selected)
    return counted[RuleOutcome.PASSED], counted[RuleOutcome.FAILED], counted[RuleOutcome.OPEN]


def as_json(value):
    return json.loads(json.dumps(value, default=lambda at: at.isoformat()))


def base64_of(key_id: bytes) -> str:
    return b64encode(key_id).decode("ascii")
