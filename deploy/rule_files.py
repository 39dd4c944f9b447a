"""Rules, claims and value sets from files, in CertLogic's own JSON. Runs nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from deploy.documents import DocumentRefused, first_fault, json_in
from schemas.passes import health
from schemas.passes.claims import HealthClaims
from schemas.policy.certlogic import CompiledRule, Expression, Rule, RuleBroken, compile_rule, value_set_in
from schemas.policy.certlogic.context import is_value_sets

_HCERT, _EU_PASS = -260, 1


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing to evaluate: a rule, or a bare expression, which no rule names."""

    name: str
    rule: CompiledRule | None
    expression: Expression


def rules_in(paths: Iterable[Path]) -> list[Asked]:
    """Everything in the files and folders. Raises DocumentRefused with the file, the field and the reason."""
    asked: list[Asked] = []
    for path in paths:
        asked += _in_folder(path) if path.is_dir() else _in_document(path, json_in(path))
    if not asked:
        raise DocumentRefused("There is no rule in what was given by --rules.")
    return asked


def _in_folder(folder: Path) -> list[Asked]:
    """The rules in it, whatever else lies beside them (their tests, value sets)."""
    documents = ((path, json_in(path)) for path in sorted(folder.rglob("*.json")))
    return [asked for path, document in documents if _is_rules(document) for asked in _in_document(path, document)]


def _in_document(path: Path, document: Any) -> list[Asked]:
    if not _is_rules(document):
        return [_bare(path, document)]
    return [_rule(path, rule) for rule in (document if isinstance(document, list) else [document])]


def _is_rules(document: Any) -> bool:
    rules = document if isinstance(document, list) else [document]
    return bool(rules) and all(isinstance(rule, dict) and "Logic" in rule for rule in rules)


def _rule(path: Path, document: dict[str, Any]) -> Asked:
    try:
        compiled = compile_rule(Rule.model_validate_json(json.dumps(document)))
    except ValidationError as exc:
        raise DocumentRefused(f"{path} has a rule that is none: {first_fault(exc)}.") from exc
    except RuleBroken as exc:
        raise DocumentRefused(f"{path} has a rule whose Logic is not CertLogic: {exc}.") from exc
    return Asked(compiled.identifier, compiled, compiled.expression)


def _bare(path: Path, document: Any) -> Asked:
    try:
        return Asked(path.name, None, Expression(document))
    except RuleBroken as exc:
        raise DocumentRefused(f"{path} is not CertLogic: {exc}.") from exc


def claims_in(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The pass's ``payload``, and what of ``external`` stands beside it.

    Takes a payload itself, an object with ``payload`` and perhaps ``external`` (as the rules' shared tests
    have it), or a line that ``pass read --show-person`` printed for a health pass.
    """
    document = json_in(path)
    if not isinstance(document, dict):
        raise DocumentRefused(f"{path} holds no claims: they are one JSON object.")
    if "claims" in document and "status" in document:
        return _claims_of_reading(path, document["claims"]), {}
    if "payload" not in document:
        return document, {}
    payload, external = document["payload"], document.get("external") or {}
    if not isinstance(payload, dict) or not isinstance(external, dict):
        raise DocumentRefused(f"{path}: payload and external are objects.")
    return payload, external


def _claims_of_reading(path: Path, claims: Any) -> dict[str, Any]:
    try:
        read = HealthClaims.model_validate_json(json.dumps(claims))
    except ValidationError as exc:
        raise DocumentRefused(
            f"{path} is a reading without the claims of a health pass; print it with --show-person."
        ) from exc
    payload: Any = health.payload_of(read)[_HCERT]
    eu_pass: dict[str, Any] = payload[_EU_PASS]
    return eu_pass


def value_sets_in(paths: Iterable[Path]) -> dict[str, list[str]]:
    """By id: the EU's documents, or objects of lists. A folder's other JSON is passed over."""
    value_sets: dict[str, list[str]] = {}
    for path in paths:
        if path.is_dir():
            for inside in sorted(path.rglob("*.json")):
                document = json_in(inside)
                if _is_value_set(document):
                    value_sets |= _value_sets(inside, document)
        else:
            value_sets |= _value_sets(path, json_in(path))
    return value_sets


def _is_value_set(document: Any) -> bool:
    return isinstance(document, Mapping) and "valueSetId" in document


def _value_sets(path: Path, document: Any) -> dict[str, list[str]]:
    if _is_value_set(document):
        try:
            return dict([value_set_in(document)])
        except ValueError as exc:
            raise DocumentRefused(f"{path}: {exc}.") from exc
    if not is_value_sets(document):
        raise DocumentRefused(f"{path} is no value set: neither valueSetId and valueSetValues, nor lists by id.")
    return {id_: list(codes) for id_, codes in document.items()}
