"""What the judge says: verdict, findings, referrals, recall. Content only; revisions and boxes come later."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any
from uuid import UUID

from schemas.canonical import canonical_of_dated, canonical_of_ours


class Kind(StrEnum):
    VERDICT = "verdict"
    FINDING = "finding"
    REFERRAL = "referral"
    RECALL = "recall"


@dataclass(frozen=True)
class Said:
    """One statement. Two are the same exactly when their ``content`` is, byte for byte."""

    kind: Kind
    id: UUID
    crossing_id: UUID
    """Which crossing it hangs on."""
    content: bytes
    """Canonical JSON of the event without revision, state and box."""
    private: bytes = b"{}"
    """Canonical JSON of what goes into the box and is derived, not opened: reasons of health."""
    rests_on: tuple[UUID, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """What ``content`` was written from, its instants as they are written."""

    @property
    def says_more(self) -> bool:
        """Whether there is anything for the box beside what is opened."""
        return self.private != _NOTHING

    @cached_property
    def compared(self) -> bytes:
        """All that makes it another statement when it changes; the facts too, as its box rests on them."""
        facts = canonical_of_dated(self.rests_on)
        return b"\n".join((self.content, self.private, facts))


def fields_of(compared: bytes) -> dict[str, Any]:
    """The fields of a statement that was kept as ``compared``."""
    fields: dict[str, Any] = json.loads(compared.split(b"\n", 1)[0])
    return fields


def said(
    kind: Kind,
    id_: UUID,
    crossing_id: UUID,
    fields: dict[str, Any],
    *,
    rests_on: tuple[UUID, ...],
    private: Mapping[str, Any] | None = None,
) -> Said:
    """``fields`` are ``dated``: their instants are text already. ``rests_on`` are ``in_order``."""
    inside = written(private) if private else _NOTHING
    return Said(kind, id_, crossing_id, canonical_of_dated(fields), inside, rests_on, fields)


def in_order(facts: Iterable[UUID]) -> tuple[UUID, ...]:
    """Each once."""
    by_number = {one.int: one for one in facts}  # an id itself is slow to hash and to compare
    return tuple([by_number[number] for number in sorted(by_number)])


_NOTHING = b"{}"


def written(fields: Mapping[str, Any]) -> bytes:
    """Canonical JSON of fields that may hold ids, instants and values of our own types."""
    return canonical_of_ours(dict(fields))


@dataclass(frozen=True)
class WantedTimer:
    """To be told when ``deadline`` has passed and each of ``posts`` was heard beyond it."""

    kind: str
    deadline: datetime
    posts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Judged:
    """Everything in force about one crossing. What was in force and is not here is withdrawn."""

    verdict: Said | None
    """None for what is not judged at all: a crossing that was abandoned."""
    others: tuple[Said, ...] = ()
    timers: tuple[WantedTimer, ...] = ()
    """All that are to be set for it; any other timer of this crossing is taken away."""
    withdrawn_because: str = "DISPROVED"
