"""One question from its asking to its answer, in a process of its own that holds no key.

``python -m stream_processors answer COMMAND_ID`` is started by a worker that has claimed the command. It is
nicer than anything live, and ends with the worker that started it. It writes its own row of ``questions`` alone.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from uuid import UUID

import asyncpg

from schemas.questions import Answer
from stream_processors.clock import Clock, SystemClock
from stream_processors.database import questions
from stream_processors.database.migrate import SCHEMA
from stream_processors.questions.process import NICENESS, settle_for_a_question, tied_to
from stream_processors.questions.running import Running
from stream_processors.replay.run import answer_replay
from stream_processors.whatif.run import answer_whatif
from stream_processors.world import database_is_away, ends_the_process_on_a_bug

log = logging.getLogger(__name__)

ANSWERS: dict[str, Callable[[Running, str], Awaitable[Answer]]] = {
    "what_if": answer_whatif,
    "replay": answer_replay,
}
"""By the command that asks. Each is given the JSON that it was asked with."""


def answer_in_child(url: str, command_id: UUID, *, parent: int | None = None) -> int:
    """The exit status: 75 when the database was away and somebody should try again."""
    os.nice(NICENESS)
    settle_for_a_question()
    if parent is not None and not tied_to(parent):
        return os.EX_TEMPFAIL
    with ends_the_process_on_a_bug():
        try:
            asyncio.run(answer_question(url, command_id, SystemClock()))
        except Exception as exc:
            if not database_is_away(exc):
                raise
            log.warning(
                "the database is away, the question is left for later", extra={"error": type(exc).__name__}
            )
            return os.EX_TEMPFAIL
    return os.EX_OK


async def answer_question(url: str, command_id: UUID, clock: Clock) -> None:
    """Returns when the answer is stored, or when there is nothing to answer."""
    desk = await asyncpg.connect(
        url, timeout=10, server_settings={"search_path": SCHEMA, "application_name": "chotxanh-question"}
    )
    try:
        asked = await questions.asked(desk, command_id)
        if asked is not None:
            said = await ANSWERS[asked.command](Running(url, desk, command_id), asked.text)
            await questions.answer(desk, command_id, said, at=clock.now())
    finally:
        await desk.close()
