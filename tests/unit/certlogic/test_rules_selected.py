"""Which rules apply, what they say, and what follows from all of them together."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from schemas.policy.certlogic import (
    CertificateType,
    OpenReason,
    Rule,
    RuleOutcome,
    RuleType,
    compile_rule,
    conclusion,
    context_of,
    select,
    value_set_in,
)
from schemas.policy.certlogic.context import is_value_sets, kinds_in, pass_version_in

FROM = datetime(2021, 10, 5, 17, 0, tzinfo=UTC)
"""Midnight in Bến Tre."""
TO = FROM + timedelta(days=30)
ALL = frozenset(CertificateType)


def a_rule(identifier="TR-VN-0001", logic=True, **changes):
    document = {
        "Identifier": identifier,
        "Type": "Acceptance",
        "Country": "VN",
        "Version": "1.0.0",
        "SchemaVersion": "1.0.0",
        "Engine": "CERTLOGIC",
        "EngineVersion": "1.3.3",
        "CertificateType": "Test",
        "Description": [
            {"lang": "vi", "desc": "Xét nghiệm trong 72 giờ"},
            {"lang": "en", "desc": "Test under 72 h"},
        ],
        "ValidFrom": FROM.isoformat(),
        "ValidTo": TO.isoformat(),
        "AffectedFields": ["t.0"],
        "Logic": logic,
    }
    return Rule.model_validate_json(json.dumps(document | changes))


def compiled(*args, **changes):
    return compile_rule(a_rule(*args, **changes))


def selected(*rules, at=FROM, country="VN", kinds=ALL, **where):
    return [
        (rule.identifier, rule.rule.version)
        for rule in select(rules, at=at, country=country, kinds=kinds, **where)
    ]


@pytest.mark.parametrize(
    ("at", "applies"),
    [
        (FROM - timedelta(milliseconds=1), False),  # 23:59 local
        (FROM, True),  # 00:00 local
        (TO, True),  # the last instant
        (TO + timedelta(milliseconds=1), False),
    ],
)
def test_a_rule_applies_from_its_first_to_its_last_instant(at, applies):
    assert bool(selected(compiled(), at=at)) is applies


def test_of_one_rule_the_highest_version_in_force_applies():
    rules = [
        compiled(Version="1.9.0"),
        compiled(Version="1.10.0"),  # a number, not a text
        compiled(Version="2.0.0", ValidFrom=(FROM + timedelta(days=1)).isoformat()),
    ]
    assert selected(*rules) == [("TR-VN-0001", "1.10.0")]
    assert selected(*rules, at=FROM + timedelta(days=1)) == [("TR-VN-0001", "2.0.0")]


def test_a_rule_applies_to_its_kind_of_pass_and_a_general_one_to_all():
    rules = [
        compiled(),
        compiled("GR-VN-0001", CertificateType="General"),
        compiled("VR-VN-1", CertificateType="Vaccination"),
    ]
    assert selected(*rules, kinds={CertificateType.TEST}) == [("TR-VN-0001", "1.0.0"), ("GR-VN-0001", "1.0.0")]
    assert selected(*rules, kinds=()) == [("GR-VN-0001", "1.0.0")]


def test_acceptance_is_the_place_of_arrivals_and_invalidation_the_issuers():
    rules = [
        compiled(),
        compiled("TR-FR-0001", Country="FR"),
        compiled("IR-FR-0001", Country="FR", Type="Invalidation"),
    ]
    assert selected(*rules, issuer_country="FR") == [("TR-VN-0001", "1.0.0"), ("IR-FR-0001", "1.0.0")]
    assert selected(*rules) == [("TR-VN-0001", "1.0.0")]


def test_a_rule_of_a_region_applies_there_only():
    rules = [compiled(), compiled("TR-VN-0002", Region="83")]
    assert len(selected(*rules, region="83")) == 2
    assert len(selected(*rules, region="79")) == len(selected(*rules)) == 1


@pytest.mark.parametrize(
    ("logic", "outcome", "reason"),
    [
        (True, RuleOutcome.PASSED, None),
        (False, RuleOutcome.FAILED, None),
        ({"var": "payload.nothing"}, RuleOutcome.FAILED, None),
        (1, RuleOutcome.OPEN, OpenReason.NOT_A_BOOLEAN),  # truthy was not meant as an answer
        ({"plusTime": ["x", 0, "day"]}, RuleOutcome.OPEN, OpenReason.NOT_EVALUABLE),
        ({"plusTime": ["2021", 0, "day"]}, RuleOutcome.OPEN, OpenReason.NOT_EVALUABLE),
    ],
)
def test_only_true_passes(logic, outcome, reason):
    result = compiled(logic=logic).result({"payload": {}})
    assert (result.outcome, result.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("changes", "pass_version", "reason"),
    [
        ({}, (1, 0, 0), None),
        ({"SchemaVersion": "1.3.0"}, (1, 3, 0), None),
        ({"SchemaVersion": "1.3.0"}, (1, 2, 1), OpenReason.OTHER_SCHEMA),
        ({"SchemaVersion": "2.0.0"}, (1, 3, 0), OpenReason.OTHER_SCHEMA),
        ({}, (2, 0, 0), OpenReason.OTHER_SCHEMA),
        ({"Engine": "AT-METADATA"}, None, OpenReason.OTHER_ENGINE),
        ({"EngineVersion": "1.4.0"}, None, OpenReason.NEWER_ENGINE),
        ({"EngineVersion": "0.7.5"}, None, None),
    ],
)
def test_a_rule_made_for_something_else_is_open_and_not_failed(changes, pass_version, reason):
    assert compiled(**changes).result({}, pass_version=pass_version).reason == reason


def test_no_rule_failed_is_not_accepted():
    passed, failed, opened = (compiled(logic=logic).result({}) for logic in (True, False, 1))
    invalidation = compiled("IR-VN-0001", Type="Invalidation").result({})
    assert invalidation.type is RuleType.INVALIDATION
    assert conclusion([]) is RuleOutcome.OPEN
    assert conclusion([invalidation]) is RuleOutcome.OPEN  # nothing was asked for by whoever lets in
    assert conclusion([passed, invalidation]) is RuleOutcome.PASSED
    assert conclusion([passed, opened]) is RuleOutcome.OPEN
    assert conclusion([passed, opened, failed]) is RuleOutcome.FAILED


@pytest.mark.parametrize(
    "changes",
    [{"Country": "Vietnam"}, {"Version": "1"}, {"ValidTo": "2021-01-01T00:00:00Z"}, {"ValidFrom": "2021-10-05"},
     {"CertificateType": "Paper"}, {"Description": []}, {"Identifier": "../x"}],
)  # fmt: skip
def test_a_rule_that_is_not_one_is_refused(changes):
    with pytest.raises(ValidationError):
        a_rule(**changes)


def test_the_context_carries_the_clock_it_is_given():
    context = context_of({"t": [{}]}, at=FROM, value_sets={"x": ["1"]}, issuer_country="VN", issued_at=FROM)
    assert context == {
        "payload": {"t": [{}]},
        "external": {
            "validationClock": "2021-10-05T17:00:00.000Z",
            "valueSets": {"x": ["1"]},
            "issuerCountryCode": "VN",
            "iat": "2021-10-05T17:00:00.000Z",
        },
    }


def test_the_kinds_and_version_of_a_pass_are_those_of_its_entries():
    assert kinds_in({"v": None, "t": [{}], "r": []}) == {CertificateType.TEST}
    assert [pass_version_in({"ver": ver}) for ver in ("1.3.0", "1.3", None, "1.x.0")] == [
        (1, 3, 0),
        None,
        None,
        None,
    ]


def test_a_value_set_of_the_eu_is_its_codes():
    assert value_set_in({"valueSetId": "x", "valueSetValues": {"a": {}, "b": {}}}) == ("x", ["a", "b"])
    with pytest.raises(ValueError, match="valueSetId"):
        value_set_in({"x": ["a"]})
    assert is_value_sets({"x": ["a"]})
    assert not is_value_sets({"x": "a"})


def test_the_sentence_to_read_out_is_in_the_language_asked_for():
    assert a_rule().text("vi") == "Xét nghiệm trong 72 giờ"
    assert a_rule().text("fr") == "Test under 72 h"
