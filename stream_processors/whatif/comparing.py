"""A crossing under the policy of then and under a draft. Pure: the same code weighs both, so the draft alone
makes the difference.

The stored verdict is not what is compared with: it may be of an older judge, or about to be judged again, and
neither is the draft's doing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from schemas.bounded import EARLIEST
from schemas.events.registry import PolicyPublished
from schemas.ids import derived_id
from schemas.policy.policy import Policy
from schemas.rules.codes import Note
from schemas.rules.conclusion import Conclusion, could_not_check
from schemas.rules.facts import CrossingFacts
from schemas.words import Outcome
from stream_processors.judging.context import Context, KnownCrossing, Registry
from stream_processors.judging.judge import weigh
from stream_processors.judging.registered import with_registry


class PolicyName(NamedTuple):
    policy_id: str
    version: int


@dataclass(frozen=True)
class Side:
    """What one policy makes of a crossing."""

    outcome: Outcome
    reasons: tuple[str, ...]
    """Fit to be shown: health stands as one code."""
    deciding: frozenset[str]
    """The codes that lead to the outcome; empty when nothing stands against letting through."""
    of_health: frozenset[str]
    """Those of ``deciding`` that are about a person."""
    policy: PolicyName | None = None


@dataclass(frozen=True)
class Compared:
    crossing_id: UUID
    post_id: str
    at: datetime
    before: Side
    after: Side

    @property
    def changed(self) -> bool:
        return self.before.outcome is not self.after.outcome


@dataclass(frozen=True)
class Draft:
    """A policy that nobody has published, in the place of whatever was in force."""

    published: PolicyPublished

    @classmethod
    def of(cls, policy: Policy) -> Draft:
        """In force from the beginning of time: the period that is asked about decides, not its own date."""
        event_id = derived_id("draft", policy.policy_id, policy.version)
        draft = policy.model_copy(update={"effective_at": EARLIEST, "ends_at": None})
        return cls(PolicyPublished(event_id=event_id, occurred_at=EARLIEST, revision=policy.version, policy=draft))

    def instead_of(self, registry: Registry) -> Registry:
        """Alone; what it does not cover (a pilot's other posts) stays as it was, which the caller sees to."""
        return replace(registry, policies=(self.published,))

    def beside(self, registry: Registry) -> Registry:
        """To ask the store with: its windows must be wide enough for either."""
        return replace(registry, policies=(*registry.policies, self.published))


@dataclass(frozen=True)
class Comparing:
    """``registry`` is what was in force, and ``draft`` what is tried in its place."""

    registry: Registry
    draft: Draft

    def compare(self, crossing: KnownCrossing, context: Context) -> Compared:
        """The facts of ``context`` may be more than either policy looks at: the judge takes what bears."""
        facts = crossing.facts
        context = replace(context, registry=self.registry)
        published = self.registry.policy_for(facts)
        tried = self._drafted.policy_for(facts)
        registered = with_registry(crossing, context)
        before = _side(crossing, context, published, registered)
        # A pilot says nothing about other posts.
        after = _side(crossing, context, tried, registered) if tried is not None else before
        return Compared(facts.crossing_id, facts.post_id, facts.occurred_at, before, after)

    @cached_property
    def _drafted(self) -> Registry:
        return self.draft.instead_of(self.registry)


def _side(
    crossing: KnownCrossing, context: Context, published: PolicyPublished | None, registered: CrossingFacts
) -> Side:
    if published is None:
        nothing = could_not_check(Note.POLICY_NONE_IN_FORCE)
        return Side(nothing.outcome, nothing.reasons, frozenset(nothing.reasons), frozenset())
    policy = published.policy
    conclusion = weigh(crossing, context, published, registered=registered).conclusion
    health = _deciding_of_health(conclusion, policy)
    return Side(
        outcome=conclusion.outcome,
        reasons=conclusion.public_reasons,
        deciding=_deciding(conclusion.reasons, conclusion.outcome, policy) | health,
        of_health=health,
        policy=PolicyName(policy.policy_id, policy.version),
    )


def _deciding(codes: Iterable[str], outcome: Outcome, policy: Policy) -> frozenset[str]:
    if outcome is Outcome.LET_THROUGH:
        return frozenset()
    return frozenset(code for code in codes if policy.outcome_of(code) is outcome)


def _deciding_of_health(conclusion: Conclusion, policy: Policy) -> frozenset[str]:
    occupants: Mapping[int, tuple[Outcome, tuple[str, ...]]] = conclusion.occupants
    return frozenset(
        code
        for outcome, codes in occupants.values()
        if outcome is conclusion.outcome
        for code in _deciding(codes, outcome, policy)
    )
