"""What a rule says: code, class, severity, subject and evidence. Not yet an event: ids and boxes come later."""

from __future__ import annotations

from typing import Literal

import msgspec

from schemas.events.verdict import EvidenceItem
from schemas.rules.codes import Rule
from schemas.words import FindingClass, Severity

Subject = Literal["vehicle", "person", "pass", "crossing"]


class Found(msgspec.Struct, frozen=True):
    code: Rule
    finding_class: FindingClass
    severity: Severity
    subject: Subject
    evidence: tuple[EvidenceItem, ...]
    misread: str | None = None
    weak: bool = False
    """Rests on names where no number could be compared: information by itself."""
