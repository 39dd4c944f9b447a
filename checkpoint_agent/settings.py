"""The station's settings, read once from the environment. A missing one stops the start with its name."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class SettingMissing(Exception):
    """A setting that has no safe default is not there, or cannot be read."""

    def __init__(self, name: str, why: str = "is not set") -> None:
        super().__init__(f"{name} {why}")
        self.name = name


@dataclass(frozen=True)
class StationSettings:
    home: Path
    """Holds the station's one SQLite file."""
    keys: Path
    """The station's key file."""
    kafka_bootstrap: str
    port: int
    host: str = "127.0.0.1"
    camera: str | None = None
    """File, folder, video, RTSP address or device number; None: no camera, hand scanner and typing only."""
    sheets: Path | None = None
    """Folder of officer's sheets: scripted officer. None: a person at the page."""
    ready_file: Path | None = None


def settings_from(environment: Mapping[str, str] = os.environ) -> StationSettings:
    """Raises SettingMissing with the name of the first that is not there."""
    sheets = environment.get("CHOTXANH_STATION_SHEETS")
    ready = environment.get("CHOTXANH_READY_FILE")
    return StationSettings(
        home=home_from(environment),
        keys=Path(_needed(environment, "CHOTXANH_STATION_KEYS")),
        kafka_bootstrap=_needed(environment, "CHOTXANH_KAFKA_BOOTSTRAP"),
        port=_port(environment, "CHOTXANH_STATION_PORT"),
        host=environment.get("CHOTXANH_STATION_HOST") or "127.0.0.1",
        camera=environment.get("CHOTXANH_STATION_CAMERA") or None,
        sheets=Path(sheets) if sheets else None,
        ready_file=Path(ready) if ready else None,
    )


def home_from(environment: Mapping[str, str] = os.environ) -> Path:
    return Path(_needed(environment, "CHOTXANH_STATION_HOME"))


def _needed(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name)
    if not value:
        raise SettingMissing(name)
    return value


def _port(environment: Mapping[str, str], name: str) -> int:
    value = _needed(environment, name)
    if not value.isascii() or not value.isdigit() or not 0 <= int(value) < 65536:
        raise SettingMissing(name, "is not a port number")
    return int(value)
