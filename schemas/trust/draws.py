"""The random inspection draw: a hash that nobody at the lane can steer, and any auditor can repeat (TRUST.md)."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date

_OF_A_THOUSAND = 1000


def station_day_key(station_key: bytes, day: date) -> bytes:
    """The station's key for one local day. Who learns it can foretell that day's draws, and no other's."""
    return hmac.digest(station_key, b"chotxanh draw " + day.isoformat().encode(), hashlib.sha256)


def drawn(station_day_key: bytes, lane: int, day: date, counter: int, rate: int) -> bool:
    """Whether the crossing with ``counter`` is inspected. ``rate``: of a thousand; whoever is drawn at one rate is
    drawn at every higher one."""
    said = f"{lane} {day.isoformat()} {counter}".encode()
    number = int.from_bytes(hmac.digest(station_day_key, said, hashlib.sha256)[:8], "big")
    return number * _OF_A_THOUSAND < rate << 64
