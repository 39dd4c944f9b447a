"""A morning for tests: 7 October 2021, from seven to ten."""

from datetime import UTC, datetime, timedelta

from deploy.demo.policy import demo_policy
from deploy.demo.posts import SIMULATED
from deploy.simulator.plan import plan

START = datetime(2021, 10, 7, 0, 0, tzinfo=UTC)
END = START + timedelta(hours=3)
POLICY = demo_policy()


def a_plan(seed=1, *, start=START, counts=None, lanes=SIMULATED):
    return plan(seed, lanes, POLICY, start, start + timedelta(hours=3), counts)
