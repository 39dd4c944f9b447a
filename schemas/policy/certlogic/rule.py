"""A rule as the EU exchanges it, and the same rule compiled. Signs nothing and selects nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import ConfigDict, Field, model_validator
from pydantic.alias_generators import to_pascal

from schemas.bounded import Instant, Text40, Text100, Wire
from schemas.policy.certlogic.errors import RuleNotEvaluable
from schemas.policy.certlogic.expression import SPECIFICATION, Expression
from schemas.policy.certlogic.results import OpenReason, RuleOutcome, RuleResult, Said
from schemas.policy.certlogic.values import truth_of

Version = tuple[int, int, int]

_SemVer = Annotated[str, Field(pattern=r"^\d{1,6}\.\d{1,6}\.\d{1,6}$")]
_Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
_ENGINE = "CERTLOGIC"


class RuleType(StrEnum):
    ACCEPTANCE = "Acceptance"
    """Of the place of arrival: who may come in."""
    INVALIDATION = "Invalidation"
    """Of the issuer: which of its own passes count no more."""


class CertificateType(StrEnum):
    GENERAL = "General"
    """A rule for passes of every kind."""
    VACCINATION = "Vaccination"
    TEST = "Test"
    RECOVERY = "Recovery"


class RuleText(Wire):
    """What the rule says, in one language."""

    lang: Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Za-z]{2})?$")]
    desc: Annotated[str, Field(min_length=1, max_length=2000)]


class Rule(Wire):
    """Field names as in the EU's JSON: ``Identifier``, ``ValidFrom`` and so on."""

    model_config = ConfigDict(alias_generator=to_pascal, validate_by_name=True)

    identifier: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")]
    type: RuleType
    country: _Country
    region: Text40 | None = None
    """Part of the country where it holds; everywhere in it when absent."""
    version: _SemVer
    schema_version: _SemVer
    engine: Text40
    engine_version: _SemVer
    certificate_type: CertificateType
    description: Annotated[tuple[RuleText, ...], Field(min_length=1, max_length=60)]
    valid_from: Instant
    valid_to: Instant
    """The last instant of its validity."""
    affected_fields: tuple[Text100, ...] = ()
    logic: Any

    @model_validator(mode="after")
    def _in_order(self) -> Rule:
        if self.valid_to < self.valid_from:
            raise ValueError("the rule ends before it begins")
        return self

    def text(self, language: str) -> str:
        """The description in ``language``, else in English, else the first."""
        texts = {text.lang: text.desc for text in self.description}
        return texts.get(language) or texts.get("en") or self.description[0].desc


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule ready for use: what selecting and running ask for, and nothing that needs parsing."""

    rule: Rule
    expression: Expression
    version: Version
    schema_version: Version
    identifier: str
    type: RuleType
    certificate_type: CertificateType
    country: str
    region: str | None
    valid_from: datetime
    valid_to: datetime
    open_reason: OpenReason | None
    """Why this rule cannot be run here whatever the pass: another engine, or a newer one."""

    def result(self, context: Mapping[str, Any], *, pass_version: Version | None = None) -> RuleResult:
        """What the rule says of ``context`` (``context.context_of``). Raises nothing.

        ``pass_version``: that of the pass's schema. A rule made for another is open, not failed.
        """
        open_reason = self.open_reason or self._unfit_for(pass_version)
        said = Said(RuleOutcome.OPEN, open_reason) if open_reason else said_by(self.expression, context)
        return RuleResult(self.identifier, self.type, said)

    def _unfit_for(self, pass_version: Version | None) -> OpenReason | None:
        if pass_version is None:
            return None
        if pass_version[0] != self.schema_version[0] or pass_version < self.schema_version:
            return OpenReason.OTHER_SCHEMA
        return None


_SAID_TRUE = Said(RuleOutcome.PASSED, value=True)
_SAID_FALSE = Said(RuleOutcome.FAILED, value=False)


def said_by(expression: Expression, data: Any) -> Said:
    """What an expression says as a rule. Raises nothing.

    Only ``true`` passes. What is truthy otherwise was not meant as an answer: open, not passed.
    """
    try:
        value = expression.evaluate(data)
        if value is True:
            return _SAID_TRUE
        if value is False:
            return _SAID_FALSE
        if truth_of(value):
            return Said(RuleOutcome.OPEN, OpenReason.NOT_A_BOOLEAN, value=value)
    except RuleNotEvaluable as exc:
        return Said(RuleOutcome.OPEN, OpenReason.NOT_EVALUABLE, detail=exc.reason)
    return Said(RuleOutcome.FAILED, value=value)


def compile_rule(rule: Rule) -> CompiledRule:
    """Raises RuleBroken with the place in the rule's logic and the reason."""
    return CompiledRule(
        rule=rule,
        expression=Expression(rule.logic),
        version=version_of(rule.version),
        schema_version=version_of(rule.schema_version),
        identifier=rule.identifier,
        type=rule.type,
        certificate_type=rule.certificate_type,
        country=rule.country,
        region=rule.region,
        valid_from=rule.valid_from,
        valid_to=rule.valid_to,
        open_reason=_open_reason(rule),
    )


def _open_reason(rule: Rule) -> OpenReason | None:
    if rule.engine != _ENGINE:
        return OpenReason.OTHER_ENGINE
    return OpenReason.NEWER_ENGINE if version_of(rule.engine_version) > SPECIFICATION else None


def version_of(text: str) -> Version:
    major, minor, patch = (int(number) for number in text.split("."))
    return major, minor, patch
