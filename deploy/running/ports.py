"""Which port each program of this machine listens on. Asks the system only for those that may be any."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from deploy.checks import free_port, require_free_port
from deploy.keys import Lane

DEFAULT_BASE = 18080


@dataclass(frozen=True)
class Ports:
    services: int
    stations: dict[str, int]

    def named(self) -> Iterator[tuple[int, str]]:
        yield self.services, "the pages and APIs"
        for station_id, port in self.stations.items():
            yield port, f"the station {station_id}"


def ports_from(base: int, lanes: Sequence[Lane]) -> Ports:
    """``base`` for the services and the following ones for the stations; with 0, any that are free."""
    if base == 0:
        return Ports(free_port(), {lane.station_id: free_port() for lane in lanes})
    return Ports(base, {lane.station_id: base + place for place, lane in enumerate(lanes, start=1)})


def require_free(ports: Ports) -> None:
    """Raises CannotStart for the first that is taken."""
    for port, what in ports.named():
        require_free_port(port, what)
