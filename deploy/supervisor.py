"""Keeps child processes running and leaves none behind. Knows nothing of what they do.

A child that ends is started again, always, after a pause that grows while it does not last. Stopping
goes in the reverse order of starting, each child bounded in time, then killed. When the supervisor
itself is killed, the kernel's death signal (launcher.py) and the guard (guard.py) end the children.

Everything runs on one event loop; the thread of that loop must live as long as the children, since
the kernel's death signal is that of the thread that started them.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.child_process import ChildSpec, State, pause_before_restart
from deploy.log_files import keep_all_bounded, last_lines, open_log
from deploy.refusals import CannotStart

HERE = Path(__file__).parent
ASK_EVERY_S = 0.1
WATCH_EVERY_S = 5.0
ANSWERS_WITHIN_S = 10.0
LASTED_S = 30.0
"""A child that lived this long was well: the next pause is short again."""


class Child:
    """One child process and all its lives."""

    def __init__(
        self,
        spec: ChildSpec,
        log: Path,
        guard: "Guard",
        say: Callable[[str], None],
        *,
        watch_every_s: float = WATCH_EVERY_S,
    ) -> None:
        self.spec, self.log = spec, log
        self.state = State.STARTING
        self.restarts = 0
        self.pid: int | None = None
        self.was_ready = asyncio.Event()
        """Set at the first readiness, and for good."""
        self._guard, self._say, self._watch_every_s = guard, say, watch_every_s
        self._stopping = asyncio.Event()
        self._lives: asyncio.Task[None] | None = None

    def begin(self) -> None:
        self._lives = asyncio.create_task(self._live_again_and_again())

    async def wait_until_ready(self) -> None:
        """Raises CannotStart when the first life ends before it was ready, or is not ready in time."""
        assert self._lives is not None
        ready = asyncio.create_task(self.was_ready.wait())
        await asyncio.wait({ready, self._lives}, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if self._lives.done():
            self._lives.result()

    async def stop(self) -> None:
        self._stopping.set()
        if self._lives is not None:
            with contextlib.suppress(CannotStart):
                await self._lives
        self.state = State.STOPPED

    async def _live_again_and_again(self) -> None:
        short_lives = 0
        while not self._stopping.is_set():
            began = asyncio.get_running_loop().time()
            status = await self._try_to_live()
            if self._stopping.is_set():
                return
            if not self.was_ready.is_set():
                self.state = State.STOPPED
                raise CannotStart(self._what_went_wrong(status))
            if status in self.spec.stays_stopped_on:
                await self._stay_stopped(status)
                return
            lasted = asyncio.get_running_loop().time() - began >= LASTED_S
            short_lives = 1 if lasted else short_lives + 1
            await self._pause(pause_before_restart(short_lives), status)

    async def _stay_stopped(self, status: int) -> None:
        self.state = State.NEEDS_A_PERSON
        said = last_lines(self.log, 1)
        self._say(f"{self.spec.name} stopped by itself (status {status}) and stays stopped. It said: {said}")
        await self._stopping.wait()

    async def _pause(self, pause_s: float, status: int) -> None:
        self.state = State.WAITING
        self._say(f"{self.spec.name} ended (status {status}); starting it again in {pause_s:g} s")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), pause_s)
        self.restarts += 1

    async def _try_to_live(self) -> int:
        """One life, or the status of one that could not begin, as a port is taken or memory is short."""
        try:
            return await self._live()
        except (OSError, CannotStart) as exc:
            if not self.was_ready.is_set():
                raise CannotStart(f"{self.spec.name} could not be started: {exc}") from exc
            return os.EX_OSERR

    async def _live(self) -> int:
        """One life, from start to end; the exit status."""
        self.state = State.STARTING
        self.spec.before_start()
        process = await self._start()
        self.pid = process.pid
        self._guard.began(process.pid, self.spec.stop_signal)
        ended = asyncio.create_task(process.wait())
        ready = asyncio.create_task(self._become_ready())
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({ended, stopping, ready}, return_when=asyncio.FIRST_COMPLETED)
        watching: asyncio.Task[str] | None = None
        if ready.done() and ready.exception() is None:
            watching = asyncio.create_task(self._until_unwell())
            await asyncio.wait({ended, stopping, watching}, return_when=asyncio.FIRST_COMPLETED)
        if watching is not None and watching.done() and not ended.done():
            self._say(f"{self.spec.name} {watching.result()}: ending it")
        for each in (ready, stopping, watching):
            if each is not None:
                each.cancel()
        if not ended.done():
            await self._end(process.pid, ended)
        _kill_group(process.pid)  # what it started itself
        self._guard.ended(process.pid)
        self.pid = None
        return await ended

    async def _start(self) -> asyncio.subprocess.Process:
        spec = self.spec
        account = ":".join(map(str, spec.account)) if spec.account else "-"
        launcher = (sys.executable, "-I", "-S", str(HERE / "launcher.py"))
        log = open_log(self.log)
        try:
            return await asyncio.create_subprocess_exec(
                *launcher,
                str(os.getpid()),
                str(int(spec.stop_signal)),
                account,
                "--",
                *spec.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **spec.env},
                cwd=spec.cwd,
                start_new_session=True,
            )
        finally:
            os.close(log)

    async def _become_ready(self) -> None:
        """Returns when ready; raises TimeoutError when it takes too long, which ends this life."""
        async with asyncio.timeout(self.spec.ready_within_s):
            while True:
                try:
                    await self.spec.ready()
                    break
                except Exception:  # whatever it is, it is not ready yet
                    await asyncio.sleep(ASK_EVERY_S)
        self.state = State.READY
        self.was_ready.set()

    async def _until_unwell(self) -> str:
        """Why it is to be ended; waits for ever while it is well."""
        alive, loop = self.spec.alive, asyncio.get_running_loop()
        if alive is None:
            await loop.create_future()
        assert alive is not None
        answered_at = loop.time()
        while True:
            try:
                async with asyncio.timeout(ANSWERS_WITHIN_S):
                    is_alive = await alive()
            except Exception:  # whatever it is, it is no answer
                if loop.time() - answered_at >= self.spec.unanswered_for_s:
                    return f"has not answered for {self.spec.unanswered_for_s:g} s"
            else:
                answered_at = loop.time()
                if not is_alive:
                    return "says that it does not get on"
            await asyncio.sleep(self._watch_every_s)

    async def _end(self, pid: int, ended: asyncio.Task[int]) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, self.spec.stop_signal)
        done, _ = await asyncio.wait({ended}, timeout=self.spec.stop_within_s)
        if not done:
            self._say(f"{self.spec.name} did not stop within {self.spec.stop_within_s:g} s: killed")
            _kill_group(pid)
            await ended

    def _what_went_wrong(self, status: int) -> str:
        return (
            f"{self.spec.name} did not become ready (status {status}); its log {self.log} ends with:\n"
            f"{last_lines(self.log)}"
        )


def _kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


class Guard:
    """Our end of the guard process; it notices our death by the end of its input."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", HERE / "guard.py"], stdin=subprocess.PIPE, start_new_session=True
        )

    def began(self, group: int, stop_signal: int) -> None:
        self._tell(f"+ {group} {int(stop_signal)}\n")

    def ended(self, group: int) -> None:
        self._tell(f"- {group}\n")

    def close(self) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it was killed; the death signal is still there
            self._process.stdin.write(line.encode())
            self._process.stdin.flush()


