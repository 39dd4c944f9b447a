"""A baseline in a process of its own, asked by lines of JSON: what to measure, then how often."""

from __future__ import annotations

import json
import subprocess
from types import TracebackType
from typing import Any

from deploy.benchmarks.baselines import BaselineMissing


class Peer:
    """Answers each number of rounds with a list of medians, in microseconds, one for each case it was given."""

    def __init__(self, command: list[str], cases: list[Any]) -> None:
        """Raises BaselineMissing when it does not come up."""
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        if self._ask(cases) != "ready":
            self.close()
            raise BaselineMissing("it did not start")

    def measure(self, calls: int) -> list[float]:
        medians: list[float] = self._ask(calls)
        return medians

    def _ask(self, question: Any) -> Any:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise TypeError("started with pipes")
        try:
            stdin.write(json.dumps(question) + "\n")
            stdin.flush()
        except BrokenPipeError:
            pass
        answer = stdout.readline()
        if not answer:
            said = self._process.communicate()[1].strip().splitlines()
            raise BaselineMissing(f"it ended: {said[-1] if said else 'without a word'}")
        return json.loads(answer)

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()

    def __enter__(self) -> Peer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
