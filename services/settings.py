"""What the services are told from outside, read once at the start. A missing one stops it with its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path


class SettingMissing(Exception):
    """``name`` is the environment variable; ``why`` is a sentence for whoever starts us."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")
        self.name = name


@dataclass(frozen=True)
class Settings:
    kafka_bootstrap: str
    database_url: str
    keys: Path
    front_end: Path
    host: str
    port: int
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    group: str = "services"
    """Kafka consumer group; all instances of the services share one."""
    ready_file: Path | None = None
    issuers: Path | None = None
    """Folder of the issuers' private keys; None: passes are issued elsewhere."""


def database_url_from(environment: Mapping[str, str]) -> str:
    """All that migrating and adding users needs."""
    return _needed(environment, "CHOTXANH_DATABASE_URL")


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Raises SettingMissing."""
    settings = Settings(
        kafka_bootstrap=_needed(environment, "CHOTXANH_KAFKA_BOOTSTRAP"),
        database_url=database_url_from(environment),
        keys=Path(_needed(environment, "CHOTXANH_KEYS")),
        front_end=Path(_needed(environment, "CHOTXANH_FRONT_END")),
        host=environment.get("CHOTXANH_SERVICES_HOST") or "127.0.0.1",
        port=_port(_needed(environment, "CHOTXANH_SERVICES_PORT")),
        tls_certificate=_path(environment, "CHOTXANH_SERVICES_TLS_CERTIFICATE"),
        tls_key=_path(environment, "CHOTXANH_SERVICES_TLS_KEY"),
        ready_file=_path(environment, "CHOTXANH_READY_FILE"),
        issuers=_path(environment, "CHOTXANH_ISSUERS"),
    )
    if not _is_loopback(settings.host) and not (settings.tls_certificate and settings.tls_key):
        raise SettingMissing("CHOTXANH_SERVICES_TLS_CERTIFICATE", "pages outside this machine need TLS")
    return settings


def _needed(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name)
    if not value:
        raise SettingMissing(name, "is not set")
    return value


def _path(environment: Mapping[str, str], name: str) -> Path | None:
    value = environment.get(name)
    return Path(value) if value else None


def _port(text: str) -> int:
    if not text.isdigit() or not 0 <= int(text) <= 65535:
        raise SettingMissing("CHOTXANH_SERVICES_PORT", "is not a port number")
    return int(text)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
