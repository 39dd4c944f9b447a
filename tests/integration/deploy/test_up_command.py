"""``chotxanh up`` as a real process: one at a time, stopped or killed without a trace, started again."""

import os
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest

from tests.real_parts import a_home

started: list["Up"] = []
"""Of the test that runs: one that fails half-way leaves nothing running either."""


class Up:
    def __init__(self, home) -> None:
        self.said: list[str] = []
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "deploy.command_line",
                "up",
                "--no-traffic",
                "--port-base",
                "0",
                "--kafka-port",
                "0",
            ],
            env={**os.environ, "CHOTXANH_HOME": str(home.root)},
            stderr=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        started.append(self)

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as lines:
            self.said.extend(lines)

    def wait_until_it_says(self, words: str, *, within_s: float = 150) -> None:
        give_up_at = time.monotonic() + within_s
        while not any(words in line for line in self.said):
            assert time.monotonic() < give_up_at, self.said
            time.sleep(0.05)

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        status = self.process.wait(60)
        self._reader.join(60)
        return status


@pytest.fixture(scope="module")
def home():
    with pytest.MonkeyPatch.context() as environment, a_home() as home:
        environment.delenv("CHOTXANH_KAFKA_BOOTSTRAP", raising=False)
        environment.delenv("CHOTXANH_DATABASE_URL", raising=False)
        yield home
        for up in started:
            if up.process.poll() is None:
                up.end(signal.SIGKILL)
        started.clear()


@pytest.fixture
def fresh_home(home):
    """One that nothing ever ran in."""
    with a_home() as fresh:
        yield fresh


@pytest.fixture(scope="module")
def first(home):
    """It runs; to start it takes longer than what is asked of it."""
    up = Up(home)
    up.wait_until_it_says("ready after")
    return up


def test_a_second_up_on_the_same_home_is_refused_and_the_first_goes_on(home, first):
    second = Up(home)
    assert second.process.wait(30) == 1
    second.wait_until_it_says("already runs")
    second.end(signal.SIGTERM)
    assert first.process.poll() is None


def test_however_it_ends_no_process_is_left_and_it_starts_again_on_the_same_data(home, first):
    up = first
    for how in (signal.SIGINT, signal.SIGKILL, signal.SIGTERM):
        up.wait_until_it_says("ready after")
        family = up.family()
        assert len(family) >= 7
        assert up.end(how) == (-how if how is signal.SIGKILL else 0)
        _, left = psutil.wait_procs(family, timeout=20)
        assert not left
        if how is not signal.SIGTERM:
            up = Up(home)


def test_ctrl_c_while_starting_leaves_nothing(fresh_home):
    up = Up(fresh_home)
    up_is = psutil.Process(up.process.pid)
    while len(up_is.children()) < 2:
        time.sleep(0.02)
    family = up.family()
    assert up.end(signal.SIGINT) != 0
    _, left = psutil.wait_procs(family, timeout=20)
    assert not left
