"""One live line of counts: how far the morning has come. On a terminal it is written over itself."""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

import httpx

from deploy.checking.watching import whole_queue
from deploy.running.eyes import CentreEye, StationEye
from deploy.running.traffic import Traffic

EVERY_S = 1.0
EVERY_ELSEWHERE_S = 10.0
"""Between lines where they cannot be written over."""


@dataclass(frozen=True)
class Counts:
    laid: int = 0
    planned: int = 0
    sent: int = 0
    judged: int = 0
    alerts: int = 0
    referrals: int = 0
    recalls: int = 0
    dead_letters: int = 0
    unsent: int = 0

    def line(self) -> str:
        return (
            f"crossings {self.laid}/{self.planned} · sent {self.sent} · judged {self.judged} · "
            f"alerts {self.alerts} · referrals {self.referrals} · recalls {self.recalls} · "
            f"dead letters {self.dead_letters} · unsent {self.unsent}"
        )


async def count(traffic: Traffic | None, stations: Mapping[str, StationEye], centre: CentreEye) -> Counts:
    """What the stations and the centre say of themselves; of all mornings on these data."""
    states = await asyncio.gather(*(station.state() for station in stations.values()))
    desk = await centre.desk()
    page = await whole_queue(centre)
    alerts = [alert for alert in await centre.alerts() if alert["still_active"]]
    return Counts(
        laid=traffic.laid if traffic else 0,
        planned=len(traffic.plan.crossings) if traffic else 0,
        sent=sum(post["crossings"] for post in desk["traffic"]),
        judged=sum(post["verdicts"] for post in desk["traffic"]),
        alerts=len(alerts),
        referrals=len(page.rows),
        recalls=sum(not recall.withdrawn for recall in page.recalls),
        dead_letters=len(desk["dead_letters"]),
        unsent=sum(state["unsent"] for state in states) + desk["waiting"],
    )


class LiveLine:
    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr
        self._said = ""

    def show(self, text: str) -> None:
        if self._out.isatty():
            print(f"\r\x1b[K• {text}", end="", file=self._out, flush=True)
        elif text != self._said:
            print(f"• {text}", file=self._out, flush=True)
        self._said = text

    def close(self) -> None:
        """The line stays, and what comes next begins below it."""
        if self._said and self._out.isatty():
            print(file=self._out, flush=True)
        self._said = ""

    @property
    def every_s(self) -> float:
        return EVERY_S if self._out.isatty() else EVERY_ELSEWHERE_S


async def show_counts(
    line: LiveLine, traffic: Traffic | None, stations: Mapping[str, StationEye], centre: CentreEye
) -> None:
    """Until cancelled. A program that is being started again is waited for."""
    while True:
        try:
            line.show((await count(traffic, stations, centre)).line())
        except (httpx.HTTPError, ValueError) as exc:
            line.show(f"waiting for a program to answer ({type(exc).__name__})")
        await asyncio.sleep(line.every_s)
