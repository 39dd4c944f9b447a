"""Drives a planned morning through headless stations: sheets laid at a pace, results when their time has come."""

import asyncio
import contextlib
import shutil
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import httpx

from deploy.demo.entering import RegistryClient
from deploy.simulator.issuing import Issuers
from deploy.simulator.plan_model import Plan, PlannedResult
from deploy.simulator.sheets import lay

LAID_WITHIN_S = 25.0
"""A morning in less than half a minute; the pictures themselves may take longer on a slow machine."""
ASK_EVERY_S = 1.0


def clear(folder: Path) -> None:
    """Take away what an earlier morning left: it is over, and its people are in these files."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)


class Traffic:
    """``laid`` counts crossings, ``reported`` results."""

    def __init__(self, plan: Plan, folders: Mapping[str, Path], issuers: Issuers) -> None:
        """``folders``: station id to the folder of its sheets."""
        self.plan, self._folders, self._issuers = plan, folders, issuers
        self.laid = self.reported = 0
        self._laid_sheets: set[str] = set()

    async def drive(
        self,
        registry: RegistryClient,
        is_judged: Callable[[str], Awaitable[bool]],
        *,
        within_s: float = LAID_WITHIN_S,
    ) -> None:
        """Lay every sheet, and report each result once ``is_judged`` says that its crossing has a verdict.

        Raises what the first of them raised; the others are given up.
        """
        works = [self._lay_all(within_s), *(self._report(one, registry, is_judged) for one in self.plan.results)]
        tasks = [asyncio.ensure_future(work) for work in works]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _lay_all(self, within_s: float) -> None:
        loop = asyncio.get_running_loop()
        began, pause = loop.time(), within_s / len(self.plan.crossings)
        for place, crossing in enumerate(self.plan.crossings):
            await asyncio.sleep(max(0.0, began + place * pause - loop.time()))
            await asyncio.to_thread(lay, crossing, self._folders[crossing.station_id], self._issuers.text_of)
            self.laid += 1
            self._laid_sheets.add(crossing.sheet_id)

    async def _report(
        self, result: PlannedResult, registry: RegistryClient, is_judged: Callable[[str], Awaitable[bool]]
    ) -> None:
        while not (result.after_sheet in self._laid_sheets and await is_judged(result.after_sheet)):  # noqa: ASYNC110 - over HTTP
            await asyncio.sleep(ASK_EVERY_S)
        await self._until_entered(result, registry)
        self.reported += 1

    async def _until_entered(self, result: PlannedResult, registry: RegistryClient) -> None:
        """The registry knows a result by its id, so sending it again does no harm."""
        while True:
            try:
                return await registry.enter_result(result)
            except httpx.TransportError:
                await asyncio.sleep(ASK_EVERY_S)


async def until_done(work: Awaitable[None], stop: asyncio.Event) -> bool:
    """False when ``stop`` came first; the work is then given up."""
    working = asyncio.ensure_future(work)
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if working.done():
        await working
        return True
    working.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working
    return False
