"""Which rules apply to a pass at a place and an instant, as the EU's rule language selects them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from schemas.policy.certlogic.rule import CertificateType, CompiledRule, RuleType


def select(
    rules: Iterable[CompiledRule],
    *,
    at: datetime,
    country: str,
    kinds: Collection[CertificateType],
    issuer_country: str | None = None,
    region: str | None = None,
) -> tuple[CompiledRule, ...]:
    """The rules that apply, in the order given, each identifier once: its highest version in force.

    Acceptance rules are those of ``country``, where the person arrives; invalidation rules those of
    ``issuer_country``, where the pass was made. ``kinds``: of the pass's entries; general rules apply
    to every kind. A rule for a region applies only in that ``region``.
    """
    chosen: dict[tuple[RuleType, str], CompiledRule] = {}
    for rule in rules:
        if (
            rule.country == (country if rule.type is RuleType.ACCEPTANCE else issuer_country)
            and (rule.certificate_type in kinds or rule.certificate_type is CertificateType.GENERAL)
            and rule.valid_from <= at <= rule.valid_to
            and (rule.region is None or rule.region == region)
        ):
            key = (rule.type, rule.identifier)
            other = chosen.get(key)
            if other is None or rule.version > other.version:
                chosen[key] = rule
    return tuple(chosen.values())
