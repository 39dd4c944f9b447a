"""How much is measured: the whole of it, or a few minutes' worth. Data only."""

from __future__ import annotations

from dataclasses import dataclass

GB = 10**9
STORED_BYTES = 8_000
"""Of a stored crossing with everything that hangs on it and its indexes, seen on disk."""
LOG_BYTES = 8 * GB
"""What PostgreSQL's log may take while millions are loaded."""


@dataclass(frozen=True)
class Sizes:
    crossings: int
    """Of one run through a worker."""
    pairs: int
    """Rounds in which each contender has its turn."""
    batches: tuple[int, ...]
    stored: tuple[int, ...]
    """Crossings in the database before a run; each size has a database of its own."""
    stored_rounds: int
    stored_crossings: int
    """Of one run on such a database."""
    rates: tuple[int, ...]
    """Crossings a second, until one is not kept up with."""
    rate_s: float
    most_at_a_rate: int
    """A high rate is measured for a shorter time, so that its traffic can be made."""
    stations: int
    station_rate: int
    station_s: float
    truth: int

    @property
    def needs_bytes(self) -> int:
        many = sum(self.stored)
        return 2 * GB + many * STORED_BYTES + min(LOG_BYTES, many * STORED_BYTES)


FULL = Sizes(
    crossings=20_000,
    pairs=5,
    batches=(50, 100, 200, 500, 1000),
    stored=(50_000, 500_000, 5_000_000),
    stored_rounds=3,
    stored_crossings=6_000,
    rates=(25, 50, 100, 200, 400, 800, 1200, 1600, 2000, 2400),
    rate_s=20.0,
    most_at_a_rate=6_000,
    stations=4,
    station_rate=100,
    station_s=30.0,
    truth=6_000,
)
QUICK = Sizes(
    crossings=600,
    pairs=1,
    batches=(50, 500),
    stored=(1_000, 5_000),
    stored_rounds=1,
    stored_crossings=400,
    rates=(25, 100),
    rate_s=4.0,
    most_at_a_rate=400,
    stations=2,
    station_rate=50,
    station_s=4.0,
    truth=400,
)
