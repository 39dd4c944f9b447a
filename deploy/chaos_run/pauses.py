"""How long partitions stood still, from when crossings got their first verdicts. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from statistics import median
from uuid import UUID


def pauses(
    crossings: Mapping[UUID, int],
    first_verdicts: Mapping[UUID, float],
    partitions: Iterable[int],
    *,
    since: float,
    until: float,
) -> dict[int, float]:
    """The longest time without a verdict of each partition, between ``since`` and ``until``.

    Counted from the last verdict before ``since``. A partition that had no crossing has no pause.
    """
    wanted = set(partitions)
    times: dict[int, list[float]] = defaultdict(list)
    for crossing_id, partition in crossings.items():
        if partition in wanted and crossing_id in first_verdicts:
            times[partition].append(first_verdicts[crossing_id])
    return {
        partition: longest
        for partition in sorted(times)
        if (longest := _longest(sorted(times[partition]), since, until))
    }


def _longest(times: list[float], since: float, until: float) -> float:
    before = [at for at in times if at <= since]
    during = [at for at in times if since < at <= until]
    if not during:
        return 0.0
    begin = before[-1] if before else since
    return max(later - earlier for earlier, later in zip([begin, *during], during, strict=False))


def middle(values: Iterable[float]) -> float | None:
    found = list(values)
    return median(found) if found else None
