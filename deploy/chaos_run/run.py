"""One fault after the other, each under traffic of its own, each accounted for before the next."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from aiokafka.errors import KafkaError

from checkpoint_agent.crossing.link import Link
from deploy.chaos_run.account import Account, account
from deploy.chaos_run.backlog import Backlog
from deploy.chaos_run.faults import Fault
from deploy.chaos_run.happening import GROUP, Happened, Scene, happen
from deploy.chaos_run.ledger import Ledger
from deploy.chaos_run.pauses import pauses
from deploy.chaos_run.tables import read_tables
from deploy.chaos_run.traffic import LANES, ends_of, feed, report_results
from deploy.checking.topics_read import behind
from deploy.demo.policy import demo_policy
from deploy.running.system import System, enter_plan
from deploy.simulator.plan import plan
from deploy.simulator.plan_model import Counts, Plan
from deploy.simulator.stream import Record, events_of
from deploy.simulator.truth import CrossingTruth, truths_of
from deploy.supervisor import Supervisor

BEFORE_S = 5.0
AFTER_S = 10.0
SETTLED_WITHIN_S = 240.0
"""And as long again as the outage was."""
WINDOW = timedelta(hours=8)
PAUSE_SEEN_FOR_S = 40.0
SERVICES_GROUP = "services"
READ = r"(crossings|decisions|test-results|findings|referrals|recalls|verdicts\.[a-z-]+)\.v1"
READ_BY_PROCESSORS = r"(crossings|decisions|test-results)\.v1"


@dataclass(frozen=True)
class Told:
    """What came of one fault."""

    fault: Fault
    account: Account
    outputs_sent_twice: int
    records_sent_twice: int
    """By the stations' senders."""
    back_after_s: float | None
    """From the end of the outage to the next first verdict."""
    pauses: dict[int, float]
    """Of the killed worker's partitions."""
    settled_after_s: float
    """From the end of the fault and its traffic until nothing was on its way any more."""
    note: str


@dataclass
class Chaos:
    supervisor: Supervisor
    system: System
    seed: int
    workers: int
    rate: float
    say: Callable[[str], None]
    ledger: Ledger = field(default_factory=Ledger)
    truths: list[CrossingTruth] = field(default_factory=list)
    _taken: set[str] = field(default_factory=set)
    """People, plates and numbers of the faults before: nobody is met again, or the truth would not be certain."""
    _chains: dict[str, Link] = field(default_factory=dict)

    async def go(self, fault: Fault, backlog: Backlog) -> Told:
        planned, records = await self._planned(fault)
        truths = list(truths_of(planned))
        self.truths += truths
        twice, repeated = self.ledger.sent_twice, self.ledger.repeated_by_sender
        async with self.system.registry() as registry:
            ids: dict[str, object] = {truth.sheet_id: truth.crossing_id for truth in truths}
            reporting = asyncio.create_task(report_results(planned, self.ledger, registry, ids))
            feeding = asyncio.create_task(feed(records, backlog, crossings_per_second=self.rate))
            try:
                await asyncio.sleep(BEFORE_S)
                happened = await happen(fault, self._scene(fault))
                await feeding
                over_at = time.time()
                settled_at = await self._settle(truths, backlog, reporting, SETTLED_WITHIN_S + fault.away_s)
            finally:
                for task in (reporting, feeding):
                    task.cancel()
                await asyncio.gather(reporting, feeding, return_exceptions=True)
        tables = await read_tables(self.system.machine.parts.database_url, truths)
        return Told(
            fault=fault,
            account=account(truths, self.ledger, tables, unsent=len(backlog) + backlog.refused),
            outputs_sent_twice=self.ledger.sent_twice - twice,
            records_sent_twice=self.ledger.repeated_by_sender - repeated,
            back_after_s=self._back_after(fault, happened),
            pauses=self._pauses(happened),
            settled_after_s=settled_at - over_at,
            note=happened.note,
        )

    async def whole(self, backlog: Backlog) -> Account:
        """Everything that was ever sent, once more."""
        tables = await read_tables(self.system.machine.parts.database_url, self.truths)
        return account(self.truths, self.ledger, tables, unsent=len(backlog) + backlog.refused)

    def _scene(self, fault: Fault) -> Scene:
        rng = random.Random(f"{self.seed}/{fault.number}")
        return Scene(self.supervisor, self.system.machine, self.workers, rng)

    async def _planned(self, fault: Fault) -> tuple[Plan, list[Record]]:
        """As many crossings as come at the rate while the fault lasts, known to the registry."""
        crossings = max(20, int(self.rate * (BEFORE_S + fault.lasts_s + AFTER_S)))
        end = datetime.now(UTC) - timedelta(seconds=5)
        seed = self.seed * 1000 + fault.number
        policy = demo_policy()

        def draw() -> tuple[Plan, list[Record]]:
            made = plan(seed, LANES, policy, end - WINDOW, end, Counts.of(crossings), taken=self._taken)
            return made, list(events_of(made, self.system.keys, [policy], after=self._chains))

        planned, records = await asyncio.to_thread(draw)
        self._chains = ends_of(records, self._chains)
        await enter_plan(self.system, planned, {})
        return planned, records

    async def _settle(
        self,
        truths: list[CrossingTruth],
        backlog: Backlog,
        reporting: "asyncio.Task[None]",
        within_s: float,
    ) -> float:
        """When nothing was on its way any more: whatever has not come out by then never will."""
        give_up_at = time.time() + within_s
        while time.time() < give_up_at:
            sent = not len(backlog) and all(truth.crossing_id in self.ledger.verdicts for truth in truths)
            if sent and reporting.done() and await self._is_quiet():
                reporting.result()
                return time.time()
            await asyncio.sleep(1.0)
        self.say(f"not settled within {within_s:.0f} s")
        return time.time()

    async def _is_quiet(self) -> bool:
        bootstrap = self.system.machine.parts.kafka_bootstrap
        try:
            if await behind(bootstrap, GROUP, READ_BY_PROCESSORS) or await behind(bootstrap, SERVICES_GROUP, READ):
                return False
        except (KafkaError, OSError, TimeoutError):
            return False
        tables = await read_tables(self.system.machine.parts.database_url, [])
        return tables.waiting == 0

    def _back_after(self, fault: Fault, happened: Happened) -> float | None:
        if not fault.kind.away:
            return None
        later = [at for at in self.ledger.first_verdicts.values() if at > happened.over_at]
        return min(later) - happened.over_at if later else None

    def _pauses(self, happened: Happened) -> dict[int, float]:
        return pauses(
            self.ledger.crossings,
            self.ledger.first_verdicts,
            happened.partitions,
            since=happened.began_at,
            until=happened.began_at + PAUSE_SEEN_FOR_S,
        )
