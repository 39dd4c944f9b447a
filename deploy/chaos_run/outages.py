"""Takes parts away from a running system and brings them back on the same data."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Sequence

from deploy.supervisor import Supervisor


def kill(supervisor: Supervisor, name: str) -> int:
    """SIGKILL; the supervisor starts it again. The process id that it had."""
    pid = supervisor.children[name].pid
    if pid is None:
        raise LookupError(f"{name} is not running")
    os.kill(pid, signal.SIGKILL)
    return pid


@contextlib.asynccontextmanager
async def away(supervisor: Supervisor, names: Sequence[str], *, killed: bool = False) -> AsyncIterator[None]:
    """``names`` are stopped or killed, and started again at the end."""
    specs = [supervisor.children[name].spec for name in names]
    if killed:
        for name in names:
            kill(supervisor, name)
    await asyncio.gather(*(supervisor.stop(name) for name in names))
    try:
        yield
    finally:
        begun = [supervisor.begin(spec) for spec in specs]
        for child in begun:
            await child.wait_until_ready()
        # What is started first is stopped last.
        first = {child.spec.name: child for child in begun}
        rest = {name: child for name, child in supervisor.children.items() if name not in first}
        supervisor.children = {**first, **rest}
