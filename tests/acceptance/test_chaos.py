"""The short form of ``deploy/chaos`` as a real process: parts and workers die, and everything is accounted for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from deploy.chaos_run.faults import short_list
from tests.real_parts import a_home

WITHIN_S = 900


@pytest.fixture(scope="module")
def chaos() -> dict[str, Any]:
    """The summary of one run; it prints it as its last line, and exits 0 only if all is accounted for."""
    with a_home() as home:
        run = subprocess.run(
            [sys.executable, "-m", "deploy.command_line", "chaos", "--short", "--home", str(home.root)],
            env={name: value for name, value in os.environ.items() if not name.startswith("CHOTXANH_")},
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
        )
        assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
        summary: dict[str, Any] = json.loads(run.stdout.strip().splitlines()[-1])
        return summary


def test_every_crossing_that_was_sent_is_accounted_for(chaos: dict[str, Any]) -> None:
    assert chaos["problems"] == []
    assert chaos["accounted"] == chaos["crossings"] > 0
    assert chaos["alerts_referrals_recalls"] > 0
    assert chaos["bars"]["nothing_lost_nothing_twice"]["reached"] is True


def test_each_fault_happened_and_was_accounted_for_by_itself(chaos: dict[str, Any]) -> None:
    faults = chaos["faults"]
    assert [fault["fault"] for fault in faults] == [fault.name for fault in short_list(outage_s=1)]
    assert [fault for fault in faults if fault["problems"] or fault["accounted"] != fault["crossings"]] == []


def test_the_pause_of_the_killed_workers_partitions_was_measured(chaos: dict[str, Any]) -> None:
    assert chaos["pause_of_a_killed_worker_s"]["partitions"] > 0
