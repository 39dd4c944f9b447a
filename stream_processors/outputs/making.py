"""Turns a change into the event that says it: revision, state, box, exact bytes. Made once, then only resent."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python

from schemas.canonical import canonical, canonical_of_dated, canonical_of_ours
from schemas.events.base import Event, SealedBox
from schemas.events.crossing import CrossingSecrets
from schemas.events.registry import StationEnrolled
from schemas.events.verdict import Finding, Recall, Referral, VerdictReached, VerdictSecrets
from schemas.ids import derived_id
from schemas.topics import FINDINGS, RECALLS, REFERRALS, VERDICTS, Topic, cloud_event_headers
from schemas.trust.sealing import Sealer
from schemas.words import FactState
from stream_processors.database.statements import Output
from stream_processors.judging.changes import Change
from stream_processors.judging.said import Kind, fields_of
from stream_processors.outputs.secrets import finding_secrets, recall_secrets, referral_secrets

EVENTS: Mapping[Kind, tuple[type[Event], Topic]] = {
    Kind.VERDICT: (VerdictReached, VERDICTS),
    Kind.FINDING: (Finding, FINDINGS),
    Kind.REFERRAL: (Referral, REFERRALS),
    Kind.RECALL: (Recall, RECALLS),
}


def output_of(
    change: Change,
    *,
    cause: UUID,
    secrets: CrossingSecrets | None,
    centre: Sealer,
    station_of: Callable[[str], StationEnrolled | None],
    other: CrossingSecrets | None = None,
) -> Output:
    """``secrets`` of the crossing are needed for what is in force and is no verdict; ``other`` are those of the
    other crossing whose plate a finding names."""
    model, topic = EVENTS[change.kind]
    fields = {**_left_out(model), **_fields(change)}
    box = _box(change, fields, secrets, other, centre, station_of)
    if box is not None:
        fields["health" if change.kind is Kind.VERDICT else "sealed"] = box.model_dump(mode="json")
    value = canonical_of_dated(fields)
    id_ = derived_id("output", change.kind, change.id, change.revision)
    # Read as every reader will: what our own schema refuses ends here, and not at a station.
    return _output(topic, model.model_validate_json(value), value, cause=cause, id_=id_)


def output(topic: Topic, event: Event, *, cause: UUID, id_: UUID) -> Output:
    return _output(topic, event, canonical(event), cause=cause, id_=id_)


def _output(topic: Topic, event: Event, value: bytes, *, cause: UUID, id_: UUID) -> Output:
    name = topic.name_for(str(getattr(event, "post_id", "")))
    return Output(id_, cause, name, topic.key_of(event), value, tuple(cloud_event_headers(event)))


@cache
def _left_out(model: type[Event]) -> Mapping[str, Any]:
    """What a statement need not say, as the event writes it."""
    fields = model.model_fields.items()
    said = {name: field.get_default() for name, field in fields if not field.is_required()}
    plain: dict[str, Any] = to_jsonable_python(said)
    return plain


def _fields(change: Change) -> dict[str, Any]:
    """Dated, both as they were kept and as they were said."""
    if change.said is None:
        return {
            **fields_of(change.former),
            "revision": change.revision,
            "state": FactState.WITHDRAWN.value,
            "withdrawn_because": change.withdrawn_because,
        }
    return {**change.said.fields, "revision": change.revision}


def _box(
    change: Change,
    fields: dict[str, Any],
    secrets: CrossingSecrets | None,
    other: CrossingSecrets | None,
    centre: Sealer,
    station_of: Callable[[str], StationEnrolled | None],
) -> SealedBox | None:
    private = json.loads(change.said.private) if change.said and change.said.says_more else {}
    # What is withdrawn says no name again.
    known = secrets if change.said else None
    match change.kind:
        case Kind.VERDICT:
            return _health(change, private, station_of(fields["station_id"]) if private else None)
        case Kind.FINDING:
            return centre.seal(finding_secrets(change.id, known, private, other)) if change.said else None
        case Kind.REFERRAL:
            return centre.seal(referral_secrets(change.id, known, fields["occupant"]))
        case Kind.RECALL:
            return centre.seal(recall_secrets(change.id, known))


def _health(change: Change, private: dict[str, Any], station: StationEnrolled | None) -> SealedBox | None:
    """Reasons of health go back to the station that saw the person, and to nobody else."""
    if not private or station is None:
        return None
    inside = canonical_of_ours({**private, "record_id": str(change.id)})
    return _sealer(station.sealing_key_id, station.sealing_key).seal(VerdictSecrets.model_validate_json(inside))


@lru_cache(maxsize=1000)
def _sealer(key_id: str, sealing_key: str) -> Sealer:
    """A province has fewer stations."""
    return Sealer(key_id, b64decode(sealing_key))
