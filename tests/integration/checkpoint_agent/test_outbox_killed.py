"""kill -9 while the outbox is being written, again and again: nothing half-done, no number missing or twice."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from checkpoint_agent.clock import SystemClock
from checkpoint_agent.identity import read_identity
from checkpoint_agent.outbox import Crossings, Database, Outbox
from schemas.topics import CROSSINGS, decode
from schemas.trust.chain import record_hash
from tests.station_parts import a_centre, station_keys

ROOT = Path(__file__).parents[3]


def run_and_kill(home: Path, after_s: float) -> int:
    """The last number that the process said was written."""
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("writes_until_killed.py")), str(home)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    first = process.stdout.readline()
    time.sleep(after_s)
    process.send_signal(signal.SIGKILL)
    said = first + process.stdout.read()
    process.stdout.close()
    process.wait()
    whole = said[: said.rfind(b"\n")]
    return int(whole.split(b"\n")[-1])


@pytest.mark.parametrize("after_s", [0.05, 0.13, 0.31])
def test_numbers_are_gapless_and_nothing_is_half_done_after_kill_9(tmp_path, after_s):
    keys = station_keys(a_centre())
    (tmp_path / "keys.json").write_text(keys.model_dump_json())
    last_said = [run_and_kill(tmp_path, after_s) for _ in range(3)][-1]

    database = Database(tmp_path)
    outbox = Outbox(database, read_identity(tmp_path / "keys.json"), SystemClock())
    waiting = outbox.oldest(1_000_000)
    events = [decode(CROSSINGS, w.value, w.headers) for w in waiting]

    assert [e.number for e in events] == list(range(1, len(events) + 1))
    assert len(events) >= last_said  # what was said to be written is there
    assert [e.previous for e in events[1:]] == [record_hash(w.value) for w in waiting[:-1]]
    assert outbox.head().number == events[-1].number
    left = Crossings(database).left_open()
    assert len(left) <= 3  # at most the one in hand at each kill
    counters = sorted([e.draw_counter for e in events] + [o.counter for o in left])
    assert counters == list(range(1, len(counters) + 1))
    database.close()
