"""``chotxanh up`` as a real process: one at a time, refused, stopped and killed without a trace, and started again
on the same data for a whole check. Each start takes longer than what is asked of it, so one follows the other.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from deploy.home import Home
from deploy.simulator.plan_model import Case, Counts
from deploy.simulator.truth import read_truth
from tests.real_parts import a_home

WITHIN_S = 420
FREE_PORTS = ("--port-base", "0", "--kafka-port", "0")
READY, MORNING = "ready after", "a morning of"


class Up:
    """One life of it."""

    def __init__(self, home: Home, *arguments: str) -> None:
        self._home, self._said = home, list[str]()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "deploy.command_line", "up", *arguments, "--home", str(home.root)],
            env={name: value for name, value in os.environ.items() if not name.startswith("CHOTXANH_")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        self._said.extend(self.process.stderr)

    @property
    def said(self) -> str:
        return "".join(self._said)

    def wait_until_it_says(self, words: str) -> None:
        give_up_at = time.monotonic() + WITHIN_S
        while not any(words in line for line in list(self._said)):
            assert self.process.poll() is None, self.said
            assert time.monotonic() < give_up_at, self.said
            time.sleep(0.05)

    def ended(self, how: signal.Signals | None = None) -> tuple[int, str]:
        """Exit status and standard output, after the signal if there is one."""
        if how is not None:
            self.process.send_signal(how)
        assert self.process.stdout is not None
        with self.process.stdout as shown:
            printed = shown.read()
        status = self.process.wait(WITHIN_S)
        self._reader.join(WITHIN_S)
        assert self.process.stderr is not None
        self.process.stderr.close()
        return status, printed

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


@pytest.fixture
def fresh_home() -> Iterator[Home]:
    """One that nothing ever ran in."""
    with a_home() as home:
        yield home
        end_all_of(home)


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    with a_home() as home:
        yield home
        end_all_of(home)


@pytest.fixture(scope="module")
def first(home: Home) -> Up:
    """It runs, with traffic."""
    up = Up(home, *FREE_PORTS)
    up.wait_until_it_says(MORNING)
    return up


def processes_of(home: Home) -> list[psutil.Process]:
    """Whoever names the home in its command or environment."""
    mine = str(home.root)
    return [process for process in psutil.process_iter() if mine in _said_by(process)]


def _said_by(process: psutil.Process) -> str:
    try:
        return " ".join([*process.cmdline(), *process.environ().values()])
    except psutil.Error:
        return ""


def end_all_of(home: Home) -> None:
    """A test that fails half-way leaves nothing running either."""
    for process in processes_of(home):
        process.kill()


@pytest.mark.parametrize("option", ["--port-base", "--kafka-port"])
def test_a_taken_port_is_one_clear_sentence_and_nothing_is_begun(fresh_home: Home, option: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        arguments = dict(zip(FREE_PORTS[::2], FREE_PORTS[1::2], strict=True)) | {option: port}
        up = Up(fresh_home, *(part for pair in arguments.items() for part in pair))
        status, _ = up.ended()
    assert status != 0
    sentence = up.said.strip().splitlines()[-1]
    assert f"Port {port}" in sentence
    assert "choose another port" in sentence
    assert "Traceback" not in up.said
    assert processes_of(fresh_home) == []


def test_ctrl_c_while_starting_leaves_nothing(fresh_home: Home) -> None:
    up = Up(fresh_home, *FREE_PORTS)
    while len(family := up.family()) < 2:
        time.sleep(0.02)
    assert up.ended(signal.SIGINT)[0] != 0
    _, left = psutil.wait_procs(family, timeout=20)
    assert not left
    assert processes_of(fresh_home) == []


def test_a_second_up_on_the_same_home_is_refused_and_the_first_goes_on(home: Home, first: Up) -> None:
    second = Up(home, *FREE_PORTS)
    assert second.ended()[0] == 1
    assert "already runs" in second.said
    assert first.process.poll() is None


def test_however_it_ends_no_process_is_left_and_it_starts_again_on_the_same_data(home: Home, first: Up) -> None:
    """The first in the middle of its morning."""
    up, statuses = first, {signal.SIGINT: (0, 130), signal.SIGKILL: (-signal.SIGKILL,), signal.SIGTERM: (0,)}
    for how, expected in statuses.items():
        up.wait_until_it_says(READY)
        family = up.family()
        assert len(family) >= 7
        assert up.ended(how)[0] in expected
        _, left = psutil.wait_procs(family, timeout=20)
        assert not left
        assert processes_of(home) == []
        if how is not signal.SIGTERM:
            up = Up(home, "--no-traffic", *FREE_PORTS)


def test_a_check_afterwards_finds_every_case(home: Home) -> None:
    up = Up(home, "--check", "--seed", "20211007", *FREE_PORTS)
    status, shown = up.ended()
    cases: dict[str, Any] = json.loads(shown.strip().splitlines()[-1])
    assert {case: found for case, found in cases.items() if found["missing"] or found["extra"]} == {}, up.said
    assert status == 0, up.said
    assert set(cases) == {case.value for case in Case}
    assert all(found["found"] == found["planted"] for found in cases.values())
    # A transit's window is longer than the morning.
    assert {case for case, found in cases.items() if not found["planted"]} == {Case.STAYS_INSIDE}
    assert sum(found["planted"] for found in cases.values()) == Counts().crossings
    (truth,) = (home.data / "simulator/truth").glob("*-20211007.jsonl")
    assert len(read_truth(truth)) == Counts().crossings
    assert processes_of(home) == []
