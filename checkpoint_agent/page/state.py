"""The station's state as JSON for tests and devices: clear parts only, nothing that names anybody."""

from __future__ import annotations

from typing import Any

from checkpoint_agent.crossing.building import Crossing
from checkpoint_agent.outbox import CrossingRow
from checkpoint_agent.station import Station
from schemas.bounded import instant_text
from schemas.rules.revoked import as_revoked
from schemas.words import Outcome

RECALLED = frozenset({Outcome.REFER, Outcome.TURN_BACK, Outcome.HOLD})


def state_of(station: Station) -> dict[str, Any]:
    identity, listening, lane = station.identity, station.listening, station.lane
    decoder = station.decoder.state
    return {
        "station_id": identity.station_id,
        "post_id": identity.post_id,
        "lane": identity.lane,
        "enrolment": identity.enrolment,
        "online": station.reach.online,
        "revoked": listening.revoked,
        "unsent": station.outbox.unsent(),
        "refused_by_kafka": [{"number": n, "topic": t, "reason": r} for n, t, r in station.outbox.refused()],
        "last_number": station.outbox.head().number,
        "trouble": lane.trouble.code if lane.trouble else None,
        "message": lane.message,
        "clock": instant_text(station.clock.now()),
        "clock_error_ms": station.clock_error.in_ms(),
        "lists": listening.held.revisions,
        "policies": len(listening.held.rules.policies),
        "lists_age_s": station.lists_age_s(),
        "published_refused": dict(listening.refused),
        "unreadable": dict(listening.unreadable),
        "camera": station.camera_state(),
        "decoder": {"restarts": decoder.restarts, "fallback": decoder.fallback_available, "away": decoder.away},
        "by_sheets": station.sheet_clock is not None,
        "crossing": _building(station, lane.current) if lane.current else None,
    }


def _building(station: Station, crossing: Crossing) -> dict[str, Any]:
    advising = station.lane.advising
    revoked = advising.revoked if advising else {}
    return {
        "crossing_id": str(crossing.crossing_id),
        "sheet_id": crossing.sheet_id,
        "state": crossing.state.value,
        "opened_at": instant_text(crossing.opened_at),
        "readings": [
            reading_json(as_revoked(read.reading, revoked.get(index)).model_dump(mode="json"))
            for index, read in enumerate(crossing.readings)
        ],
        "occupants": len(crossing.occupants),
        "advice": advising.advice.model_dump(mode="json") if advising else None,
    }


def reading_json(reading: dict[str, Any]) -> dict[str, Any]:
    return {name: reading.get(name) for name in ("kind", "status", "reason", "confidence", "occupant", "issuer")}


def row_json(row: CrossingRow) -> dict[str, Any]:
    """A crossing of the list: what was read, advised and done, and how far it has come."""
    return {
        "crossing_id": str(row.crossing_id),
        "sheet_id": row.sheet_id,
        "counter": row.counter,
        "opened_at": row.opened_at,
        "closed_at": row.closed_at,
        "state": row.state,
        "revision": row.revision,
        "readings": [reading_json(reading) for reading in row.readings],
        "advice": {"outcome": row.advice["outcome"], "reasons": row.advice["reasons"]} if row.advice else None,
        "decision": row.decision,
        "written": row.written,
        "sent": row.sent,
        "refused_by_kafka": row.refused,
        "verdict": verdict_json(row),
        "recalled": is_recalled(row),
    }


def verdict_json(row: CrossingRow) -> dict[str, Any] | None:
    verdict = row.verdict
    if verdict is None:
        return None
    return {
        "outcome": verdict.outcome.value,
        "revision": verdict.revision,
        "binding": verdict.binding,
        "reasons": list(verdict.reasons),
        "rules": [rule.model_dump(mode="json") for rule in verdict.rules],
        "policy_id": verdict.policy_id,
        "policy_version": verdict.policy_version,
        "judge_version": verdict.judge_version,
        "facts": [str(fact) for fact in verdict.facts],
        "changed": row.verdict_changes > 0,
        "before": row.verdict_before.value if row.verdict_before else None,
    }


def is_recalled(row: CrossingRow) -> bool:
    """Let through here, and refer, turn back or hold by what the centre knows now."""
    let_through = row.decision is not None and row.decision["outcome"] == Outcome.LET_THROUGH
    return let_through and row.verdict is not None and row.verdict.outcome in RECALLED
