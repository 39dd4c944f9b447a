"""What a signed pass says about its own time. Numbers of seconds in, a reason or none out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from schemas.bounded import EARLIEST, LATEST
from schemas.passes.kinds import ReadingReason, Step
from schemas.passes.refusals import PassRejected

CLOCK_LEEWAY = timedelta(minutes=2)
"""How far an issuer's clock may be ahead of ours: a pass printed a minute ago is not "from the future"."""

_EXP, _NBF, _IAT = 4, 5, 6
_LAST = LATEST - timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class PassTimes:
    """Each as stated, moved inside 2020 to 2100; None where the pass says nothing."""

    issued_at: datetime | None
    valid_from: datetime | None
    """Not before; the time of issue where that is not said."""
    valid_until: datetime

    def fault(self, at: datetime, leeway: timedelta) -> ReadingReason | None:
        """What is wrong with the pass at ``at``. ``valid_until`` is the last instant that counts.

        RFC 8392 would end it just before; the EU's issuers and their shared test cases count it in.
        """
        if at > self.valid_until:
            return ReadingReason.PASS_EXPIRED
        if self.issued_at is not None and self.issued_at > at + leeway:
            return ReadingReason.PASS_ISSUED_IN_FUTURE
        if self.valid_from is not None and self.valid_from > at + leeway:
            return ReadingReason.PASS_NOT_YET_VALID
        return None


def times_of(payload: Mapping[object, object]) -> PassTimes:
    """The CWT claims ``exp`` (required), ``nbf`` and ``iat``. Raises PassRejected."""
    issued_at, not_before, valid_until = _instant(payload, _IAT), _instant(payload, _NBF), _instant(payload, _EXP)
    if valid_until is None:
        raise PassRejected(Step.TIMES, ReadingReason.PASS_CLAIMS_BROKEN)
    return PassTimes(issued_at, not_before or issued_at, valid_until)


def _instant(payload: Mapping[object, object], claim: int) -> datetime | None:
    match payload.get(claim):
        case None:
            return None
        case datetime() as tagged:
            return _within_bounds((tagged if tagged.tzinfo else tagged.replace(tzinfo=UTC)).timestamp())
        case (int() | float()) as seconds if not isinstance(seconds, bool) and math.isfinite(seconds):
            return _within_bounds(seconds)
        case _:
            raise PassRejected(Step.TIMES, ReadingReason.PASS_CLAIMS_BROKEN)


def _within_bounds(seconds: float) -> datetime:
    if seconds <= EARLIEST.timestamp():
        return EARLIEST
    if seconds >= _LAST.timestamp():
        return _LAST
    return datetime.fromtimestamp(seconds, UTC)
