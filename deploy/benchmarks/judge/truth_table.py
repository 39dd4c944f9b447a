"""What was planted, what was found, and what was falsely raised, for every code there is. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from deploy.benchmarks.judge.effects import FINDING, RECALL, REFERRAL, VERDICT, Effects
from deploy.simulator.truth import CrossingTruth
from schemas.rules.codes import Rule, TestStatus
from schemas.words import Outcome

Claim: TypeAlias = tuple[str, str, str]
"""What is claimed (``finding``, ``verdict``, ...), its code, and the crossing and person that it is about."""

EVERY: Mapping[str, tuple[str, ...]] = {
    FINDING: tuple(rule.value for rule in Rule),
    "test status": tuple(status.value for status in TestStatus),
    REFERRAL: ("person referred",),
    RECALL: ("crossing recalled",),
    VERDICT: tuple(outcome.value for outcome in Outcome),
}
"""Each has its row, planted or not: a rule that nothing was planted for is seen to be one."""


@dataclass(frozen=True)
class Row:
    kind: str
    code: str
    planted: int
    found: int
    """Of those planted."""
    false: int
    """Raised where nothing was planted."""

    @property
    def precision(self) -> float | None:
        """None where nothing was raised."""
        raised = self.found + self.false
        return self.found / raised if raised else None

    @property
    def recall(self) -> float | None:
        """None where nothing was planted: then the row proves nothing but silence."""
        return self.found / self.planted if self.planted else None


def rows_of(planted: Iterable[Claim], raised: Iterable[frozenset[Claim]]) -> list[Row]:
    """A thing that was raised may be about several crossings: it is right when it was planted for any of them."""
    wanted = set(planted)
    found, false = set[Claim](), defaultdict[tuple[str, str], int](int)
    for claims in raised:
        if right := claims & wanted:
            found |= right
        else:
            kind, code, _ = next(iter(claims))
            false[kind, code] += 1
    codes = {(kind, code): None for kind, every in EVERY.items() for code in every}
    codes |= {(kind, code): None for kind, code, _ in sorted(wanted)} | dict.fromkeys(sorted(false))
    return [
        Row(kind, code, _count(wanted, kind, code), _count(found, kind, code), false[kind, code])
        for kind, code in codes
    ]


def _count(claims: Iterable[Claim], kind: str, code: str) -> int:
    return sum(1 for one in claims if one[:2] == (kind, code))


def planted_in(truths: Iterable[CrossingTruth]) -> Iterator[Claim]:
    for truth in truths:
        crossing = str(truth.crossing_id)
        yield VERDICT, truth.verdict.value, crossing
        yield from ((FINDING, code, crossing) for code in truth.findings)
        yield from ((REFERRAL, "person referred", f"{crossing}/{occupant}") for occupant in truth.referred)
        yield from ((f"{VERDICT} names", code, crossing) for code in truth.reasons)
        if truth.recalled:
            yield RECALL, "crossing recalled", crossing


def raised_in(effects: Effects, statuses: Mapping[str, Sequence[tuple[int, str]]]) -> Iterator[frozenset[Claim]]:
    """``statuses`` are the opened health reasons of each crossing's newest verdict: occupant and code."""
    for said in effects.of(VERDICT):
        crossing = said["crossing_id"]
        yield frozenset({(VERDICT, said["outcome"], crossing)})
        yield from (frozenset({(f"{VERDICT} names", code, crossing)}) for code in said["reasons"])
        for occupant, code in statuses.get(crossing, ()):
            yield frozenset({("test status", code, f"{crossing}/{occupant}")})
    for said in effects.of(FINDING):
        yield frozenset((FINDING, said["code"], crossing) for crossing in said["crossings"])
    for said in effects.of(REFERRAL):
        yield frozenset({(REFERRAL, "person referred", _person(said))})
    for said in effects.of(RECALL):
        yield frozenset({(RECALL, "crossing recalled", said["crossing_id"])})


def _person(said: Mapping[str, Any]) -> str:
    return f"{said['crossing_id']}/{said['occupant']}"
