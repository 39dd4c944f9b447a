"""Keyed hashes of everyone and everything in an opened box. Computed at the centre only (TRUST.md, refs)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from schemas.events.crossing import CrossingRecord, CrossingSecrets
from schemas.passes.claims import (
    CitizenClaims,
    Claims,
    GreenLaneClaims,
    HealthClaims,
    PaperClaims,
    PersonClaims,
    TokenClaims,
)
from schemas.passes.token_list import token_hash
from schemas.rules.agreement import is_of_a_group, may_be
from schemas.rules.plates import MISREAD_AS, plate_look
from schemas.rules.revoked import is_believed, pass_number_normalised, revocation_hashes
from schemas.trust.numbers import NumberOpener
from schemas.trust.refs import (
    RefKeys,
    pass_ref,
    person_ref,
    person_refs,
    person_texts,
    plate_look_ref,
    plate_normalised,
    vehicle_ref,
)
from schemas.words import RefKind
from stream_processors.judging.context import (
    CERTIFICATE,
    PASS_HASH,
    PASS_KINDS,
    PASS_NUMBER,
    PASS_TOKEN,
    PLATE_LOOK,
    TRIP,
    VEHICLE,
    CrossingRef,
)


def number_ref(keys: RefKeys, pass_number: str) -> str:
    return pass_ref(keys, f"number:{pass_number_normalised(pass_number)}")


def token_ref(keys: RefKeys, token_sha256: str) -> str:
    """From the token's plain hash, which is all that registry and notices hold of it."""
    return pass_ref(keys, f"token:{token_sha256}")


def hash_ref(keys: RefKeys, revocation: str) -> str:
    """From what the revocation list names a signed pass by, which is all that a notice holds of it."""
    return pass_ref(keys, f"revocation:{revocation}")


def certificate_ref(keys: RefKeys, certificate_id: str) -> str:
    return pass_ref(keys, f"certificate:{certificate_id.strip().upper()}")


def refs_by_kind(keys: RefKeys, person: PersonClaims) -> dict[str, str]:
    return {one.kind.value: one.ref for one in person_refs(keys, person)}


def misread_plates(keys: RefKeys, plate: str) -> dict[str, str]:
    """Refs of the plates that one misread letter makes of ``plate``, each with the pair of letters."""
    normal = plate_normalised(plate)
    misreads = {}
    for place, letter in enumerate(normal):
        for pair in MISREAD_AS:
            if letter in pair:
                other = pair.replace(letter, "", 1)
                ref = vehicle_ref(keys, normal[:place] + other + normal[place + 1 :])
                if ref is not None:
                    misreads[ref] = "/".join(sorted((letter, other)))
    return misreads


def numbered(secrets: CrossingSecrets, numbers: NumberOpener) -> CrossingSecrets:
    """With the numbers that are sealed inside our own passes, so that whoever shows only a pass is found by it."""
    if not any(person.sealed_number for person in _people_of(secrets)):
        return secrets
    return secrets.model_copy(
        update={
            "claims": tuple(_numbered(claims, numbers) for claims in secrets.claims),
            "occupants": tuple(
                one.model_copy(update={"person": numbers.with_number(one.person)}) for one in secrets.occupants
            ),
        }
    )


def _people_of(secrets: CrossingSecrets) -> Iterator[PersonClaims]:
    """Everyone who may have a number that is sealed inside a pass."""
    for claims in secrets.claims:
        match claims:
            case HealthClaims():
                yield claims.person
            case GreenLaneClaims():
                yield from claims.crew
            case _:
                pass
    yield from (one.person for one in secrets.occupants)


def _numbered(claims: Claims | None, numbers: NumberOpener) -> Claims | None:
    match claims:
        case HealthClaims():
            return claims.model_copy(update={"person": numbers.with_number(claims.person)})
        case GreenLaneClaims():
            return claims.model_copy(update={"crew": tuple(map(numbers.with_number, claims.crew))})
        case _:
            return claims