class Supervisor:
    """``async with Supervisor(logs=...) as supervisor: await supervisor.start(spec)``."""

    def __init__(
        self, *, logs: Path, say: Callable[[str], None] = print, watch_every_s: float = WATCH_EVERY_S
    ) -> None:
        self._logs, self._say, self._watch_every_s = logs, say, watch_every_s
        self.children: dict[str, Child] = {}

    async def __aenter__(self) -> Self:
        self._guard = Guard()
        self._logs_kept = asyncio.create_task(
            keep_all_bounded(lambda: [child.log for child in self.children.values()])
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop_all()
        self._logs_kept.cancel()
        self._guard.close()

    async def start(self, spec: ChildSpec) -> Child:
        """Start a child and return when it is ready. Raises CannotStart, and leaves it stopped."""
        child = self.begin(spec)
        await child.wait_until_ready()
        return child

    def begin(self, spec: ChildSpec) -> Child:
        """Start a child without waiting for it; several can become ready side by side."""
        if spec.name in self.children:
            raise ValueError(f"two children named {spec.name}")
        log = self._logs / f"{spec.name}.log"
        child = Child(spec, log, self._guard, self._say, watch_every_s=self._watch_every_s)
        self.children[spec.name] = child
        child.begin()
        return child

    async def stop(self, name: str) -> None:
        await self.children.pop(name).stop()

    async def stop_all(self) -> None:
        """Stop every child, the last started first."""
        for name in reversed(list(self.children)):
            await self.stop(name)

    @property
    def restarts(self) -> int:
        return sum(child.restarts for child in self.children.values())
