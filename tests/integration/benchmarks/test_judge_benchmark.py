"""The judge's benchmark as it is called: real broker, database, worker and bare loop, in the smallest size."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from deploy.home import CHECKOUT, home_from_environment

CROSSINGS = 130
"""About the least in which each case has its place."""


async def the_benchmark(*arguments):
    own = {name: value for name, value in os.environ.items() if not name.startswith("CHOTXANH_")}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deploy.command_line", "bench", "judge", "--quick", *arguments),
        cwd=CHECKOUT,
        env={**own, "CHOTXANH_HOME": str(home_from_environment().root)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )


def folders():
    return set(home_from_environment().root.glob("bench-*"))


async def test_two_workers_say_what_one_says_and_every_planted_case_is_found(tmp_path):
    """By the real worker processes; nothing is left behind."""
    before = folders()
    process = await the_benchmark(
        *("--only", "two_workers,truth", "--crossings", str(CROSSINGS), "--json", "--pictures", str(tmp_path))
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()[-2000:]
    summary = json.loads(output.splitlines()[-1])
    workers = summary["two_workers"]
    assert (workers["lost"], workers["said_otherwise"], workers["contradictions"]) == (0, 0, 0)
    findings = [row for row in summary["truth"] if row["kind"] == "finding" and row["planted"]]
    assert findings
    assert all(row["found"] == row["planted"] and not row["false"] for row in findings)
    assert "finding GL01" in (tmp_path / "judge.md").read_text()
    assert folders() <= before


async def test_ctrl_c_ends_everything_that_was_started():
    before = folders()
    process = await the_benchmark("--only", "two_workers", "--crossings", str(CROSSINGS))
    said = b""
    while b"two_workers" not in said:
        line = await process.stderr.readline()
        assert line, said.decode()
        said += line
    children = _of_folders(folders() - before)
    assert children
    process.send_signal(signal.SIGINT)
    _, errors = await process.communicate()
    assert process.returncode == 130, errors.decode()[-2000:]
    assert b"nothing was left running" in errors
    assert not [pid for pid in children if os.path.exists(f"/proc/{pid}")]  # noqa: ASYNC240 - not a disk
    assert folders() <= before


def _of_folders(roots):
    """Processes whose command names one of these folders: the broker and the database."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if any(str(root) in command for root in roots):
            found.append(int(path.parent.name))
    return found
