"""Counts what changes, crossing by crossing, in a space that does not grow with them. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from schemas.whatif import (
    ChangedVerdicts,
    Comparison,
    ExampleCompared,
    PolicyMet,
    PostCompared,
    RuleCompared,
    WhatIfAsked,
)
from schemas.words import Outcome
from stream_processors.judging.version import JUDGE_VERSION
from stream_processors.questions.telling import fit_to_tell
from stream_processors.whatif.comparing import Compared, PolicyName

EXAMPLES_EACH = 5
"""Of each change of outcome."""

Change = tuple[Outcome, Outcome]


@dataclass
class Counts:
    """Of a post, or of everything."""

    before: Counter[Outcome] = field(default_factory=Counter)
    after: Counter[Outcome] = field(default_factory=Counter)
    changes: Counter[Change] = field(default_factory=Counter)

    def add(self, one: Compared) -> None:
        self.before[one.before.outcome] += 1
        self.after[one.after.outcome] += 1
        if one.changed:
            self.changes[one.before.outcome, one.after.outcome] += 1

    def followed_by(self, later: Counts) -> None:
        self.before.update(later.before)
        self.after.update(later.after)
        self.changes.update(later.changes)

    def changed_verdicts(self) -> tuple[ChangedVerdicts, ...]:
        """The most frequent first."""
        ordered = sorted(self.changes.items(), key=lambda item: (-item[1], item[0]))
        return tuple(
            ChangedVerdicts(before=before, after=after, verdicts=times) for (before, after), times in ordered
        )


@dataclass
class Tally:
    asked: WhatIfAsked
    crossings: int = 0
    other_reasons: int = 0
    judged_by_none: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    all: Counts = field(default_factory=Counts)
    posts: dict[str, Counts] = field(default_factory=dict)
    rules: Counter[tuple[str, bool, Change]] = field(default_factory=Counter)
    health: set[str] = field(default_factory=set)
    examples: dict[Change, list[ExampleCompared]] = field(default_factory=dict)
    policies: Counter[PolicyName] = field(default_factory=Counter)

    def add(self, one: Compared) -> None:
        """Crossings come in the order of their time."""
        self.crossings += 1
        self.first_at = self.first_at or one.at
        self.last_at = one.at
        self.all.add(one)
        self.posts.setdefault(one.post_id, Counts()).add(one)
        if one.before.policy is None:
            self.judged_by_none += 1
        else:
            self.policies[one.before.policy] += 1
        if one.changed:
            self._add_change(one)
        elif set(one.before.reasons) != set(one.after.reasons):
            self.other_reasons += 1

    def _add_change(self, one: Compared) -> None:
        change = (one.before.outcome, one.after.outcome)
        for code in one.after.deciding:
            self.rules[code, True, change] += 1
        for code in one.before.deciding - one.after.deciding:
            self.rules[code, False, change] += 1
        self.health |= one.before.of_health | one.after.of_health
        shown = self.examples.setdefault(change, [])
        if len(shown) < EXAMPLES_EACH:
            shown.append(_example(one))

    def followed_by(self, later: Tally) -> None:
        """As if the crossings of ``later``, none of them before any of ours, had been added one by one."""
        self.crossings += later.crossings
        self.other_reasons += later.other_reasons
        self.judged_by_none += later.judged_by_none
        self.first_at = self.first_at or later.first_at
        self.last_at = later.last_at or self.last_at
        self.all.followed_by(later.all)
        for post_id, counts in later.posts.items():
            self.posts.setdefault(post_id, Counts()).followed_by(counts)
        self.rules.update(later.rules)
        self.policies.update(later.policies)
        self.health |= later.health
        for change, found in later.examples.items():
            shown = self.examples.setdefault(change, [])
            shown += found[: EXAMPLES_EACH - len(shown)]

    def comparison(self) -> Comparison:
        return Comparison(
            crossings=self.crossings,
            first_at=self.first_at,
            last_at=self.last_at,
            changed=self.all.changes.total(),
            other_reasons=self.other_reasons,
            outcomes_before=dict(sorted(self.all.before.items())),
            outcomes_after=dict(sorted(self.all.after.items())),
            changes=self.all.changed_verdicts(),
            posts=tuple(self._post(post_id, counts) for post_id, counts in sorted(self.posts.items())),
            rules=self._rules(),
            examples=tuple(one for change in sorted(self.examples) for one in self.examples[change]),
            policies=tuple(
                PolicyMet(policy_id=name.policy_id, version=name.version, crossings=times)
                for name, times in sorted(self.policies.items())
            ),
            judged_by_none=self.judged_by_none,
            seconds={outcome: self.asked.seconds_of(outcome) for outcome in Outcome},
            lane_s_before=self._lane_s(self.all.before),
            lane_s_after=self._lane_s(self.all.after),
            judge_version=JUDGE_VERSION,
        )

    def _post(self, post_id: str, counts: Counts) -> PostCompared:
        return PostCompared(
            post_id=post_id,
            crossings=counts.before.total(),
            changed=counts.changes.total(),
            changes=counts.changed_verdicts(),
            lane_s_before=self._lane_s(counts.before),
            lane_s_after=self._lane_s(counts.after),
        )

    def _rules(self) -> tuple[RuleCompared, ...]:
        return tuple(
            RuleCompared(code=code, decides=decides, before=before, after=after, verdicts=times)
            for (code, decides, (before, after)), times in fit_to_tell(self.rules, self.health)
        )

    def _lane_s(self, outcomes: Counter[Outcome]) -> int:
        return sum(times * self.asked.seconds_of(outcome) for outcome, times in outcomes.items())


def _example(one: Compared) -> ExampleCompared:
    return ExampleCompared(
        crossing_id=one.crossing_id,
        post_id=one.post_id,
        occurred_at=one.at,
        before=one.before.outcome,
        after=one.after.outcome,
        codes_before=one.before.reasons,
        codes_after=one.after.reasons,
    )
