"""The supervisor with real child processes: started again, stopped in order, none left."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deploy.child_process import ChildSpec, NotReadyYet, State
from deploy.refusals import CannotStart
from deploy.supervisor import Supervisor
from tests.real_parts import until

# A child with a child of its own; both write their numbers, and neither minds being asked to stop.
STUBBORN_FAMILY = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
grandchild = subprocess.Popen([sys.executable, "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"])
time.sleep(0.3)
open(sys.argv[1] + ".new", "w").write(f"{os.getpid()} {grandchild.pid}")
os.rename(sys.argv[1] + ".new", sys.argv[1])
time.sleep(600)
"""

A_SUPERVISOR = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from deploy.child_process import ChildSpec
from deploy.supervisor import Supervisor

async def main():
    async with Supervisor(logs=Path(sys.argv[2])) as supervisor:
        supervisor.begin(ChildSpec("family", (sys.executable, "-c", sys.argv[3], sys.argv[4])))
        await asyncio.sleep(600)

asyncio.run(main())
"""


def sleeper(name: str, **more: object) -> ChildSpec:
    return ChildSpec(name, ("sleep", "600"), **more)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def ended(pids: list[int], *, within_s: float) -> bool:
    give_up_at = time.monotonic() + within_s
    while any(map(is_running, pids)) and time.monotonic() < give_up_at:
        time.sleep(0.05)
    return not any(map(is_running, pids))


async def numbers_in(path: Path) -> list[int]:
    await until(path.exists)
    return list(map(int, path.read_text().split()))  # noqa: ASYNC240


async def test_a_child_that_was_killed_is_started_again_and_counted(tmp_path):
    async with Supervisor(logs=tmp_path, say=lambda text: None) as supervisor:
        child = await supervisor.start(sleeper("worker"))
        first = child.pid
        os.kill(first, signal.SIGKILL)
        await until(lambda: child.restarts > 0 and child.state is State.READY)
        assert child.pid != first
        assert supervisor.restarts == 1


async def test_a_child_that_says_that_it_does_not_get_on_is_ended_and_started_again(tmp_path):
    live = True

    async def alive() -> bool:
        return live

    said: list[str] = []
    async with Supervisor(logs=tmp_path, say=said.append, watch_every_s=0.05) as supervisor:
        child = await supervisor.start(sleeper("worker", alive=alive))
        first, live = child.pid, False
        await until(lambda: not is_running(first))
        live = True
        await until(lambda: child.restarts > 0 and child.state is State.READY)
        assert child.pid != first
        assert "does not get on" in said[0]


async def test_a_child_that_does_not_answer_for_long_is_started_again_and_one_that_misses_one_is_not(tmp_path):
    asked, silent = 0, False

    async def alive() -> bool:
        nonlocal asked
        asked += 1
        if silent or asked == 2:
            raise TimeoutError
        return True

    async with Supervisor(logs=tmp_path, say=lambda text: None, watch_every_s=0.05) as supervisor:
        child = await supervisor.start(sleeper("worker", alive=alive, unanswered_for_s=0.5))
        first = child.pid
        await until(lambda: asked > 4)
        assert child.pid == first
        silent = True
        await until(lambda: not is_running(first))
        silent = False
        await until(lambda: child.restarts > 0 and child.state is State.READY)


async def test_a_child_that_needs_a_person_stays_stopped_and_its_reason_is_said(tmp_path):
    said: list[str] = []
    script = "sleep 0.3; echo the keys are wrong; exit 78"
    async with Supervisor(logs=tmp_path, say=said.append) as supervisor:
        child = await supervisor.start(ChildSpec("worker", ("sh", "-c", script)))
        await until(lambda: child.state is State.NEEDS_A_PERSON)
        assert child.restarts == 0
        assert "the keys are wrong" in said[0]
    assert child.state is State.STOPPED


async def test_children_are_stopped_the_last_started_first(tmp_path):
    order = tmp_path / "order"
    says_its_name = 'trap "echo $0 >> {order}; exit" TERM; touch {order}.$0; while :; do sleep 0.05; done'
    async with Supervisor(logs=tmp_path) as supervisor:
        for name in ("first", "second", "third"):
            command = ("sh", "-c", says_its_name.format(order=order), name)
            await supervisor.start(
                ChildSpec(name, command, ready=lambda n=name: until(Path(f"{order}.{n}").exists))
            )
    assert order.read_text().split() == ["third", "second", "first"]


async def test_a_family_that_does_not_listen_is_killed_in_bounded_time(tmp_path):
    pids = tmp_path / "pids"
    spec = ChildSpec("family", (sys.executable, "-c", STUBBORN_FAMILY, str(pids)), stop_within_s=0.5)
    async with Supervisor(logs=tmp_path, say=lambda text: None) as supervisor:
        supervisor.begin(spec)
        family = await numbers_in(pids)
    assert ended(family, within_s=1)


async def test_a_child_that_ends_before_it_was_ready_stops_the_start_with_the_end_of_its_log(tmp_path):
    async def never() -> None:
        raise NotReadyYet

    async with Supervisor(logs=tmp_path) as supervisor:
        with pytest.raises(CannotStart, match="the disk is on fire"):
            await supervisor.start(
                ChildSpec("judge", ("sh", "-c", "echo the disk is on fire; exit 3"), ready=never)
            )


async def test_a_child_that_is_not_ready_in_time_stops_the_start_and_is_gone(tmp_path):
    async def never() -> None:
        raise NotReadyYet

    async with Supervisor(logs=tmp_path) as supervisor:
        child = supervisor.begin(sleeper("judge", ready=never, ready_within_s=0.3))
        await until(lambda: child.pid is not None)
        pid = child.pid
        with pytest.raises(CannotStart, match="did not become ready"):
            await child.wait_until_ready()
        assert not is_running(pid)


async def test_a_command_that_does_not_exist_is_one_clear_refusal(tmp_path):
    async def never() -> None:
        raise NotReadyYet

    async with Supervisor(logs=tmp_path) as supervisor:
        with pytest.raises(CannotStart, match="no-such-program"):
            await supervisor.start(ChildSpec("judge", ("no-such-program",), ready=never))


async def test_no_process_is_left_when_the_supervisor_itself_is_killed(tmp_path):
    pids = tmp_path / "pids"
    checkout = str(Path(__file__).parents[3])
    supervisor = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-c", A_SUPERVISOR, checkout, str(tmp_path), STUBBORN_FAMILY, str(pids)]
    )
    family = await numbers_in(pids)
    guard = children_of(supervisor.pid)
    supervisor.kill()
    supervisor.wait()
    assert ended([*family, *guard], within_s=20)


def children_of(pid: int) -> list[int]:
    return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))
