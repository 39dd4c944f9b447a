"""``up --check`` as a real process on a fresh home: its last line says that every planted case came out."""

import json
import os
import subprocess
import sys

from deploy.simulator.plan_model import Case, Counts
from deploy.simulator.truth import read_truth
from tests.real_parts import a_home

WITHIN_S = 420


def test_every_planted_case_of_a_morning_comes_out_and_nothing_else():
    with a_home() as home:
        command = [sys.executable, "-m", "deploy.command_line", "up", "--check", "--seed", "20211007"]
        ran = subprocess.run(
            [*command, "--port-base", "0", "--kafka-port", "0", "--home", str(home.root)],
            env={name: value for name, value in os.environ.items() if not name.startswith("CHOTXANH_")},
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
        )
        truths = [truth for path in (home.data / "simulator/truth").iterdir() for truth in read_truth(path)]
    cases = json.loads(ran.stdout.strip().splitlines()[-1])
    assert {case: found for case, found in cases.items() if found["missing"] or found["extra"]} == {}, ran.stderr
    assert ran.returncode == 0, ran.stderr
    assert set(cases) == {case.value for case in Case}
    assert all(found["found"] == found["planted"] > 0 for found in cases.values())
    assert sum(found["planted"] for found in cases.values()) == len(truths) == Counts().crossings
