"""The station's one SQLite file: WAL, a commit on the disk before it returns. Knows no table by name.

OutboxTrouble
 ├─ DiskFull      nothing was written; what is there is whole. Make room and try again.
 └─ FileBroken    the file is no longer a database: nothing more is written until a person looks.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

FILE_NAME = "station.sqlite3"
BUSY_MS = 10_000
_BROKEN = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_FULL = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN})


class OutboxTrouble(Exception):
    """Nothing was written. ``code`` is stable and has a sentence on the page."""

    code = "OUTBOX_TROUBLE"


class DiskFull(OutboxTrouble):
    code = "OUTBOX_DISK_FULL"


class FileBroken(OutboxTrouble):
    code = "OUTBOX_FILE_BROKEN"


class Database:
    """One connection that writes and one that reads, each used by one thread at a time: who looks does not wait
    while another one's commit waits for the disk. Calls block; a page awaits them in a thread.
    """

    def __init__(self, home: Path) -> None:
        """Make or open the file. Raises OutboxTrouble."""
        self.path = home / FILE_NAME
        self._turn, self._reading_turn = threading.RLock(), threading.RLock()
        with _translated():
            home.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._connection = self._opened()
            try:
                self._prepare()
                self._reader = self._opened()
                self._reader.execute("PRAGMA query_only = ON")
            except BaseException:
                self._connection.close()
                raise

    def _opened(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        return connection

    def _prepare(self) -> None:
        if self._connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise FileBroken
        self._connection.execute("PRAGMA journal_mode = WAL")
        # FULL: a commit returns when the disk has it. Nothing says "written" before.
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        # What is deleted is overwritten, so that a stolen disk keeps nothing longer than we say.
        self._connection.execute("PRAGMA secure_delete = ON")
        self._connection.executescript(files(__package__).joinpath("schema.sql").read_text())
        self.path.chmod(0o600)

    @contextmanager
    def writing(self, *, lasting: bool = True) -> Iterator[sqlite3.Connection]:
        """One transaction: on the disk when the block is left, undone when it raises. Raises OutboxTrouble.

        Not ``lasting``: a power cut may undo it until the next one that is; for what is found out anew then.
        """
        with self._turn, _translated(), self._synchronous("FULL" if lasting else "NORMAL"):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                # A full disk may have undone it already.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _synchronous(self, level: str) -> Iterator[None]:
        if level == "FULL":
            yield
            return
        self._connection.execute(f"PRAGMA synchronous = {level}")
        try:
            yield
        finally:
            self._connection.execute("PRAGMA synchronous = FULL")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """What was committed, and nothing of a block of ``writing`` that goes on. Raises OutboxTrouble."""
        with self._reading_turn, _translated():
            yield self._reader

    def close(self) -> None:
        with self._turn, self._reading_turn:
            self._reader.close()
            self._connection.close()


@contextmanager
def _translated() -> Iterator[None]:
    """SQLite's and the disk's refusals as ours; a mistake in our SQL stays what it is."""
    try:
        yield
    except sqlite3.DatabaseError as exc:
        code = getattr(exc, "sqlite_errorcode", None)
        primary = code & 0xFF if code is not None else None
        if primary in _FULL:
            raise DiskFull from exc
        if primary in _BROKEN:
            raise FileBroken from exc
        if primary == sqlite3.SQLITE_BUSY:
            raise OutboxTrouble from exc
        raise
    except OSError as exc:
        raise DiskFull from exc
