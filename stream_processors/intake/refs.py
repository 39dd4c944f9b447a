"""Keyed hashes of everyone and everything in an opened box. Computed at the centre only (TRUST.md, refs)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

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
    shown = _Shown(keys)
    shown.vehicle(secrets.plate)
    shown.trip(record.trip_id)
    people = {}
    for entry in secrets.occupants:
        people[entry.occupant] = entry.person
        shown.person(entry.person, entry.occupant)
    for index, (reading, claims) in enumerate(zip(record.readings, secrets.claims, strict=False)):
        if claims is not None and is_believed(reading):
            occupant = reading.occupant or 0
            shown.paper(claims, _named_by(claims, people.get(occupant)), occupant, index)
    return tuple(map(CrossingRef._make, sorted(shown.refs)))


def _named_by(claims: Claims, shower: PersonClaims | None) -> PersonClaims | None:
    """Whom a paper names. A group's test is held by any of its group: it names who shows it only if sampled."""
    match claims:
        case HealthClaims():
            named = not is_of_a_group(claims) or (shower is not None and may_be(shower, claims.person))
            return claims.person if named else None
        case CitizenClaims() | PaperClaims():
            return claims.person
        case _:
            return None


class _Shown:
    """Refs of what one crossing shows, as plain rows of a CrossingRef: they are sorted, and each is made once.

    Several papers show the same person, whose refs are computed once.
    """

    def __init__(self, keys: RefKeys) -> None:
        self.refs: set[tuple[str, str, int, int]] = set()
        self._keys = keys
        self._plate: str | None = None
        self._people: set[tuple[int | str | None, ...]] = set()
        self._hashed: dict[tuple[RefKind, str], str] = {}

    def vehicle(self, plate: str | None) -> None:
        self._plate = plate
        ref = vehicle_ref(self._keys, plate) if plate else None
        if ref is not None:
            self.refs.add((VEHICLE, ref, 0, -1))

    def trip(self, trip_id: str | None) -> None:
        """No secret: it groups those who rode on one boat, and stands in the clear."""
        if trip_id:
            ref = hashlib.sha256(f"trip:{trip_id.strip().upper()}".encode()).hexdigest()
            self.refs.add((TRIP, ref, 0, -1))

    def person(self, person: PersonClaims | None, occupant: int) -> None:
        if person is None or not occupant:
            return
        who = (
            occupant,
            person.number,
            person.old_number,
            person.masked_number,
            person.name,
            person.birth_date,
        )
        if who in self._people:
            return
        self._people.add(who)
        for kind, text in person_texts(person):
            ref = self._hashed.get((kind, text))
            if ref is None:
                ref = self._hashed[kind, text] = person_ref(self._keys, kind, text)
            self.refs.add((_KINDS[kind], ref, occupant, -1))

    def paper(self, claims: Claims, person: PersonClaims | None, occupant: int, index: int) -> None:
        keys, refs = self._keys, self.refs
        self.person(person, occupant)
        match claims:
            case HealthClaims():
                for entry in claims.entries:
                    refs.add((CERTIFICATE, certificate_ref(keys, entry.certificate_id), occupant, index))
            case GreenLaneClaims():
                refs.add((PASS_NUMBER, number_ref(keys, claims.pass_number), 0, index))
                self._look()
            case TokenClaims():
                refs.add((PASS_TOKEN, token_ref(keys, token_hash(claims.token)), 0, index))
                self._look()
            case PaperClaims() if claims.paper_number:
                refs.add((CERTIFICATE, certificate_ref(keys, claims.paper_number), occupant, index))
            case _:
                pass
        for one in revocation_hashes(claims):
            refs.add((PASS_HASH, hash_ref(keys, one), 0, index))

    def _look(self) -> None:
        """Where a pass was shown."""
        ref = plate_look_ref(self._keys, plate_look(self._plate or ""))
        if ref is not None:
            self.refs.add((PLATE_LOOK, ref, 0, -1))


_KINDS = {kind: kind.value for kind in RefKind}
