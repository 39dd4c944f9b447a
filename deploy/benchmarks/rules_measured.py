"""The rules that are measured: real ones where the shared test data are, else some of our own like them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deploy.home import CHECKOUT
from schemas.policy.certlogic import CompiledRule, Rule, compile_rule

REAL_RULES = CHECKOUT.parent / "shared" / "data" / "business-rules"
IN_BUNDLE = 60


@dataclass(frozen=True, slots=True)
class MeasuredRule:
    rule: CompiledRule
    context: dict[str, Any]


def rules_measured(real: Path = REAL_RULES) -> tuple[str, list[MeasuredRule]]:
    """Where they are from, and each rule with data that it is made for."""
    found = _real(real) if real.is_dir() else []
    return ("business-rules of the shared test data", found) if found else ("our own samples", _samples())


def bundle_of(measured: list[MeasuredRule]) -> list[CompiledRule]:
    """Sixty rules of one place, all in force: more kinds than one occupant's pass has."""
    rules = []
    for number in range(IN_BUNDLE):
        rule = measured[number * len(measured) // IN_BUNDLE % len(measured)].rule.rule
        prefix = rule.identifier[:2]
        changed = {"identifier": f"{prefix}-VN-{number:04}", "country": "VN", "valid_from": _FROM, "valid_to": _TO}
        rules.append(compile_rule(rule.model_copy(update=changed)))
    return rules


def _real(folder: Path) -> list[MeasuredRule]:
    found = []
    for path in sorted(folder.glob("*/*/rule.json")):
        # The last test of a rule goes furthest into it; the first is an empty pass.
        tests = sorted(path.parent.glob("tests/*.json"))
        if tests:
            test = json.loads(tests[-1].read_text("utf-8"))
            rule = compile_rule(Rule.model_validate_json(path.read_bytes()))
            found.append(MeasuredRule(rule, {"payload": test["payload"], "external": test["external"]}))
    return found


_CLOCK = {"plusTime": [{"var": "external.validationClock"}, 0, "day"]}


def _within(path: str, amount: int, unit: str) -> dict[str, Any]:
    return {"not-after": [_CLOCK, {"plusTime": [{"var": path}, amount, unit]}]}


def _of(group: str, logic: dict[str, Any]) -> dict[str, Any]:
    return {"if": [{"var": f"payload.{group}.0"}, logic, True]}


_OF_A_PCR = {"===": [{"var": "payload.t.0.tt"}, "LP6464-4"]}
_ALL_DOSES = {">=": [{"var": "payload.v.0.dn"}, {"var": "payload.v.0.sd"}]}
_LOGIC = {
    "Test": [
        _of("t", {"in": [{"var": "payload.t.0.tt"}, ["LP6464-4", "LP217198-3"]]}),
        _of("t", {"===": [{"var": "payload.t.0.tr"}, "260415000"]}),
        _of("t", {"if": [_OF_A_PCR, _within("payload.t.0.sc", 72, "hour"), True]}),
    ],
    "Vaccination": [
        _of("v", {"and": [_ALL_DOSES, _within("payload.v.0.dt", 1, "year")]}),
        _of("v", {"not-before": [_CLOCK, {"plusTime": [{"var": "payload.v.0.dt"}, 14, "day"]}]}),
    ],
    "Recovery": [_of("r", _within("payload.r.0.fr", 6, "month"))],
}
_PAYLOADS: dict[str, dict[str, Any]] = {
    "Test": {"t": [{"tt": "LP6464-4", "tr": "260415000", "sc": "2021-10-05T08:00:00+07:00"}]},
    "Vaccination": {"v": [{"dn": 2, "sd": 2, "dt": "2021-08-01"}]},
    "Recovery": {"r": [{"fr": "2021-07-01"}]},
}
_FROM, _TO = datetime(2021, 7, 1, tzinfo=UTC), datetime(2030, 6, 1, tzinfo=UTC)


def _samples() -> list[MeasuredRule]:
    found = []
    for kind, logics in _LOGIC.items():
        for number, logic in enumerate(logics, 1):
            context = {"payload": _PAYLOADS[kind], "external": {"validationClock": "2021-10-06T05:00:00Z"}}
            found.append(MeasuredRule(compile_rule(_rule(f"{kind[0]}R-VN-{number:04}", kind, logic)), context))
    return found


def _rule(identifier: str, kind: str, logic: dict[str, Any]) -> Rule:
    document = {
        "Identifier": identifier,
        "Type": "Acceptance",
        "Country": "VN",
        "Version": "1.0.0",
        "SchemaVersion": "1.0.0",
        "Engine": "CERTLOGIC",
        "EngineVersion": "1.3.3",
        "CertificateType": kind,
        "Description": [{"lang": "en", "desc": "measured"}],
        "ValidFrom": _FROM.isoformat(),
        "ValidTo": _TO.isoformat(),
        "Logic": logic,
    }
    return Rule.model_validate_json(json.dumps(document))
