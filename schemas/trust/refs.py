"""Keyed hashes of persons, vehicles and passes. Made only at the centre: whoever holds a key can list them all."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

from schemas.passes.claims import PersonClaims
from schemas.words import IDENTIFYING, RefKind

if TYPE_CHECKING:
    from hashlib import _Hash

_NOT_PLATE = re.compile(r"[^0-9A-ZĐ]")


def plate_normalised(plate: str) -> str:
    """``71c-123.45`` and ``71C 12345`` are one plate: capitals, letters and digits only, Đ kept."""
    return _NOT_PLATE.sub("", unicodedata.normalize("NFC", plate).upper())


def name_normalised(name: str) -> str:
    """Capitals, one space between words, composed. Marks stay: Vietnamese names differ by them."""
    return " ".join(unicodedata.normalize("NFC", name).split()).upper()


@dataclass(frozen=True, repr=False)
class RefKeys:
    """One secret key a kind (32 bytes each). Has no repr."""

    person: bytes
    vehicle: bytes
    pass_: bytes


@dataclass(frozen=True, order=True)
class PersonRef:
    kind: RefKind
    ref: str

    @property
    def identifies(self) -> bool:
        """Only a number does; anything else is weak and waits for a person's confirmation."""
        return self.kind in IDENTIFYING


def _keyed(key: bytes, kind: str, text: str) -> str:
    """HMAC-SHA256. To begin one takes OpenSSL longer than to hash a few bytes, so each goes on from a copy."""
    inner, outer = _begun(key)
    hashed, keyed = inner.copy(), outer.copy()
    hashed.update(f"{kind}\x1f{text}".encode())
    keyed.update(hashed.digest())
    return keyed.hexdigest()


@lru_cache(maxsize=16)
def _begun(key: bytes) -> tuple[_Hash, _Hash]:
    """Inner and outer hash of RFC 2104 when the padded key is in."""
    block = sha256().block_size
    padded = (sha256(key).digest() if len(key) > block else key).ljust(block, b"\0")
    return sha256(bytes(byte ^ 0x36 for byte in padded)), sha256(bytes(byte ^ 0x5C for byte in padded))


def vehicle_ref(keys: RefKeys, plate: str) -> str | None:
    """None when nothing of a plate is left after normalising."""
    normal = plate_normalised(plate)
    return _keyed(keys.vehicle, "plate", normal) if normal else None


def plate_look_ref(keys: RefKeys, look: str) -> str | None:
    """Of what a plate has in common with all that it may be misread as (``schemas.rules.plates``)."""
    return _keyed(keys.vehicle, "look", look) if look else None


def pass_ref(keys: RefKeys, identity: str) -> str:
    """``identity`` is the pass number, the certificate id or the token, with its kind before a colon."""
    return _keyed(keys.pass_, "pass", identity)


def person_refs(keys: RefKeys, person: PersonClaims) -> tuple[PersonRef, ...]:
    """Every ref that this person's attributes give, the identifying ones first; empty when too little is known."""
    return tuple(PersonRef(kind, person_ref(keys, kind, text)) for kind, text in person_texts(person))


def person_ref(keys: RefKeys, kind: RefKind, text: str) -> str:
    """The ref of one of ``person_texts``."""
    return _keyed(keys.person, kind.value, text)


def person_texts(person: PersonClaims) -> list[tuple[RefKind, str]]:
    """What stands behind a person's refs, by kind; as secret as the person.

    The masked number counts with the birth date only, as six digits are shared by thousands. A full number
    gives its masked form too, so that a masked and an unmasked showing of one person meet (weakly).
    """
    texts: list[tuple[RefKind, str]] = []
    if person.number:
        texts.append((RefKind.NUMBER, person.number))
    if person.old_number:
        texts.append((RefKind.OLD_NUMBER, person.old_number))
    whole_birth_date = len(person.birth_date) == len("YYYY-MM-DD")
    masked = person.masked_number or ("*" * 6 + person.number[6:] if person.number else None)
    if masked and whole_birth_date:
        texts.append((RefKind.MASKED_NUMBER, f"{masked}|{person.birth_date}"))
    if person.name and whole_birth_date:
        texts.append((RefKind.NAME_BIRTH, f"{name_normalised(person.name)}|{person.birth_date}"))
    return texts
