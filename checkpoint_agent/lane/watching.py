"""The camera at the lane: frames to the decoder, new codes to the crossing, the picture to the page."""

from __future__ import annotations

import contextlib
import logging

from checkpoint_agent.camera import Camera, Frame
from checkpoint_agent.changes import Changes
from checkpoint_agent.crossing.building import TooMany
from checkpoint_agent.crossing.states import NotNow
from checkpoint_agent.decoding import CodesInView, Decoder
from checkpoint_agent.lane.lane import Lane
from checkpoint_agent.lane.live import Live
from checkpoint_agent.outbox import OutboxTrouble
from schemas.words import Source

log = logging.getLogger(__name__)


async def watch(camera: Camera, decoder: Decoder, lane: Lane, live: Live, changes: Changes) -> None:
    """Until the camera has no more frames. A picture that cannot be read stops nothing."""
    in_view = CodesInView()
    crossing_id = None
    async with contextlib.aclosing(camera.shots()) as shots:
        async for shot in shots:
            if not isinstance(shot, Frame):
                log.warning("a picture cannot be shown", extra={"reason": shot.reason.value})
                continue
            decoded = await decoder.decode(shot)
            if live.shows(shot, decoded):
                changes.tell()
            for code in in_view.fresh(decoded.codes, shot.taken_at, picture=shot.picture):
                await _scan(lane, code.text)
            if lane.current is not None and lane.current.crossing_id != crossing_id:
                crossing_id = lane.current.crossing_id
                in_view.new_crossing()


async def _scan(lane: Lane, text: str) -> None:
    try:
        await lane.scan(text, Source.CAMERA)
    except (NotNow, TooMany) as exc:
        lane.says(exc.code)
    except OutboxTrouble as exc:
        lane.says(exc.code)
