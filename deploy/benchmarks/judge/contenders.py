"""Who judges: our worker, and what it is measured beside, each a process of its own. Starts none.

All of them call ``Batches.handle``: the same intake, judge and SQL, and the same outputs. They differ in how
records come and how they are acknowledged.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from deploy.benchmarks.judge.ground import Ground
from deploy.child_process import ChildSpec
from deploy.running.programs import ONE_THREAD
from stream_processors.app import APP_ID


@dataclass(frozen=True)
class Contender:
    name: str
    module: tuple[str, ...]
    group: str
    env: Mapping[str, str] = field(default_factory=dict)

    def spec(self, ground: Ground, database_url: str, *, batch: int | None = None, number: int = 1) -> ChildSpec:
        return ChildSpec(
            name=f"{self.name}-{number}",
            command=(sys.executable, "-m", *self.module),
            env={
                "CHOTXANH_KAFKA_BOOTSTRAP": ground.bootstrap,
                "CHOTXANH_DATABASE_URL": database_url,
                "CHOTXANH_KEYS": str(ground.home.keys),
                "CHOTXANH_BENCH_GROUP": self.group,
                "PYTHONUNBUFFERED": "1",
                **({"CHOTXANH_BATCH": str(batch)} if batch else {}),
                **ONE_THREAD,
                **self.env,
            },
            cwd=ground.home.root,  # both Faust and Quix Streams leave a folder there
        )


WORKER = Contender("worker", ("stream_processors", "worker"), APP_ID)
BARE = Contender("bare", ("deploy.benchmarks.judge.bare_loop",), "bench-bare")


def quix(folder: str) -> Contender:
    """``folder`` is where Quix Streams was laid."""
    return Contender("quix", ("deploy.benchmarks.judge.quix_loop",), "bench-quix", {"CHOTXANH_BENCH_QUIX": folder})
