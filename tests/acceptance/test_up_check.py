"""``chotxanh up`` as a real process: refused, interrupted in mid-morning, and started again for a whole check."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
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


@pytest.fixture
def home() -> Iterator[Home]:
    with a_home() as home:
        yield home


def begun(home: Home, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "deploy.command_line", "up", *arguments, "--home", str(home.root)],
        env={name: value for name, value in os.environ.items() if not name.startswith("CHOTXANH_")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def processes_of(home: Home) -> list[psutil.Process]:
    """Whoever names the home in its command or environment."""
    mine = str(home.root)
    return [process for process in psutil.process_iter() if mine in _said_by(process)]


def _said_by(process: psutil.Process) -> str:
    try:
        return " ".join([*process.cmdline(), *process.environ().values()])
    except psutil.Error:
        return ""


def interrupted_when_it_says(words: str, home: Home) -> int:
    """SIGINT as soon as it has said ``words``; its exit status."""
    with begun(home, *FREE_PORTS) as up:
        assert up.stderr is not None
        said = next((line for line in up.stderr if words in line), None)
        assert said, "it ended before"
        assert len(processes_of(home)) >= 7
        up.send_signal(signal.SIGINT)
        up.communicate(timeout=60)
        return up.returncode


@pytest.mark.parametrize("option", ["--port-base", "--kafka-port"])
def test_a_taken_port_is_one_clear_sentence_and_nothing_is_begun(home: Home, option: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        arguments = dict(zip(FREE_PORTS[::2], FREE_PORTS[1::2], strict=True)) | {option: port}
        up = begun(home, *(part for pair in arguments.items() for part in pair))
        _, said = up.communicate(timeout=WITHIN_S)
    assert up.returncode not in (0, None)
    sentence = said.strip().splitlines()[-1]
    assert f"Port {port}" in sentence
    assert "choose another port" in sentence
    assert "Traceback" not in said
    assert processes_of(home) == []


def test_interrupted_in_mid_morning_it_leaves_no_process_and_a_check_afterwards_finds_every_case(
    home: Home,
) -> None:
    assert interrupted_when_it_says("a morning of", home) in (0, 130)
    assert processes_of(home) == []

    second = begun(home, "--check", "--seed", "20211007", *FREE_PORTS)
    shown, said = second.communicate(timeout=WITHIN_S)
    cases: dict[str, Any] = json.loads(shown.strip().splitlines()[-1])
    assert {case: found for case, found in cases.items() if found["missing"] or found["extra"]} == {}, said
    assert second.returncode == 0, said
    assert set(cases) == {case.value for case in Case}
    assert all(found["found"] == found["planted"] for found in cases.values())
    # A transit's window is longer than the morning.
    assert {case for case, found in cases.items() if not found["planted"]} == {Case.STAYS_INSIDE}
    assert sum(found["planted"] for found in cases.values()) == Counts().crossings
    (truth,) = (home.data / "simulator/truth").glob("*-20211007.jsonl")
    assert len(read_truth(truth)) == Counts().crossings
    assert processes_of(home) == []