def refs_of_crossing(keys: RefKeys, record: CrossingRecord, secrets: CrossingSecrets) -> tuple[CrossingRef, ...]:
    """The vehicle, the passes and each person, as far as they can be known. In a fixed order, each once."""
    refs = {*_vehicle(keys, secrets.plate), *_trip(record.trip_id)}
    persons = _Persons(keys)
    for entry in secrets.occupants:
        refs.update(_person(persons, entry.person, entry.occupant))
    people = {entry.occupant: entry.person for entry in secrets.occupants}
    for index, (reading, claims) in enumerate(zip(record.readings, secrets.claims, strict=False)):
        if claims is None or not is_believed(reading):
            continue
        if is_of_a_group(claims) and not _is_the_sampled_one(claims, people.get(reading.occupant or 0)):
            claims = _of_nobody(claims)
        refs.update(_claims(persons, claims, reading.occupant or 0, index))
        refs.update(
            CrossingRef(PASS_HASH, hash_ref(keys, one), reading=index) for one in revocation_hashes(claims)
        )
    if any(ref.kind in PASS_KINDS for ref in refs):
        refs.update(_look(keys, secrets.plate))
    return tuple(sorted(refs))


class _Persons:
    """Refs of persons of one crossing: several papers show the same one, whose refs are computed once."""

    def __init__(self, keys: RefKeys) -> None:
        self.keys = keys
        self._people: dict[tuple[str | None, ...], list[tuple[str, str]]] = {}
        self._known: dict[tuple[RefKind, str], str] = {}

    def refs_of(self, person: PersonClaims) -> list[tuple[str, str]]:
        """Kind and ref."""
        who = (person.number, person.old_number, person.masked_number, person.name, person.birth_date)
        refs = self._people.get(who)
        if refs is None:
            refs = self._people[who] = [(kind.value, self._ref(kind, text)) for kind, text in person_texts(person)]
        return refs

    def _ref(self, kind: RefKind, text: str) -> str:
        ref = self._known.get((kind, text))
        if ref is None:
            ref = self._known[kind, text] = person_ref(self.keys, kind, text)
        return ref


def _is_the_sampled_one(claims: Claims, person: PersonClaims | None) -> bool:
    return isinstance(claims, HealthClaims) and person is not None and may_be(person, claims.person)


def _of_nobody(claims: Claims) -> Claims:
    """A group's test is held by any of its group: it names nobody who shows it."""
    return claims.model_copy(update={"person": PersonClaims()})


def _vehicle(keys: RefKeys, plate: str | None) -> Iterator[CrossingRef]:
    ref = vehicle_ref(keys, plate) if plate else None
    if ref is not None:
        yield CrossingRef(VEHICLE, ref)


def _trip(trip_id: str | None) -> Iterator[CrossingRef]:
    """No secret: it groups those who rode on one boat, and stands in the clear."""
    if trip_id:
        yield CrossingRef(TRIP, hashlib.sha256(f"trip:{trip_id.strip().upper()}".encode()).hexdigest())


def _look(keys: RefKeys, plate: str | None) -> Iterator[CrossingRef]:
    ref = plate_look_ref(keys, plate_look(plate or ""))
    if ref is not None:
        yield CrossingRef(PLATE_LOOK, ref)


def _person(persons: _Persons, person: PersonClaims | None, occupant: int) -> Iterable[CrossingRef]:
    if person is None or not occupant:
        return ()
    return [CrossingRef(kind, ref, occupant) for kind, ref in persons.refs_of(person)]


def _claims(persons: _Persons, claims: Claims, occupant: int, index: int) -> Iterator[CrossingRef]:
    keys = persons.keys
    match claims:
        case GreenLaneClaims():
            yield CrossingRef(PASS_NUMBER, number_ref(keys, claims.pass_number), reading=index)
        case TokenClaims():
            ref = token_ref(keys, token_hash(claims.token))
            yield CrossingRef(PASS_TOKEN, ref, reading=index)
        case HealthClaims():
            yield from _person(persons, claims.person, occupant)
            for entry in claims.entries:
                ref = certificate_ref(keys, entry.certificate_id)
                yield CrossingRef(CERTIFICATE, ref, occupant, index)
        case CitizenClaims():
            yield from _person(persons, claims.person, occupant)
        case PaperClaims():
            yield from _person(persons, claims.person, occupant)
            if claims.paper_number:
                yield CrossingRef(CERTIFICATE, certificate_ref(keys, claims.paper_number), occupant, index)
        case _:
            return
