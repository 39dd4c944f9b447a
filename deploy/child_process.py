"""What a child process is: its command, how to know that it is ready, and how to stop it. Starts none."""

import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class NotReadyYet(Exception):
    """A readiness check asks to be asked again."""


async def _ready_when_started() -> None:
    return


@dataclass(frozen=True)
class ChildSpec:
    name: str
    """Unique in a supervisor; also the name of its log file."""
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    """Added to our own environment."""
    cwd: Path | None = None
    ready: Callable[[], Awaitable[object]] = _ready_when_started
    """Asked again and again until it raises nothing."""
    ready_within_s: float = 60.0
    before_start: Callable[[], None] = lambda: None
    """Puts right what the end before left behind; called before each start."""
    stop_signal: signal.Signals = signal.SIGTERM
    stop_within_s: float = 15.0
    """After this it is killed."""
    alive: Callable[[], Awaitable[bool]] | None = None
    """Asked every few seconds once it is ready. False: it says itself that it does not get on, and is ended and
    started again. What it raises is no answer, which a busy machine may cause."""
    unanswered_for_s: float = 60.0
    """Without an answer for so long it counts as hung."""
    stays_stopped_on: frozenset[int] = frozenset({os.EX_CONFIG})
    """Exit statuses that starting again does not mend: a person is needed."""
    account: tuple[int, int] | None = None
    """User and group to run as; None: ours."""


class State(StrEnum):
    STARTING = "starting"
    READY = "ready"
    WAITING = "waiting to be started again"
    NEEDS_A_PERSON = "stopped by itself; needs a person"
    STOPPED = "stopped"


def pause_before_restart(short_lives: int) -> float:
    """Seconds to wait after ``short_lives`` (1, 2, ...) starts in a row that did not last."""
    return float(min(0.5 * 2 ** (short_lives - 1), 30.0))
