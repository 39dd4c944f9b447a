"""One decoding child as the station sees it: asked for one reading at a time, ended and started anew.

A child that hangs or dies takes its frame with it and nothing else. It is started again for the
next frame; when it does not even start, with growing pauses.
"""

from __future__ import annotations

import asyncio
import mmap
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from checkpoint_agent.decoding import wire
from checkpoint_agent.decoding.codes import Failure, Step, StepReading
from checkpoint_agent.decoding.light import Gray

ROOT = Path(__file__).parents[2]
MAX_PIXELS = 64_000_000
FIRST_MEMORY_BYTES = 1920 * 1080
START_LIMIT_S = 20.0
LONGEST_PAUSE_S = 30.0


class ReadingFailed(Exception):
    """The frame was not read, and ``failure`` says why. The next one may be asked for at once."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.value)
        self.failure = failure


class ChildReader:
    """A child process with a time limit for each reading. Used from one event loop."""

    def __init__(self, *, limit_s: float, niceness: int = 0) -> None:
        self._limit_s = limit_s
        self._niceness = niceness
        self._process: asyncio.subprocess.Process | None = None
        self._memory = _FrameMemory()
        self._turn = asyncio.Lock()
        self._failed_starts = 0
        self._start_not_before = 0.0
        self._was_started = False
        self.restarts = 0
        """How often a child was started in place of one that hung or died."""
        self.fallback_available = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()
        self._memory.close()

    @property
    def pid(self) -> int | None:
        """The child's process id while it lives."""
        return None if self._process is None else self._process.pid

    @property
    def is_busy(self) -> bool:
        return self._turn.locked()

    async def start(self) -> None:
        """Have a child ready. Raises ReadingFailed when none can be started now."""
        async with self._turn:
            await self._running()

    async def read(self, gray: Gray, step: Step) -> StepReading:
        """What ``step`` reads in ``gray``, which must not change until this returns.

        Raises ReadingFailed at the time limit, when the child dies, or when none can be started.
        """
        async with self._turn:
            process = await self._running()
            try:
                self._memory.put(gray)
                height, width = gray.shape
                request = wire.Request(height, width, step)
                async with asyncio.timeout(self._limit_s):
                    return await _asked(process, request)
            except TimeoutError:
                await self._end()
                raise ReadingFailed(Failure.TIME_LIMIT) from None
            except (OSError, EOFError, wire.MalformedMessage):
                await self._end()
                raise ReadingFailed(Failure.DECODER_DIED) from None
            except asyncio.CancelledError:
                await self._end()  # else its answer would be taken for that to the next frame
                raise

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        await self._end()
        if asyncio.get_running_loop().time() < self._start_not_before:
            raise ReadingFailed(Failure.DECODER_AWAY)
        try:
            async with asyncio.timeout(START_LIMIT_S):
                return await self._started()
        except (TimeoutError, OSError, EOFError, wire.MalformedMessage):
            await self._end()
            self._pause()
            raise ReadingFailed(Failure.DECODER_AWAY) from None

    async def _started(self) -> asyncio.subprocess.Process:
        self._process = process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "checkpoint_agent.decoding.child"),
            *(str(self._memory.fd), str(self._niceness)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            pass_fds=(self._memory.fd,),
            env=_bare_environment(),
        )
        self.restarts += self._was_started
        self._was_started = True
        hello = wire.hello_from_wire(await _message(process))
        self.fallback_available = hello.fallback_available
        self._failed_starts = 0
        return process

    def _pause(self) -> None:
        self._failed_starts += 1
        pause_s = min(LONGEST_PAUSE_S, 0.5 * 2**self._failed_starts)
        self._start_not_before = asyncio.get_running_loop().time() + pause_s

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()


class _FrameMemory:
    """Memory without a name, in no file system: a frame shows people, so it never lies on a disk."""

    def __init__(self) -> None:
        self.fd = os.memfd_create("frame")
        os.ftruncate(self.fd, FIRST_MEMORY_BYTES)
        self._map = mmap.mmap(self.fd, FIRST_MEMORY_BYTES)

    def put(self, gray: Gray) -> None:
        if gray.size > MAX_PIXELS:
            raise ReadingFailed(Failure.FRAME_TOO_LARGE)
        if gray.size > len(self._map):
            self._map.close()
            os.ftruncate(self.fd, gray.size)
            self._map = mmap.mmap(self.fd, gray.size)
        shared = np.frombuffer(self._map, dtype=np.uint8, count=gray.size).reshape(gray.shape)
        np.copyto(shared, gray)

    def close(self) -> None:
        self._map.close()
        os.close(self.fd)


async def _asked(process: asyncio.subprocess.Process, request: wire.Request) -> StepReading:
    if process.stdin is None:
        raise EOFError
    process.stdin.write(wire.request_to_wire(request))
    await process.stdin.drain()
    return wire.reading_from_wire(await _message(process))


async def _message(process: asyncio.subprocess.Process) -> bytes:
    """The child's next message. Raises EOFError when it has ended."""
    if process.stdout is None:
        raise EOFError
    header = await process.stdout.readexactly(wire.HEADER_BYTES)
    return await process.stdout.readexactly(wire.body_length(header))


def _bare_environment() -> dict[str, str]:
    """What the child needs to find its libraries; what else the station's holds is not its business."""
    kept = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "VIRTUAL_ENV", "HOME")
    return {"PYTHONPATH": str(ROOT)} | {name: os.environ[name] for name in kept if name in os.environ}
