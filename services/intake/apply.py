"""From an event to what it changes: one explicit table. Runs inside the batch's transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from schemas.events.base import Event, SignedEvent, StationEvent
from schemas.events.crossing import CrossingAbandoned, CrossingClosed, CrossingCorrected
from schemas.events.decision import DecisionMade
from schemas.events.operations import CommandAnswered, DeadLetter, DeadLetterTaken, StationHealth
from schemas.events.self_checks import ChainHeadWrong, DrawsRepeated, TimerPutAside
from schemas.events.test_result import TestedAtPost
from schemas.events.verdict import Finding, Recall, Referral, VerdictReached
from schemas.trust.again import Again
from schemas.trust.sealing import Opener
from services.alerts.store import take_finding
from services.database.connection import Connection
from services.dead_letters.boxes import opened
from services.dead_letters.cases import take_through
from services.intake import counts
from services.intake.chains import note_number
from services.intake.dead_letters import keep
from services.intake.facts import is_new
from services.intake.records import Record
from services.quarantine.recalls import take_recall
from services.quarantine.referrals import take_referral
from services.questions.answers import take_answer
from services.registry.store import read_back
from services.self_checks import store as self_checks

Handler = Callable[[Connection, Any, datetime], Awaitable[None]]


async def _nothing_more(conn: Connection, event: Event, at: datetime) -> None:
    """It counts as a number of the chain, and its contents are the judge's affair."""


def _without_time(handler: Callable[[Connection, Any], Awaitable[None]]) -> Handler:
    async def handle(conn: Connection, event: Event, at: datetime) -> None:
        await handler(conn, event)

    return handle


HANDLERS: dict[type[Event], Handler] = {
    Finding: take_finding,
    Referral: take_referral,
    Recall: take_recall,
    VerdictReached: _without_time(counts.take_verdict),
    CrossingClosed: _without_time(counts.take_crossing),
    CrossingCorrected: _without_time(counts.take_crossing),
    CrossingAbandoned: _nothing_more,
    DecisionMade: _without_time(counts.take_decision),
    TestedAtPost: _nothing_more,
    CommandAnswered: _without_time(take_answer),
    DrawsRepeated: _without_time(self_checks.take),
    ChainHeadWrong: _without_time(self_checks.take),
    TimerPutAside: _without_time(self_checks.take),
}


async def apply(conn: Connection, record: Record, event: Event, opener: Opener, at: datetime) -> bool:
    """Let the event take effect, once; False when it had before. Raises NotBelieved."""
    if isinstance(event, StationHealth):
        await counts.take_health(conn, event)
        return True
    if isinstance(event, DeadLetter):
        await keep(conn, event, opened(opener, event.sealed, event.event_id), at)
        return True
    if isinstance(event, DeadLetterTaken):
        await take_through(conn, Again(event.case_id, event.attempt), event.by, at)
        return True
    if isinstance(event, StationEvent):
        await note_number(conn, record, event, at)
    if not await is_new(conn, record, event, at):
        return False
    if isinstance(event, SignedEvent):
        await read_back(conn, event, record.value or b"", at)
    else:
        await HANDLERS[type(event)](conn, event, at)
    return True
