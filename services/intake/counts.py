"""Crossings, decisions, verdicts and heartbeats, as far as pages count and show them. Opens no box."""

from __future__ import annotations

import json

from schemas.events.crossing import CrossingRecord
from schemas.events.decision import DecisionMade
from schemas.events.operations import StationHealth
from schemas.events.verdict import VerdictReached
from schemas.rules.inspection import INSPECTED
from services.database.connection import Connection


async def take_crossing(conn: Connection, crossing: CrossingRecord) -> None:
    await conn.execute(
        """
        INSERT INTO crossings AS known (crossing_id, revision, state, post_id, station_id, direction,
            vehicle_class, advice, occurred_at, shift, drawn, inspected)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT (crossing_id) DO UPDATE SET revision = excluded.revision, state = excluded.state,
            direction = excluded.direction, vehicle_class = excluded.vehicle_class, advice = excluded.advice,
            shift = excluded.shift, drawn = excluded.drawn, inspected = excluded.inspected
        WHERE known.revision < excluded.revision
        """,
        crossing.crossing_id,
        crossing.revision,
        crossing.state,
        crossing.post_id,
        crossing.station_id,
        crossing.direction,
        crossing.vehicle_class,
        crossing.advice.outcome,
        crossing.occurred_at,
        crossing.shift,
        None if crossing.practice else crossing.inspection.drawn,
        crossing.inspection.cargo_space in INSPECTED,
    )


async def take_decision(conn: Connection, decision: DecisionMade) -> None:
    await conn.execute(
        """
        INSERT INTO decisions AS known (crossing_id, revision, state, outcome, occurred_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (crossing_id) DO UPDATE SET revision = excluded.revision, state = excluded.state,
            outcome = excluded.outcome, occurred_at = excluded.occurred_at
        WHERE known.revision < excluded.revision
        """,
        decision.crossing_id,
        decision.revision,
        decision.state,
        decision.outcome,
        decision.occurred_at,
    )


async def take_verdict(conn: Connection, verdict: VerdictReached) -> None:
    await conn.execute(
        """
        INSERT INTO verdicts AS known (crossing_id, revision, post_id, outcome, binding, occurred_at, in_lane,
            issuer, carrier_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (crossing_id) DO UPDATE SET revision = excluded.revision, outcome = excluded.outcome,
            binding = excluded.binding, occurred_at = excluded.occurred_at, in_lane = excluded.in_lane,
            issuer = excluded.issuer, carrier_id = excluded.carrier_id
        WHERE known.revision < excluded.revision
        """,
        verdict.crossing_id,
        verdict.revision,
        verdict.post_id,
        verdict.outcome,
        verdict.binding,
        verdict.occurred_at,
        verdict.lane is not None,
        verdict.lane.issuer if verdict.lane else None,
        verdict.lane.carrier_id if verdict.lane else None,
    )


async def take_health(conn: Connection, health: StationHealth) -> None:
    """The newest heartbeat only."""
    await conn.execute(
        """
        INSERT INTO station_health AS known (station_id, post_id, lane, enrolment, unsent, refused, last_number,
            clock_error_ms, camera, fallback_decoder, version, occurred_at, lists)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (station_id) DO UPDATE SET post_id = excluded.post_id, lane = excluded.lane,
            enrolment = excluded.enrolment, unsent = excluded.unsent, refused = excluded.refused,
            last_number = excluded.last_number, clock_error_ms = excluded.clock_error_ms,
            camera = excluded.camera, fallback_decoder = excluded.fallback_decoder,
            version = excluded.version, occurred_at = excluded.occurred_at, lists = excluded.lists
        WHERE known.occurred_at < excluded.occurred_at
        """,
        health.station_id,
        health.post_id,
        health.lane,
        health.enrolment,
        health.unsent,
        health.refused,
        health.last_number,
        health.clock_error_ms,
        health.camera,
        health.fallback_decoder,
        health.version,
        health.occurred_at,
        json.dumps(health.lists),
    )
