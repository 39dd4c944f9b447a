"""The contents of a health pass: the EU's schema, and what the province adds beside it.

Reads leniently what a genuine signature covers (real issuers stray from the schema), and
refuses only what would leave nothing to decide on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from schemas.bounded import instant_text
from schemas.passes import loose
from schemas.passes.claims import HealthClaims, HealthEntry, PersonClaims
from schemas.passes.kinds import ReadingReason, Step
from schemas.passes.persons import person_from, person_map
from schemas.passes.refusals import PassRejected
from schemas.passes.trust_list import KeyUsage
from schemas.words import TestBasis, TestKind, TestOutcome

PREFIX: Final = "HC1:"
MOST_ENTRIES: Final = 10
"""The EU's rules want exactly one; some issuers put in a few."""

_HCERT = -260
_EU_PASS = 1
_PROVINCE = -65_640
"""Our own claim, in the range that CWT leaves to private use. Other verifiers pass over it."""
_PERSON, _BASIS, _COVERED, _TEST_KIND, _PERSON_PASS = 1, 2, 3, 4, 5

_TEST_KINDS: Final = {"LP6464-4": TestKind.PCR, "LP217198-3": TestKind.RAPID_ACCREDITED}
_OUTCOMES: Final = {"260373001": TestOutcome.POSITIVE, "260415000": TestOutcome.NEGATIVE}
_KINDS: Final = frozenset(TestKind)
_BASES: Final = frozenset(TestBasis)
_GROUPS: Final = {"v": "vaccination", "t": "test", "r": "recovery"}


def uses_in(payload: Mapping[object, object]) -> frozenset[KeyUsage]:
    """What the signing key must be allowed to sign: one use for each kind of entry, one for a person pass."""
    eu_pass, province = _eu_pass(payload), loose.mapping(payload.get(_PROVINCE))
    uses = frozenset(KeyUsage(usage) for group, usage in _GROUPS.items() if eu_pass.get(group))
    return uses | {KeyUsage.PERSON} if province.get(_PERSON_PASS) else uses


def claims_of(payload: Mapping[object, object], signature_hash: str) -> HealthClaims:
    """The claims of a pass whose signature was right. Raises PassRejected when it says nothing usable."""
    eu_pass, province = _eu_pass(payload), loose.mapping(payload.get(_PROVINCE))
    listed = [(group, entry) for group in _GROUPS for entry in loose.items(eu_pass.get(group))]
    if len(listed) > MOST_ENTRIES:
        raise PassRejected(Step.TIMES, ReadingReason.PASS_CLAIMS_BROKEN)
    try:
        entries = [_entry(entry, group, province) for group, entry in listed]
        person_pass = loose.text(province.get(_PERSON_PASS))
        if not entries and person_pass is None:
            raise PassRejected(Step.TIMES, ReadingReason.PASS_CLAIMS_BROKEN)
        return HealthClaims(
            person=_person(eu_pass, province),
            entries=tuple(entries),
            person_pass=person_pass,
            signature_hash=signature_hash,
        )
    except ValidationError:
        raise PassRejected(Step.TIMES, ReadingReason.PASS_CLAIMS_BROKEN) from None


def _eu_pass(payload: Mapping[object, object]) -> Mapping[object, object]:
    return loose.mapping(loose.mapping(payload.get(_HCERT)).get(_EU_PASS))


def _person(eu_pass: Mapping[object, object], province: Mapping[object, object]) -> PersonClaims:
    name = loose.mapping(eu_pass.get("nam"))
    family = loose.text(name.get("fn")) or loose.text(name.get("fnt"))
    given = loose.text(name.get("gn")) or loose.text(name.get("gnt"))
    return person_from(
        loose.mapping(province.get(_PERSON)),
        # Family name first, as every Vietnamese paper has it.
        name=loose.text(" ".join(part for part in (family, given) if part)),
        birth_date=loose.birth_date(eu_pass.get("dob")),
    )


