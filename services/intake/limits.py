"""When everything is refused for a reason that may be ours, the intake stops, loudly, before it buries more. Pure.

A wrong key of the centre's makes every record of the province look forged; burying them all would hide that in
a long list. But one liar must not stop the province, however much it sends and whomever it names: so this looks
only at the time before the first record of a station was believed, and that one record ends it for good.
"""

from __future__ import annotations

from dataclasses import dataclass, field

# Not STATION_NOT_ENROLLED: where a lost database fills itself again, enrolments may come after the records.
OURS_TO_CAUSE = frozenset({"STATION_MAC_WRONG", "SIGNATURE_WRONG", "RECORD_NOT_VALID"})
MOST_REFUSED = 100
FEWEST_STATIONS = 3


class EverythingIsRefused(Exception):
    """Nothing of the batch was kept; Kafka still has it. The text says what to look at, and names nobody."""


@dataclass
class Beginning:
    """Since the start of this process."""

    over: bool = False
    refused: int = 0
    _stations: set[str] = field(default_factory=set)
    _reasons: set[str] = field(default_factory=set)

    def believed(self) -> None:
        """A station's record was believed: whatever is refused from now on is not for want of everything."""
        self.over = True

    def refuse(self, station_id: str | None, reason: str) -> None:
        """Raises EverythingIsRefused."""
        if self.over or station_id is None or reason not in OURS_TO_CAUSE:
            return
        self.refused += 1
        self._stations.add(station_id)
        self._reasons.add(reason)
        if self.refused >= MOST_REFUSED and len(self._stations) >= FEWEST_STATIONS:
            raise EverythingIsRefused(
                f"not one record of a station was believed since the start, {self.refused} were refused "
                f"({', '.join(sorted(self._reasons))}): compare the centre's keys and the stations' versions"
            )
