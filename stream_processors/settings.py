"""The processors' settings, read once from the environment. A missing one stops the start with its name."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path


class SettingMissing(Exception):
    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is not set")
        self.name = name


@dataclass(frozen=True)
class ProcessorSettings:
    kafka_bootstrap: str
    database_url: str
    keys: Path
    """Folder of the key files; processors read ``centre/`` and never its private signing half."""
    ready_file: Path | None = None
    """Touched every few seconds while the worker gets on, or has nothing to do."""
    keep: timedelta | None = None
    """How long what happened is kept (CHOTXANH_KEEP_DAYS); older is let go, and not taken. Unset: all is kept."""
    batch: int = 500
    """The most that is taken at once."""
    name: str = "processors"
    """This worker among the others: in its log lines, in its metrics and at the broker."""
    seen_port: int | None = None
    """On 127.0.0.1: ``/health`` and ``/metrics``; None: neither is served."""
    scrape_key_sha256: str | None = None
    """Hex. Whoever reads the metrics has the key; we have its hash."""
    stuck_after_s: float = 120.0
    """Without progress, with a backlog, and with database and broker in reach: the worker ends itself."""


def settings_from(environment: Mapping[str, str] = os.environ) -> ProcessorSettings:
    """Raises SettingMissing with the name of the first that is not there."""
    ready = environment.get("CHOTXANH_READY_FILE")
    return ProcessorSettings(
        kafka_bootstrap=needed(environment, "CHOTXANH_KAFKA_BOOTSTRAP"),
        database_url=needed(environment, "CHOTXANH_DATABASE_URL"),
        keys=Path(needed(environment, "CHOTXANH_KEYS")),
        ready_file=Path(ready) if ready else None,
        keep=timedelta(days=int(keep_days)) if (keep_days := environment.get("CHOTXANH_KEEP_DAYS")) else None,
        batch=int(environment.get("CHOTXANH_BATCH") or ProcessorSettings.batch),
        seen_port=int(port) if (port := environment.get("CHOTXANH_WORKER_PORT")) else None,
        scrape_key_sha256=environment.get("CHOTXANH_SCRAPE_KEY_SHA256") or None,
        stuck_after_s=float(environment.get("CHOTXANH_STUCK_AFTER_S") or 120.0),
        name=environment.get("CHOTXANH_WORKER_NAME") or f"{socket.gethostname()}-{os.getpid()}",
    )


def needed(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name)
    if not value:
        raise SettingMissing(name)
    return value
