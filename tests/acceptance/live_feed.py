"""Follows the police's live feed as their own systems do: server-sent events, resumed by the last id."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from deploy.running.logins import ALERTS_KEY
from tests.acceptance.province import Province

WITHIN_S = 90


@dataclass(frozen=True)
class Said:
    id: int
    event: str
    alert: dict[str, Any]


async def follow(
    province: Province, *, after: int | None, until: Callable[[list[Said]], bool], within_s: float = WITHIN_S
) -> list[Said]:
    """What is said after the event ``after`` (None: from now on) until it is enough, or the time is over."""
    heard: list[Said] = []
    headers = province.key_header(ALERTS_KEY) | ({"Last-Event-ID": str(after)} if after is not None else {})
    try:
        async with (
            asyncio.timeout(within_s),
            httpx.AsyncClient(base_url=province.machine.services_url, timeout=within_s, trust_env=False) as client,
            client.stream("GET", "/v1/alerts/feed", headers=headers) as stream,
        ):
            fields: dict[str, str] = {}
            async for line in stream.aiter_lines():
                name, _, value = line.partition(": ")
                if name in ("id", "event", "data"):
                    fields[name] = value
                elif not line and fields:
                    heard.append(Said(int(fields["id"]), fields["event"], json.loads(fields["data"])))
                    fields = {}
                    if until(heard):
                        break
    except TimeoutError:
        pass
    return heard
