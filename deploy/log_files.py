"""Files that take a child's output and stay bounded. Nothing is parsed here."""

import asyncio
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

MOST_BYTES = 20 * 10**6
LOOK_EVERY_S = 10.0


def open_log(path: Path) -> int:
    """A descriptor for a child's output. Appending, so that the file may be cut while it is written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)


def keep_bounded(path: Path, *, most_bytes: int = MOST_BYTES) -> bool:
    """Copy a log that is too long to ``NAME.1`` and empty it; lines written in between are lost."""
    if not path.exists() or path.stat().st_size <= most_bytes:
        return False
    shutil.copyfile(path, path.with_name(path.name + ".1"))
    os.truncate(path, 0)
    return True


async def keep_all_bounded(paths: Callable[[], Iterable[Path]], *, every_s: float = LOOK_EVERY_S) -> None:
    """Runs until cancelled; ``paths`` is asked anew each time."""
    while True:
        await asyncio.sleep(every_s)
        for path in list(paths()):
            await asyncio.to_thread(keep_bounded, path)


def last_lines(path: Path, count: int = 5) -> str:
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 8192))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-count:])
