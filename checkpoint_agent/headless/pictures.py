"""A picture put before the camera, as readings: through the real decoder child, and never without a reason.

A picture without a code is a reading too: it says that nothing could be read, so that nobody wonders.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from checkpoint_agent.camera import Frame, UnreadableReason
from checkpoint_agent.camera.pictures import read_picture
from checkpoint_agent.crossing.building import digest_of
from checkpoint_agent.decoding import Decoded, Decoder, HintReason
from checkpoint_agent.lane.live import Live
from schemas.passes.kinds import Confidence, PassKind, ReadingReason, ReadingStatus
from schemas.passes.read import PassLists, read_pass
from schemas.passes.reading import PassReading, Reading
from schemas.words import Source

REASON_OF_HINT = {
    HintReason.TEXT_TOO_LONG: ReadingReason.TEXT_TOO_LONG,
    HintReason.TEXT_HAS_CONTROL_CHARACTERS: ReadingReason.TEXT_NOT_ALLOWED,
}
AT_FAULT = frozenset(REASON_OF_HINT.values())
READINGS = list[tuple[bytes, PassReading]]


class PictureReader:
    def __init__(self, decoder: Decoder, live: Live, lists: Callable[[], PassLists]) -> None:
        self._decoder = decoder
        self._live = live
        self._lists = lists
        self._number = 0

    async def readings(self, path: Path, at: datetime) -> READINGS:
        """What the codes in the picture stand for, judged as of ``at``, each with its digest."""
        try:
            pixels = await asyncio.to_thread(read_picture, path)
        except OSError:
            pixels = UnreadableReason.COULD_NOT_BE_READ
        if isinstance(pixels, UnreadableReason):
            return [nothing_read(path.name, ReadingReason.PICTURE_BROKEN)]
        self._number += 1
        frame = Frame(pixels, self._number, at, picture=path.name, is_last_of_picture=True)
        decoded = await self._decoder.decode(frame)
        self._live.shows(frame, decoded)
        if not decoded.codes:
            return [nothing_read(path.name, reason_of(decoded))]
        lists = self._lists()
        return [(digest_of(code.text), read_pass(code.text, lists, at=at)) for code in decoded.codes]


def reason_of(decoded: Decoded) -> ReadingReason:
    """Why a picture gave no code."""
    reasons = (REASON_OF_HINT.get(hint.reason) for hint in decoded.hints)
    return next((reason for reason in reasons if reason is not None), ReadingReason.NO_CODE_SEEN)


def nothing_read(name: str, reason: ReadingReason) -> tuple[bytes, PassReading]:
    """A reading that says only why there is none; one a picture."""
    status = ReadingStatus.REJECTED if reason in AT_FAULT else ReadingStatus.COULD_NOT_CHECK
    reading = Reading(
        kind=PassKind.UNKNOWN, status=status, reason=reason, confidence=Confidence.NONE, source=Source.CAMERA
    )
    return digest_of(f"picture without a code\x1f{name}"), PassReading(reading=reading)
