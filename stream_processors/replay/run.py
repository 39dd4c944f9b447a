"""One replay: every judgement of its period repeated from what was given then, and compared byte for byte."""

from __future__ import annotations

import asyncio

from pydantic import ValidationError

from schemas.replay import ReplayAnswer, ReplayAsked
from stream_processors.questions.running import Running
from stream_processors.questions.snapshot import Period, snapshot
from stream_processors.replay.reading import Chunk, Reading
from stream_processors.replay.tally import Tally

BREATHE = 25
"""Judgements between two looks at the connection, so that the next chunk comes in meanwhile."""


async def answer_replay(running: Running, text: str) -> ReplayAnswer:
    try:
        asked = ReplayAsked.model_validate_json(text)
    except ValidationError:
        # The services checked it; what they take and we do not is another version of theirs.
        return ReplayAnswer(state="failed", reason="REPLAY_NOT_VALID")
    tally = Tally(asked)
    done = await _through(running, asked, tally)
    report = tally.report() if done else None
    return ReplayAnswer(
        state="done" if done else "stopped",
        crossings=tally.crossings,
        took_ms=running.took_ms,
        report=report,
        conclusion=report.conclusion if report else None,
    )


async def _through(running: Running, asked: ReplayAsked, tally: Tally) -> bool:
    """False when it was stopped."""
    period = Period(asked.begins_at, asked.ends_at)
    async with snapshot(running.url) as store:
        reading = await Reading.of(store)
        tally.kept_since = reading.kept_since
        expected = await reading.count(period)
        async for chunk in reading.chunks(period, former=asked.revisions == "all"):
            await _compare(chunk, tally)
            if await running.stopped(tally.crossings, expected):
                return False
    return True


async def _compare(chunk: Chunk, tally: Tally) -> None:
    tally.add_crossings(chunk.crossings, chunk.first_at, chunk.last_at, waiting=chunk.waiting, unsaid=chunk.unsaid)
    for number, judgement in enumerate(chunk.judgements):
        tally.add(judgement)
        if number % BREATHE == 0:
            await asyncio.sleep(0)
