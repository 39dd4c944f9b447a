"""A record as the broker gave it, and what of it was understood."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import TypeAlias

from schemas.events.base import Event
from schemas.events.crossing import CrossingSecrets
from schemas.rules.facts import CrossingFacts
from stream_processors.judging.context import CrossingRef, KnownPass, KnownResult

Headers: TypeAlias = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True)
class RawRecord:
    """Bytes, and where they stand."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    appended_at: datetime | None = None
    """When the broker took it, by the broker's clock; None where the topic keeps the sender's time."""

    @property
    def place(self) -> tuple[str, int, int]:
        return self.topic, self.partition, self.offset


@dataclass(frozen=True)
class Refused:
    """A record that becomes a dead letter."""

    record: RawRecord
    reason: str
    detail: str | None = None
    event: Event | None = None
    """When it could be read: its station, post and number are shown with it."""


@dataclass(frozen=True)
class Believed:
    """A record that is what it says to be: readable, and by who it names."""

    record: RawRecord
    event: Event
    arrived_at: datetime

    @cached_property
    def sha256(self) -> bytes:
        return sha256(self.record.value or b"").digest()


@dataclass(frozen=True)
class Derived:
    """What was read out of the box: facts and refs without a name, of one kind of event."""

    crossing: CrossingFacts | None = None
    refs: tuple[CrossingRef, ...] = ()
    result: KnownResult | None = None
    vehicle_pass: KnownPass | None = None
    notice_pass_ref: str | None = None
    secrets: CrossingSecrets | None = field(default=None, repr=False)
    """The crossing's box itself, for what is said about it in this very batch: in memory, and gone with it."""


@dataclass(frozen=True)
class Taken:
    """A fact that may be stored."""

    believed: Believed
    kind: str
    subject: str
    """What the revisions are of: a crossing, a result, a notice."""
    revision: int
    derived: Derived = field(default_factory=Derived)

    @property
    def event(self) -> Event:
        return self.believed.event
