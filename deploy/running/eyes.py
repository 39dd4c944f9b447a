"""Looks where users look: a station's list, the alert API, the desk, the queue page. Changes nothing."""

from dataclasses import dataclass
from typing import Any, Self

import httpx

from deploy.running.programs import NO_AUTHORITIES

PATIENCE_S = 15.0
MOST_ROWS = 2_000
"""Of one lane: some forty mornings within the last hours."""


class StationEye:
    """A station's own API, with a device's key."""

    def __init__(self, url: str, device_key: str) -> None:
        self._client = _client(url, device_key)

    async def close(self) -> None:
        await self._client.aclose()

    async def state(self) -> dict[str, Any]:
        found: dict[str, Any] = await _json(self._client, "/api/state")
        return found

    async def crossings(self, limit: int = MOST_ROWS) -> list[dict[str, Any]]:
        """Newest first."""
        found: list[dict[str, Any]] = await _json(self._client, f"/api/crossings?limit={limit}")
        return found


@dataclass(frozen=True)
class CentreLogin:
    alerts_key: str
    desk_key: str
    coordinator: str
    password: str


class CentreEye:
    """The services, as police (a key), whoever watches the system (a key), and a coordinator (a session)."""

    def __init__(self, url: str, login: CentreLogin) -> None:
        self._alerts = _client(url, login.alerts_key)
        self._desk = _client(url, login.desk_key)
        self._coordinator = _client(url)
        self._login = login
        self._logged_in = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in (self._alerts, self._desk, self._coordinator):
            await client.aclose()

    async def alerts(self) -> list[dict[str, Any]]:
        """All of them, newest first."""
        found: list[dict[str, Any]] = []
        before: str | None = None
        while True:
            page = await _json(self._alerts, "/v1/alerts", limit=500, before=before)
            found += page["alerts"]
            before = page["next"]
            if before is None:
                return found

    async def desk(self) -> dict[str, Any]:
        found: dict[str, Any] = await _json(self._desk, "/v1/desk")
        return found

    async def queue_page(self, **filters: str) -> str:
        """The HTML that a coordinator is shown."""
        if not self._logged_in:
            await self._log_in()
        answer = await self._coordinator.get("/queue", params=filters)
        if answer.status_code in (303, 401, 403):  # the session ended
            await self._log_in()
            answer = await self._coordinator.get("/queue", params=filters)
        answer.raise_for_status()
        return answer.text

    async def _log_in(self) -> None:
        form = {"name": self._login.coordinator, "password": self._login.password}
        answer = await self._coordinator.post("/login", data=form)
        if answer.status_code != 303:
            answer.raise_for_status()
        self._logged_in = True


def _client(url: str, key: str | None = None) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx.AsyncClient(
        base_url=url, headers=headers, timeout=PATIENCE_S, trust_env=False, verify=NO_AUTHORITIES
    )


async def _json(client: httpx.AsyncClient, path: str, **query: Any) -> Any:
    answer = await client.get(path, params={name: value for name, value in query.items() if value is not None})
    answer.raise_for_status()
    return answer.json()
