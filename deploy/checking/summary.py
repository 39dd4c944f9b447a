"""The check's result: of each case what was planted, came out whole, is missing, or is extra. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from deploy.checking.sightings import Sighting, Sightings
from deploy.simulator.plan_model import Case
from deploy.simulator.truth import CrossingTruth

MOST_NAMED = 20


@dataclass(frozen=True)
class CaseResult:
    planted: int
    """Crossings of the case."""
    found: int
    """Those of which everything came out, and nothing else."""
    missing: tuple[Sighting, ...]
    extra: tuple[Sighting, ...]

    def plain(self) -> dict[str, Any]:
        return {
            "planted": self.planted,
            "found": self.found,
            "missing": [str(sighting) for sighting in self.missing[:MOST_NAMED]],
            "extra": [str(sighting) for sighting in self.extra[:MOST_NAMED]],
        }


@dataclass(frozen=True)
class Summary:
    cases: dict[Case, CaseResult]

    @property
    def is_complete(self) -> bool:
        return not any(result.missing or result.extra for result in self.cases.values())

    @property
    def missing(self) -> int:
        return sum(len(result.missing) for result in self.cases.values())

    def plain(self) -> dict[str, Any]:
        return {case.value: result.plain() for case, result in self.cases.items()}


def summary(truths: Sequence[CrossingTruth], expected: Sightings, seen: Sightings) -> Summary:
    missing, extra = list((expected - seen).elements()), list((seen - expected).elements())
    wrong = {sighting.sheet_id for sighting in (*missing, *extra)}
    cases = {truth.sheet_id: truth.case for truth in truths}
    planted = Counter(cases.values())
    whole = Counter(case for sheet_id, case in cases.items() if sheet_id not in wrong)
    return Summary(
        {
            case: CaseResult(
                planted[case],
                whole[case],
                tuple(sorted(sighting for sighting in missing if cases[sighting.sheet_id] is case)),
                tuple(sorted(sighting for sighting in extra if cases[sighting.sheet_id] is case)),
            )
            for case in Case
        }
    )
