"""A dead letter that the centre sends again: how readers know it, and how they believe what was corrected.

The law (services/dead_letters/README.md): a record sent again unchanged is believed by what it always was
believed by. A record that was corrected is no longer the station's: the centre signs it, over the case that
it was corrected in and the hash of the station's own bytes, and readers take it as "corrected at the centre".
No signature of the centre over a station's record exists but such a one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from schemas.trust.signing import SIGNATURE_HEADER, CentreVerifier

AGAIN_HEADER = "chotxanh-again"
"""``<case>/<which try>``: sent again from the dead letters. Proves nothing; says where to report."""
CORRECTED_HEADER = "chotxanh-corrected"
"""``<case>/<sha256 of the station's own bytes>``: corrected at the centre, and signed by it."""

_AGAIN = re.compile(r"([0-9a-f-]{36})/([1-9][0-9]{0,5})")
_CORRECTED = re.compile(r"([0-9a-f-]{36})/([0-9a-f]{64})")

RawHeaders = Iterable[tuple[str, bytes | None]]


@dataclass(frozen=True)
class Again:
    case_id: UUID
    attempt: int

    def header(self) -> bytes:
        return f"{self.case_id}/{self.attempt}".encode()


@dataclass(frozen=True)
class Corrected:
    case_id: UUID
    original_sha256: str
    """Stands at the record's number in its station's chain, so that the neighbours' links still agree."""

    def header(self) -> bytes:
        return f"{self.case_id}/{self.original_sha256}".encode()

    def signed_type(self, type_name: str) -> str:
        """What is signed in place of the type: the correction cannot be moved to another case or original."""
        return f"{type_name}\x1fcorrected\x1f{self.case_id}\x1f{self.original_sha256}"

    def is_right(
        self, verifier: CentreVerifier, topic: str, type_name: str, value: bytes, headers: RawHeaders
    ) -> bool:
        """Whether the centre signed this correction."""
        return verifier.is_right(topic, self.signed_type(type_name), value, _header(headers, SIGNATURE_HEADER))


def again_of(headers: RawHeaders) -> Again | None:
    found = _AGAIN.fullmatch(_text(headers, AGAIN_HEADER))
    case_id = _uuid(found[1]) if found else None
    return Again(case_id, int(found[2])) if found and case_id else None


def corrected_of(headers: RawHeaders) -> Corrected | None:
    """None where nothing readable says so; then the record must stand by itself."""
    if _header(headers, CORRECTED_HEADER) is None:  # nearly every record
        return None
    found = _CORRECTED.fullmatch(_text(headers, CORRECTED_HEADER))
    case_id = _uuid(found[1]) if found else None
    return Corrected(case_id, found[2]) if found and case_id else None


def _text(headers: RawHeaders, name: str) -> str:
    return (_header(headers, name) or b"").decode("ascii", "replace")


def _header(headers: RawHeaders, name: str) -> bytes | None:
    for key, value in headers or ():
        if key == name:
            return value
    return None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
