"""Many cases at once: first what would happen, then the same for those that nobody changed in between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.database.connection import Connection
from services.dead_letters import acting, cases
from services.dead_letters.acting import Officer
from services.dead_letters.cases import Case
from services.dead_letters.reasons import DISCARDS
from services.dead_letters.states import STEPS, Act
from services.errors import FieldError, NotFound, NotValid, ServiceError

MOST = 500
ACTS = (Act.REQUEUE, Act.DISCARD)
"""What is the same for many. A correction is not."""


@dataclass(frozen=True)
class Chosen:
    case_id: UUID
    revision: int


@dataclass(frozen=True)
class Summary:
    """What would happen, before it does."""

    act: Act
    reason: str | None
    ready: tuple[Case, ...]
    not_possible: tuple[Case, ...]
    """In a state in which this cannot be done, or changed since it was chosen."""

    def by(self, what: str) -> list[tuple[str, int]]:
        counted = Counter(str(getattr(case, what) or "–") for case in self.ready)
        return counted.most_common()


def check(act: str, reason: str | None, chosen: Sequence[Any]) -> Act:
    """Raises NotValid."""
    if act not in ACTS:
        raise NotValid(FieldError("act", "missing", "Chọn việc làm.", "Choose what to do."))
    if not 0 < len(chosen) <= MOST:
        raise NotValid(
            FieldError("case", "missing", f"Chọn từ 1 đến {MOST} bản ghi.", f"Choose 1 to {MOST} records.")
        )
    if act == Act.DISCARD and reason not in DISCARDS:
        raise NotValid(FieldError("reason", "missing", "Chọn lý do loại bỏ.", "Choose why they are discarded."))
    return Act(act)


async def summary(conn: Connection, act: Act, reason: str | None, chosen: Sequence[Chosen]) -> Summary:
    ready: list[Case] = []
    others: list[Case] = []
    for one in chosen:
        try:
            case = await cases.one(conn, one.case_id)
        except NotFound:
            continue
        possible = case.revision == one.revision and case.state in STEPS[act][0]
        (ready if possible else others).append(case)
    return Summary(act, reason, tuple(ready), tuple(others))


@dataclass(frozen=True)
class Done:
    done: tuple[UUID, ...]
    skipped: tuple[tuple[UUID, str], ...]
    """With the code that says why."""


async def carry_out(
    conn: Connection, act: Act, reason: str | None, chosen: Sequence[Chosen], who: Officer
) -> Done:
    """Each by itself: one that somebody was faster with does not undo the others."""
    done, skipped = [], []
    for one in sorted(chosen, key=lambda one: one.case_id):  # one order of locks for everybody
        try:
            async with conn.transaction():
                if act is Act.REQUEUE:
                    await acting.requeue(conn, one.case_id, one.revision, who)
                else:
                    await acting.discard(conn, one.case_id, one.revision, reason or "", who)
        except ServiceError as exc:
            skipped.append((one.case_id, exc.code))
        else:
            done.append(one.case_id)
    return Done(tuple(done), tuple(skipped))
