"""Looks at every place again and again until all that was planted is there, or the time is over."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence

import httpx

from deploy.checking import sightings
from deploy.checking.queue_page import QueuePage, QueueRow, read_queue_page
from deploy.checking.sightings import Sightings
from deploy.checking.summary import Summary, summary
from deploy.running.eyes import CentreEye, StationEye
from deploy.simulator.truth import CrossingTruth

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
SETTLED_S = 4.0
"""What nobody planted may come a little later than what somebody did."""
MOST_PAGES = 100


async def whole_queue(centre: CentreEye) -> QueuePage:
    """All its pages, as one."""
    rows: tuple[QueueRow, ...] = ()
    page = QueuePage()
    for number in range(1, MOST_PAGES + 1):
        page = read_queue_page(await centre.queue_page(page=str(number)), number)
        rows += page.rows
        if not page.more:
            break
    return QueuePage(rows, page.recalls)


async def look(
    truths: Sequence[CrossingTruth], stations: Mapping[str, StationEye], centre: CentreEye
) -> Sightings:
    """Everything of this run that can be seen now."""
    rows = await asyncio.gather(*(station.crossings() for station in stations.values()))
    page = await whole_queue(centre)
    seen = sightings.in_alerts(await centre.alerts(), truths)
    for found in rows:
        seen += sightings.at_station(found, truths)
    return seen + sightings.in_queue(page, truths) + sightings.in_recalls(page, truths)


async def watch(
    truths: Sequence[CrossingTruth],
    stations: Mapping[str, StationEye],
    centre: CentreEye,
    *,
    within_s: float,
    say: Callable[[Summary], None] = lambda _: None,
) -> Summary:
    """The summary once it is complete and has stayed so for a while, or else when the time is over."""
    loop = asyncio.get_running_loop()
    wanted = sightings.expected(truths)
    give_up_at = loop.time() + within_s
    complete_since: float | None = None
    found = summary(truths, wanted, Sightings())
    while loop.time() < give_up_at:
        try:
            found = summary(truths, wanted, await look(truths, stations, centre))
        except httpx.HTTPError as exc:  # a program is being started again; what it shows afterwards counts
            log.info("cannot look yet: %s", type(exc).__name__)
        say(found)
        if not found.is_complete:
            complete_since = None
        elif complete_since is None:
            complete_since = loop.time()
        elif loop.time() - complete_since >= SETTLED_S:
            return found
        await asyncio.sleep(LOOK_EVERY_S)
    return found
