"""Who may use this station's page: officers by a PIN bound to the station, devices by a key. Works offline.

A PIN is short, so tries are few: after ``TRIES`` wrong ones everybody waits for that officer's door to open.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pydantic import TypeAdapter, ValidationError

from checkpoint_agent.outbox import Database
from schemas.bounded import Text40, instant_text
from schemas.words import Force

TRIES = 5
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
PIN_DIGITS = 6
_HASHER = PasswordHasher()
_NAME: TypeAdapter[str] = TypeAdapter(Text40)


class NameNotAllowed(Exception):
    """An officer's or device's name is 1 to 40 printable characters."""


@dataclass(frozen=True, slots=True)
class Officer:
    officer_id: str
    force: Force


class LoginRefused(Exception):
    """Wrong PIN or unknown officer: the two are not told apart. ``wait_until`` when there were too many."""

    def __init__(self, wait_until: datetime | None = None) -> None:
        super().__init__()
        self.wait_until = wait_until


def add_officer(home: Path, name: str, force: Force | str) -> str:
    """Enter an officer, or give a known one a new PIN. Returns the made-up PIN, which is kept nowhere."""
    pin = "".join(secrets.choice("0123456789") for _ in range(PIN_DIGITS))
    database = Database(home)
    try:
        with database.writing() as tx:
            tx.execute(
                "INSERT INTO officers (officer_id, force, pin_hash) VALUES (?, ?, ?)"
                " ON CONFLICT (officer_id) DO UPDATE SET force = excluded.force, pin_hash = excluded.pin_hash,"
                " failed = 0, wait_until = NULL",
                (_named(name), Force(force).value, _HASHER.hash(pin)),
            )
    finally:
        database.close()
    return pin


def add_device(home: Path, name: str) -> str:
    """Enter a device, or give a known one a new key. Returns the key, which is kept nowhere."""
    key = secrets.token_urlsafe(32)
    database = Database(home)
    try:
        with database.writing() as tx:
            tx.execute(
                "INSERT OR REPLACE INTO devices (name, key_sha256) VALUES (?, ?)", (_named(name), _sha256(key))
            )
    finally:
        database.close()
    return key


def _named(name: str) -> str:
    try:
        return _NAME.validate_python(name.strip())
    except ValidationError:
        raise NameNotAllowed from None


class Officers:
    """Blocks while it hashes: called in a thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def names(self) -> list[str]:
        with self._database.reading() as db:
            return [row["officer_id"] for row in db.execute("SELECT officer_id FROM officers ORDER BY 1")]

    def logged_in(self, officer_id: str, pin: str, *, at: datetime) -> Officer:
        """Raises LoginRefused. The try is counted before the PIN is looked at: a killed station forgets none."""
        with self._database.writing() as tx:
            row = tx.execute("SELECT * FROM officers WHERE officer_id = ?", (officer_id,)).fetchone()
            if row is None:
                raise LoginRefused
            wait_until = datetime.fromisoformat(row["wait_until"]) if row["wait_until"] else None
            if wait_until is not None and at < wait_until:
                raise LoginRefused(wait_until)
            failed = row["failed"] + 1
            until = at + wait_after(failed) if failed >= TRIES else None
            tx.execute(
                "UPDATE officers SET failed = ?, wait_until = ? WHERE officer_id = ?",
                (failed, instant_text(until) if until else None, officer_id),
            )
        if not _is_right(row["pin_hash"], pin):
            raise LoginRefused(until)
        with self._database.writing() as tx:
            tx.execute("UPDATE officers SET failed = 0, wait_until = NULL WHERE officer_id = ?", (officer_id,))
        return Officer(officer_id, Force(row["force"]))

    def is_device(self, key: str) -> bool:
        with self._database.reading() as db:
            known = [row["key_sha256"] for row in db.execute("SELECT key_sha256 FROM devices")]
        return any([hmac.compare_digest(_sha256(key), one) for one in known])


def wait_after(failed: int) -> timedelta:
    """Doubled with each wrong PIN from the last allowed one on."""
    doubled: int = 2 ** min(max(0, failed - TRIES), 10)
    return min(LONGEST_WAIT, FIRST_WAIT * doubled)


def _is_right(pin_hash: str, pin: str) -> bool:
    try:
        return _HASHER.verify(pin_hash, pin[:100])
    except (VerificationError, InvalidHashError):
        return False


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
