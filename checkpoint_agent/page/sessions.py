"""Who is logged in, in memory: a restart logs everybody out, and no file holds a session."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from checkpoint_agent.page.officers import Officer

COOKIE = "chotxanh_station"
LASTS = timedelta(hours=12)
"""A shift."""


@dataclass(frozen=True, slots=True)
class Session:
    officer: Officer
    csrf: str
    ends_at: datetime

    def allows(self, token: str | None) -> bool:
        return token is not None and hmac.compare_digest(self.csrf, token)


class Sessions:
    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}

    def begin(self, officer: Officer, at: datetime) -> str:
        """A new session's secret, for the cookie."""
        self._sessions = {key: one for key, one in self._sessions.items() if at < one.ends_at}
        key = secrets.token_urlsafe(32)
        self._sessions[key] = Session(officer, secrets.token_urlsafe(32), at + LASTS)
        return key

    def of(self, key: str | None, at: datetime) -> Session | None:
        session = self._sessions.get(key or "")
        return session if session is not None and at < session.ends_at else None

    def end(self, key: str | None) -> None:
        self._sessions.pop(key or "", None)