def _entry(entry: Mapping[object, object], group: str, province: Mapping[object, object]) -> HealthEntry:
    fields: dict[str, Any] = {
        "entry": _GROUPS[group],
        "certificate_id": loose.text(entry.get("ci")),
        "disease": loose.text(entry.get("tg"), 40),
        "country": loose.text(entry.get("co"), 40),
        "issuer": loose.text(entry.get("is")),
    }
    match group:
        case "v":
            fields |= {
                "dose": loose.count(entry.get("dn")),
                "doses_needed": loose.count(entry.get("sd")),
                "product": loose.text(entry.get("mp")),
                "on": loose.text(entry.get("dt"), 40),
            }
        case "r":
            fields |= {
                "on": loose.text(entry.get("fr"), 40),
                "valid_from": loose.text(entry.get("df"), 40),
                "valid_until": loose.text(entry.get("du"), 40),
            }
        case _:
            fields |= _test_fields(entry, province)
    return HealthEntry.model_validate(fields)


def _test_fields(entry: Mapping[object, object], province: Mapping[object, object]) -> dict[str, Any]:
    kind, basis = loose.text(province.get(_TEST_KIND)), loose.text(province.get(_BASIS))
    return {
        "test_kind": kind if kind in _KINDS else _TEST_KINDS.get(loose.text(entry.get("tt")) or ""),
        "test_outcome": _OUTCOMES.get(loose.text(entry.get("tr")) or ""),
        "sampled_at": loose.instant(entry.get("sc")),
        "resulted_at": loose.instant(entry.get("dr")),
        "product": loose.text(entry.get("ma")) or loose.text(entry.get("nm")),
        "basis": basis if basis in _BASES else None,
        "covered": tuple(person_from(person) for person in loose.items(province.get(_COVERED))),
    }


def payload_of(claims: HealthClaims) -> dict[object, object]:
    """The claims of a new pass, without issuer and times. One test's kind, basis and group at most."""
    groups = {usage: group for group, usage in _GROUPS.items()}
    family, _, given = (claims.person.name or "").partition(" ")
    eu_pass: dict[object, object] = {
        "ver": "1.3.0",
        "nam": {"fn": family, "gn": given},
        "dob": claims.person.birth_date,
    }
    for usage, group in groups.items():
        listed = [_entry_map(entry) for entry in claims.entries if entry.entry == usage]
        if listed:
            eu_pass[group] = listed
    province = _province_map(claims)
    return {_HCERT: {_EU_PASS: eu_pass}} | ({_PROVINCE: province} if province else {})


def _entry_map(entry: HealthEntry) -> dict[str, object]:
    kinds = {kind: code for code, kind in _TEST_KINDS.items()}
    outcomes = {outcome: code for code, outcome in _OUTCOMES.items()}
    stated: dict[str, object] = {
        "ci": entry.certificate_id,
        "tg": entry.disease,
        "co": entry.country,
        "is": entry.issuer,
    }
    match entry.entry:
        case "vaccination":
            stated |= {"dn": entry.dose, "sd": entry.doses_needed, "mp": entry.product, "dt": entry.on}
        case "recovery":
            stated |= {"fr": entry.on, "df": entry.valid_from, "du": entry.valid_until}
        case "test":
            stated |= {
                "tt": kinds.get(entry.test_kind, kinds[TestKind.RAPID_ACCREDITED]) if entry.test_kind else None,
                "tr": outcomes.get(entry.test_outcome) if entry.test_outcome else None,
                "sc": instant_text(entry.sampled_at) if entry.sampled_at else None,
                "dr": instant_text(entry.resulted_at) if entry.resulted_at else None,
                "ma": entry.product,
            }
    return {key: value for key, value in stated.items() if value is not None}


def _province_map(claims: HealthClaims) -> dict[int, object]:
    province: dict[int, object] = {}
    # Name and birth date stand where the EU's schema has them.
    person = person_map(claims.person.model_copy(update={"name": None, "birth_date": ""}))
    if person:
        province[_PERSON] = person
    if claims.person_pass:
        province[_PERSON_PASS] = claims.person_pass
    for entry in claims.entries:
        if entry.basis is not None:
            province[_BASIS] = entry.basis.value
        if entry.covered:
            province[_COVERED] = [person_map(person) for person in entry.covered]
        if entry.test_kind is not None and entry.test_kind not in _TEST_KINDS.values():
            province[_TEST_KIND] = entry.test_kind.value
    return province
