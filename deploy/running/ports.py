"""Which port each program of this machine listens on. Asks the system only for those that may be any."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from deploy.checks import free_port, require_free_port
from deploy.keys import Lane

DEFAULT_BASE = 18080
WORKERS_FROM = 20


@dataclass(frozen=True)
class Ports:
    services: int
    stations: dict[str, int]
    first_worker: int | None = None
    """Of the addresses at which the processors are seen; None: any that are free."""
    workers: dict[int, int] = field(default_factory=dict)

    def worker(self, number: int) -> int:
        """The same each time it is asked."""
        if number not in self.workers:
            self.workers[number] = free_port() if self.first_worker is None else self.first_worker + number - 1
        return self.workers[number]

    def named(self) -> Iterator[tuple[int, str]]:
        yield self.services, "the pages and APIs"
        for station_id, port in self.stations.items():
            yield port, f"the station {station_id}"
        for number, port in self.workers.items():
            yield port, f"what is seen of the processors {number}"


def ports_from(base: int, lanes: Sequence[Lane]) -> Ports:
    """``base`` for the services, the following ones for the stations, and ``base + 20`` on for the processors.

    With 0, any that are free.
    """
    if base == 0:
        return Ports(free_port(), {lane.station_id: free_port() for lane in lanes})
    return Ports(
        base, {lane.station_id: base + place for place, lane in enumerate(lanes, start=1)}, base + WORKERS_FROM
    )


def require_free(ports: Ports) -> None:
    """Raises CannotStart for the first that is taken."""
    for port, what in ports.named():
        require_free_port(port, what)
