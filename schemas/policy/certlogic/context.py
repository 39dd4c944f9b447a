"""The data that rules see: ``payload`` is the pass, ``external`` what the verifier adds. Reads no clock."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from schemas.bounded import instant_text
from schemas.policy.certlogic.rule import CertificateType, Version

_GROUPS = {"v": CertificateType.VACCINATION, "t": CertificateType.TEST, "r": CertificateType.RECOVERY}


def context_of(
    payload: Mapping[str, Any],
    *,
    at: datetime,
    value_sets: Mapping[str, Sequence[str]],
    country: str | None = None,
    issuer_country: str | None = None,
    key_id: str | None = None,
    issued_at: datetime | None = None,
    valid_until: datetime | None = None,
    region: str | None = None,
) -> dict[str, Any]:
    """The context for ``payload`` judged as of ``at``, with the EU's names. What is not known is left out."""
    known = {
        "countryCode": country,
        "issuerCountryCode": issuer_country,
        "kid": key_id,
        "iat": instant_text(issued_at) if issued_at else None,
        "exp": instant_text(valid_until) if valid_until else None,
        "region": region,
    }
    external: dict[str, Any] = {"validationClock": instant_text(at), "valueSets": value_sets}
    external |= {name: value for name, value in known.items() if value is not None}
    return {"payload": payload, "external": external}


def kinds_in(payload: Mapping[str, Any]) -> frozenset[CertificateType]:
    """The kinds of the entries that a pass has."""
    return frozenset(kind for group, kind in _GROUPS.items() if payload.get(group))


def pass_version_in(payload: Mapping[str, Any]) -> Version | None:
    """The version of the pass's schema; None when it states none that can be read."""
    stated = payload.get("ver")
    numbers = stated.split(".") if isinstance(stated, str) else []
    if len(numbers) != 3 or not all(
        number.isascii() and number.isdigit() and len(number) < 7 for number in numbers
    ):
        return None
    major, minor, patch = map(int, numbers)
    return major, minor, patch


def value_set_in(document: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The id and the codes of one of the EU's value sets. Raises ValueError when it is none."""
    id_, values = document.get("valueSetId"), document.get("valueSetValues")
    if not isinstance(id_, str) or not isinstance(values, Mapping):
        raise ValueError("a value set has valueSetId and valueSetValues")
    return id_, [str(code) for code in values]


def is_value_sets(document: object) -> bool:
    """Whether ``document`` has the form of ``external.valueSets``: lists of codes by id."""
    return isinstance(document, Mapping) and all(
        isinstance(codes, Collection) and not isinstance(codes, str | Mapping) for codes in document.values()
    )
