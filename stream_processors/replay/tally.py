"""Counts what is the same and what is not, judgement by judgement, in a space that does not grow. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from schemas.replay import (
    DifferenceFound,
    FactNamed,
    NotReplayable,
    ReplayAsked,
    ReplayReport,
    RuleDiffering,
    StatementKind,
    VersionMet,
)
from schemas.rules.codes import Note
from schemas.words import Outcome
from stream_processors.judging.version import JUDGE_VERSION
from stream_processors.questions.telling import fit_to_tell
from stream_processors.replay.repeating import Difference, Repeatable, differences, missing_named

EXAMPLES_EACH, EXAMPLES_MOST = 5, 200
"""Of each rule and change of outcome, and of all."""
ALTERED_MOST = 200
JUDGED_BEFORE, DROPPED = "GIVEN_NOT_KEPT", "FACTS_DROPPED"

RuleKey = tuple[str, StatementKind, Outcome | None, Outcome | None, str]


@dataclass
class Span:
    judgements: int
    first_at: datetime
    last_at: datetime


@dataclass
class Tally:
    asked: ReplayAsked
    kept_since: datetime | None = None
    crossings: int = 0
    waiting: int = 0
    judgements: int = 0
    same: int = 0
    changed: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    statements: Counter[StatementKind] = field(default_factory=Counter)
    versions: Counter[str] = field(default_factory=Counter)
    differing: Counter[str] = field(default_factory=Counter)
    rules: Counter[RuleKey] = field(default_factory=Counter)
    health: set[str] = field(default_factory=set)
    examples: list[DifferenceFound] = field(default_factory=list)
    of_each: Counter[object] = field(default_factory=Counter)
    altered: dict[FactNamed, None] = field(default_factory=dict)
    spans: dict[str, Span] = field(default_factory=dict)

    def add_crossings(
        self, crossings: int, first_at: datetime, last_at: datetime, *, waiting: int, unsaid: Iterable[UUID]
    ) -> None:
        """Chunks come in the order of their time."""
        self.crossings += crossings
        self.waiting += waiting
        self.first_at = self.first_at or first_at
        self.last_at = last_at
        for crossing_id in unsaid:
            self.add_altered([_verdict_gone(crossing_id)])

    def add(self, one: Repeatable) -> None:
        self.judgements += 1
        self.add_altered([*one.altered, *one.altered_registry])
        self.add_altered(missing_named([fact for fact in one.missing if not fact.dropped]))
        if not one.given_kept:
            self._add_not_kept(one)
        elif one.crossing is None or one.context is None:
            self._add_not_whole(one)
        else:
            self._add_compared(one, differences(one))

    def add_altered(self, facts: Iterable[FactNamed]) -> None:
        for fact in facts:
            if len(self.altered) < ALTERED_MOST:
                self.altered.setdefault(fact)

    def _add_not_kept(self, one: Repeatable) -> None:
        if one.number:
            # It was kept, as it is for every judgement that has a number.
            self.changed += 1
            self.add_altered([_verdict_gone(one.crossing_id)])
        else:
            self._add_not_replayable(JUDGED_BEFORE, one)

    def _add_not_whole(self, one: Repeatable) -> None:
        if one.altered or any(not fact.dropped for fact in one.missing):
            self.changed += 1
        else:
            self._add_not_replayable(DROPPED, one)

    def _add_not_replayable(self, reason: str, one: Repeatable) -> None:
        span = self.spans.setdefault(reason, Span(0, one.at, one.at))
        span.judgements += 1
        span.first_at, span.last_at = min(span.first_at, one.at), max(span.last_at, one.at)

    def _add_compared(self, one: Repeatable, found: Sequence[Difference]) -> None:
        version = one.judge_version
        self.versions[version] += 1
        for standing in one.said:
            self.statements[standing.kind.value] += 1
        if not found:
            self.same += 1
            return
        self.differing[version] += 1
        self.changed += version == JUDGE_VERSION
        for difference in found:
            self._add_difference(one, difference, version)

    def _add_difference(self, one: Repeatable, found: Difference, version: str) -> None:
        self.health |= found.health
        for code in found.rules:
            self.rules[code, found.kind.value, found.before, found.after, version] += 1
        alike = (found.rules, found.kind, found.before, found.after, version)
        self.of_each[alike] += 1
        if self.of_each[alike] <= EXAMPLES_EACH and len(self.examples) < EXAMPLES_MOST:
            self.examples.append(_example(one, found, version))

    def report(self) -> ReplayReport:
        return ReplayReport(
            judge_version=JUDGE_VERSION,
            revisions=self.asked.revisions,
            crossings=self.crossings,
            first_at=self.first_at,
            last_at=self.last_at,
            judgements=self.judgements,
            same=self.same,
            changed=self.changed,
            statements=dict(sorted(self.statements.items())),
            waiting=self.waiting,
            versions=tuple(
                VersionMet(judge_version=version, judgements=times, differing=self.differing[version])
                for version, times in sorted(self.versions.items())
            ),
            rules=tuple(
                RuleDiffering(
                    code=code, kind=kind, before=before, after=after, judge_version=version, statements=times
                )
                for (code, kind, before, after, version), times in fit_to_tell(self.rules, self.health)
            ),
            # What proves a failure is shown before what another version may say otherwise.
            differences=tuple(sorted(self.examples, key=lambda one: one.judge_version != JUDGE_VERSION)),
            altered=tuple(self.altered),
            altered_facts=len(self.altered),
            not_replayable=tuple(
                NotReplayable(
                    reason=reason, judgements=span.judgements, first_at=span.first_at, last_at=span.last_at
                )
                for reason, span in sorted(self.spans.items())
            ),
            kept_since=self.kept_since,
            dropped_until=self._dropped_until(),
        )

    def _dropped_until(self) -> datetime | None:
        if self.kept_since is None or self.kept_since <= self.asked.begins_at:
            return None
        return min(self.kept_since, self.asked.ends_at)


def _example(one: Repeatable, found: Difference, version: str) -> DifferenceFound:
    public = found.rules - found.health
    return DifferenceFound(
        crossing_id=one.crossing_id,
        post_id=one.post_id,
        occurred_at=one.at,
        judgement=one.number,
        kind=found.kind.value,
        statement_id=found.id,
        how=found.how,
        parts=found.parts,
        rules=tuple(sorted(public | ({Note.OCCUPANT_HEALTH.value} if found.health else set()))),
        facts=found.facts[:20],
        before=found.before,
        after=found.after,
        judge_version=version,
    )


def _verdict_gone(crossing_id: UUID) -> FactNamed:
    """What was said, or what was given for it, is not there though it was stored."""
    return FactNamed(kind="verdict", subject=str(crossing_id), revision=0)
