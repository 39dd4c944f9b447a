"""The decoding child: ``python -m checkpoint_agent.decoding.child MEMORY_FD NICENESS``.

Reads gray frames from memory that the station shares with it, answers on its standard output, and
ends when its standard input does. It opens no file and no socket, and knows no key: what a
stranger's picture may do to a decoder, it does here. It prints where a bug was, never its message,
which could hold the text of a code.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import resource
import signal
import sys
import traceback
from types import TracebackType
from typing import BinaryIO

import cv2
import numpy as np

from checkpoint_agent.decoding import wire
from checkpoint_agent.decoding.fallback import fallback_available
from checkpoint_agent.decoding.light import Gray
from checkpoint_agent.decoding.steps import decode_once

PR_SET_PDEATHSIG = 1
MEMORY_LIMIT_BYTES = 4 << 30


def main() -> None:
    memory_fd, niceness = int(sys.argv[1]), int(sys.argv[2])
    _live_modestly(niceness)
    answers = sys.stdout.buffer
    _say(answers, wire.hello_to_wire(wire.Hello(fallback_available())))
    memory = _SharedMemory(memory_fd)
    while (request := _next_request(sys.stdin.buffer)) is not None:
        gray = memory.frame(request.height, request.width)
        _say(answers, wire.reading_to_wire(decode_once(gray, request.step)))


class _SharedMemory:
    """The station's frames, mapped again whenever it has made the memory larger."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._map: mmap.mmap | None = None

    def frame(self, height: int, width: int) -> Gray:
        if self._map is None or len(self._map) < height * width:
            self._map = mmap.mmap(self._fd, os.fstat(self._fd).st_size, prot=mmap.PROT_READ)
        pixels = np.frombuffer(self._map, dtype=np.uint8, count=height * width)
        return pixels.reshape(height, width)


def _next_request(source: BinaryIO) -> wire.Request | None:
    header = source.read(wire.HEADER_BYTES)
    if len(header) < wire.HEADER_BYTES:
        return None
    return wire.request_from_wire(source.read(wire.body_length(header)))


def _say(target: BinaryIO, message: bytes) -> None:
    target.write(message)
    target.flush()


def _live_modestly(niceness: int) -> None:
    """Die with the station, leave no picture in a core dump, and leave it the processor."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the station, which then ends us
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
    os.nice(niceness)
    cv2.setNumThreads(1)
    sys.excepthook = _report_without_values


def _report_without_values(kind: type[BaseException], _: BaseException, trace: TracebackType | None) -> None:
    for place in traceback.extract_tb(trace):
        sys.stderr.write(f"decoding child: {place.name}, line {place.lineno}\n")
    sys.stderr.write(f"decoding child: ended by {kind.__name__}\n")


if __name__ == "__main__":
    main()
