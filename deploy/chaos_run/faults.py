"""What goes wrong and in which order. Pure: the same seed gives the same list."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

BROKER, DATABASE = "kafka", "postgres"
"""As the supervisor names them."""
OUTAGE_S = 20.0
LONG_OUTAGE_S = 300.0
WATCHED_S = 35.0
"""How long traffic goes on after a fault without an outage: longer than any group of workers takes to settle."""


class ToWorker(StrEnum):
    KILLED = "killed"
    TERMINATED = "told to stop in the middle of a batch"
    JOINS = "one more begins, and leaves again"


@dataclass(frozen=True)
class Kind:
    away: tuple[str, ...] = ()
    killed: bool = False
    """The parts that are away were killed; otherwise they were stopped in order."""
    worker: ToWorker | None = None
    services_killed: bool = False


KINDS: Mapping[str, Kind] = {
    "broker-stopped": Kind((BROKER,)),
    "broker-killed": Kind((BROKER,), killed=True),
    "database-stopped": Kind((DATABASE,)),
    "database-killed": Kind((DATABASE,), killed=True),
    "both-stopped": Kind((BROKER, DATABASE)),
    "both-killed": Kind((BROKER, DATABASE), killed=True),
    "worker-begins-without-broker": Kind((BROKER,), worker=ToWorker.JOINS),
    "worker-killed-without-database": Kind((DATABASE,), worker=ToWorker.KILLED),
    "worker-terminated-without-database": Kind((DATABASE,), worker=ToWorker.TERMINATED),
    "worker-killed": Kind(worker=ToWorker.KILLED),
    "worker-terminated": Kind(worker=ToWorker.TERMINATED),
    "worker-joins": Kind(worker=ToWorker.JOINS),
    "services-killed": Kind(services_killed=True),
}

_OUTAGES: Mapping[str, int] = {
    "broker-stopped": 3,
    "broker-killed": 3,
    "database-stopped": 3,
    "database-killed": 3,
    "both-stopped": 2,
    "both-killed": 2,
    "worker-begins-without-broker": 2,
    "worker-killed-without-database": 1,
    "worker-terminated-without-database": 1,
}
"""Twenty."""
_WITHOUT_OUTAGE: Mapping[str, int] = {
    "worker-killed": 5,
    "worker-terminated": 2,
    "worker-joins": 2,
    "services-killed": 1,
}
_LONG = ("broker-stopped", "database-stopped", "both-killed")
_SHORT = (
    "worker-killed",
    "broker-killed",
    "worker-joins",
    "database-killed",
    "worker-terminated",
    "worker-begins-without-broker",
)
SHORT_WATCHED_S = 10.0
"""With the traffic that goes on after every fault as long as a killed worker is missed."""


@dataclass(frozen=True)
class Fault:
    number: int
    name: str
    away_s: float
    watched_s: float = WATCHED_S

    @property
    def kind(self) -> Kind:
        return KINDS[self.name]

    @property
    def lasts_s(self) -> float:
        """From its beginning until its traffic may end."""
        return self.away_s or self.watched_s


def whole_list(seed: int, *, outage_s: float = OUTAGE_S, long_s: float = LONG_OUTAGE_S) -> list[Fault]:
    """Twenty outages and the faults of single programs in an order that is drawn, then three long outages."""
    names = [name for table in (_OUTAGES, _WITHOUT_OUTAGE) for name, times in table.items() for _ in range(times)]
    random.Random(f"{seed}/faults").shuffle(names)
    return _numbered([(name, outage_s) for name in names] + [(name, long_s) for name in _LONG])


def short_list(*, outage_s: float) -> list[Fault]:
    """A few minutes: one of each sort."""
    return [
        replace(fault, watched_s=SHORT_WATCHED_S) for fault in _numbered([(name, outage_s) for name in _SHORT])
    ]


def only(names: list[str], *, outage_s: float) -> list[Fault]:
    return _numbered([(name, outage_s) for name in names])


def _numbered(wanted: list[tuple[str, float]]) -> list[Fault]:
    return [
        Fault(number, name, outage_s if KINDS[name].away else 0.0)
        for number, (name, outage_s) in enumerate(wanted, start=1)
    ]
