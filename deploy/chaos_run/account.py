"""Every crossing that was sent, against what came of it: the truth, the topics, the tables. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from deploy.chaos_run.ledger import Ledger
from deploy.chaos_run.tables import Tables
from deploy.checking.sightings import STATION, expected
from deploy.simulator.truth import CrossingTruth
from schemas.words import FactState

SHOWN = 20


@dataclass(frozen=True)
class Account:
    crossings: int
    accounted: int
    """With exactly one verdict in force, the planted one, on the topic and in the services' table."""
    alerts_referrals_recalls: int
    """As planted: each found once."""
    problems: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        return not self.problems


def account(truths: Sequence[CrossingTruth], ledger: Ledger, tables: Tables, *, unsent: int = 0) -> Account:
    wrong = [said for truth in truths if (said := _wrong(truth, ledger, tables))]
    wanted = expected(truths)
    for sighting in [sighting for sighting in wanted if sighting.place == STATION]:
        del wanted[sighting]
    missing, extra = wanted - tables.sightings, tables.sightings - wanted
    problems = [
        *wrong,
        *(f"missing: {sighting}" + (f" ×{n}" if n > 1 else "") for sighting, n in missing.items()),
        *(f"too many: {sighting}" + (f" ×{n}" if n > 1 else "") for sighting, n in extra.items()),
        *(f"two contents: {place}" for place in ledger.two_contents()),
        *(f"{what}: {count}" for what, count in tables.not_none.items()),
    ]
    if tables.decisions != len(truths):
        problems.append(f"decisions at the services: {tables.decisions} of {len(truths)}")
    if ledger.dead_letters:
        problems.append(f"dead letters on their topic: {ledger.dead_letters}")
    if unsent:
        problems.append(f"records that could not be sent: {unsent}")
    found = sum((wanted & tables.sightings).values())
    return Account(len(truths), len(truths) - len(wrong), found, tuple(problems))


def _wrong(truth: CrossingTruth, ledger: Ledger, tables: Tables) -> str | None:
    """What is wrong about the crossing's verdict, in one line."""
    revisions = ledger.verdicts.get(truth.crossing_id, {})
    if not revisions:
        return f"{truth.sheet_id}: no verdict" + ("" if truth.crossing_id in ledger.crossings else ", never sent")
    if set(revisions) != set(range(1, max(revisions) + 1)):
        return f"{truth.sheet_id}: revisions {sorted(revisions)}"
    verdict = ledger.in_force(truth.crossing_id)
    if verdict is None:
        return f"{truth.sheet_id}: two contents of one revision"
    reasons = sorted(set(verdict.reasons))
    if (verdict.state, verdict.outcome, reasons) != (
        FactState.IN_FORCE,
        truth.verdict,
        sorted(set(truth.reasons)),
    ):
        return f"{truth.sheet_id} ({truth.case}): verdict {verdict.outcome} {reasons}, planted {truth.verdict}"
    if tables.verdicts.get(truth.crossing_id) != (verdict.revision, verdict.outcome.value):
        return f"{truth.sheet_id}: the services hold another verdict"
    return None
