"""What is looked at before anything starts. Each check passes in silence or raises CannotStart; none repairs."""

import fcntl
import os
import random
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.home import Home
from deploy.refusals import CannotStart

LEAST_FREE_BYTES = 2 * 10**9
LOWEST_PORT = 20000
TRIES = 100
PORTS_GIVEN = Path("/proc/sys/net/ipv4/ip_local_port_range")


def require_writable(folder: Path) -> None:
    """``folder`` can be made and written by this user."""
    probe = folder / f".writable-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
    except OSError as exc:
        raise CannotStart(f"The folder {folder} cannot be written: {exc.strerror}.") from exc
    probe.unlink(missing_ok=True)


def require_disk(folder: Path, *, least_free_bytes: int = LEAST_FREE_BYTES) -> None:
    free = shutil.disk_usage(folder).free
    if free < least_free_bytes:
        raise CannotStart(
            f"The disk of {folder} has {free / 10**9:.1f} GB free and {least_free_bytes / 10**9:.1f} GB are "
            "needed: free some, or set CHOTXANH_HOME to a folder on another disk."
        )


def require_free_port(port: int, what: str, *, host: str = "127.0.0.1") -> None:
    """Nobody listens on ``port``, which ``what`` is to use."""
    with socket.socket() as probe:
        # As servers do: a port in TIME_WAIT after the run before is not taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as exc:
            raise CannotStart(
                f"Port {port} for {what} cannot be used on {host}: {exc.strerror}. "
                "Stop what uses it, or choose another port."
            ) from exc


def free_port() -> int:
    """One that nobody listens on, that no connection is given meanwhile, and nobody else while this process lives.

    Whoever is to listen on it begins seconds later, and of those that the system gives to connections hundreds are
    taken and let go in that time. It stays bound here, without listening: others who look for one pass it by, in
    this process or another, and a server that sets SO_REUSEADDR, as they do, listens on it all the same.
    """
    ours = range(LOWEST_PORT, max(_first_port_given(), LOWEST_PORT + TRIES))
    for port in random.SystemRandom().sample(ours, TRIES):
        held = socket.socket()
        try:
            held.bind(("127.0.0.1", port))  # fails beside whoever holds it, whether they set SO_REUSEADDR or not
        except OSError:
            held.close()
            continue
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.detach()  # it stays bound until the process ends
        return port
    raise CannotStart(f"Of the ports from {ours[0]} to {ours[-1]} none was found that is free.")


def _first_port_given() -> int:
    """The lowest that Linux gives to a connection of its own accord."""
    try:
        return int(PORTS_GIVEN.read_text().split()[0])
    except OSError:
        return 32768


@contextmanager
def only_run_on(home: Home) -> Iterator[None]:
    """Hold ``home`` for this process; CannotStart while another one has it.

    The kernel lets go of the lock when we end, however we end.
    """
    path = home.run / "lock"
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            lock.seek(0)
            raise CannotStart(
                f"Chốt Xanh already runs on {home.root} (process {lock.read().strip() or 'unknown'}): "
                "stop it first, or set CHOTXANH_HOME to another folder."
            ) from exc
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def prepare(home: Home) -> None:
    """Everything that must hold before the first download or start."""
    require_writable(home.root)
    require_disk(home.root)
    home.make()
