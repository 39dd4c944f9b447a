"""Dead letters: the record unchanged inside a box, with where it stood and why it was not taken."""

from __future__ import annotations

import base64
from datetime import datetime
from uuid import UUID

from schemas.bounded import EARLIEST, LATEST
from schemas.events.base import Event
from schemas.events.operations import DeadLetter, DeadLetterSecrets
from schemas.ids import derived_id
from schemas.trust.sealing import Sealer
from stream_processors.intake.records import RawRecord, Refused

MOST_HEADER_BYTES = 4096
MOST_HEADERS = 50


def dead_letter_id(record: RawRecord, reason: str) -> UUID:
    """Follows from its place; a record that is taken and whose link is wrong has one beside its fact."""
    return derived_id("dead-letter", record.topic, record.partition, record.offset, reason)


def dead_letter(refused: Refused, sealer: Sealer, *, at: datetime) -> DeadLetter:
    record, event = refused.record, refused.event
    id_ = dead_letter_id(record, refused.reason)
    return DeadLetter(
        event_id=id_,
        occurred_at=min(max(at, EARLIEST), LATEST),
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        by="processors",
        reason=refused.reason,
        detail=refused.detail,
        station_id=_attribute(event, "station_id"),
        post_id=_attribute(event, "post_id"),
        number=_attribute(event, "number"),
        sealed=sealer.seal(_secrets(id_, record)),
    )


def _attribute(event: Event | None, name: str):  # type: ignore[no-untyped-def]
    return getattr(event, name, None)


def _secrets(id_: UUID, record: RawRecord) -> DeadLetterSecrets:
    return DeadLetterSecrets(
        record_id=id_,
        key=_base64(record.key[:MOST_HEADER_BYTES]) if record.key else None,
        value=_base64(record.value) if record.value is not None else None,
        headers=tuple(
            (_storable(name), _base64(value[:MOST_HEADER_BYTES]) or "")
            for name, value in record.headers[:MOST_HEADERS]
        ),
    )


def _storable(name: str) -> str:
    """A stranger's header name, as far as it can stand in JSON."""
    plain = "".join(letter if letter.isprintable() else "?" for letter in name[:100])
    return plain or "?"


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
