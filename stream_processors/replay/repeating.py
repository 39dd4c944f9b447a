"""A judgement judged again, and what of it is not the same. Pure: what was given comes in, differences go out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from schemas.replay import FactNamed
from schemas.rules.codes import Note
from schemas.words import Outcome
from stream_processors.judging.changes import Standing
from stream_processors.judging.context import Context, KnownCrossing
from stream_processors.judging.given import Revised
from stream_processors.judging.judge import judge
from stream_processors.judging.said import Kind, fields_of
from stream_processors.judging.version import JUDGE_VERSION

How = Literal["other_content", "not_said_again", "said_newly"]


@dataclass(frozen=True)
class Missing:
    """A fact that was given and is not there any more."""

    kind: str
    fact: Revised
    dropped: bool = False
    """By retention."""


@dataclass(frozen=True)
class Repeatable:
    """A stored judgement, with what its judge was given as far as it is kept."""

    crossing_id: UUID
    post_id: str
    at: datetime
    number: int
    said: tuple[Standing, ...]
    """The verdict first."""
    given_kept: bool = False
    crossing: KnownCrossing | None = None
    context: Context | None = None
    """Both None where something of it cannot be had."""
    altered: tuple[FactNamed, ...] = ()
    """Facts that are not what was stored."""
    altered_registry: tuple[FactNamed, ...] = ()
    """The same of the registry, whether or not it bears on this crossing."""
    missing: tuple[Missing, ...] = ()

    @property
    def judge_version(self) -> str:
        """By which it was judged."""
        verdict = next((one for one in self.said if one.kind is Kind.VERDICT), None)
        try:
            return str(fields_of(verdict.content)["judge_version"]) if verdict else JUDGE_VERSION
        except (ValueError, KeyError, TypeError):
            return JUDGE_VERSION  # somebody changed it: not to be excused by a version that it does not name


@dataclass(frozen=True)
class Difference:
    """One statement that is not the same."""

    kind: Kind
    id: UUID
    how: How
    parts: tuple[str, ...]
    rules: frozenset[str]
    health: frozenset[str]
    """Those of ``rules`` that only a sealed part names."""
    facts: tuple[FactNamed, ...]
    before: Outcome | None = None
    after: Outcome | None = None


def differences(judgement: Repeatable) -> list[Difference]:
    """Empty when every statement is the same, byte for byte; the judge's own version aside where it is another."""
    if judgement.crossing is None or judgement.context is None:
        raise ValueError("what its judge was given is not whole")
    again = judge(judgement.crossing, judgement.context)
    verdict = (again.verdict,) if again.verdict else ()
    now = {(one.kind, one.id): one.compared for one in (*verdict, *again.others)}
    then = {(one.kind, one.id): one.content for one in judgement.said}
    same_judge = judgement.judge_version == JUDGE_VERSION
    return [
        _difference(key, before, after, judgement)
        for key in sorted(then.keys() | now.keys(), key=lambda key: (key[0] != Kind.VERDICT, key[0], key[1]))
        for before, after in [(then.get(key), now.get(key))]
        if before != after and (same_judge or _beside_version(before) != _beside_version(after))
    ]


def _beside_version(compared: bytes | None) -> object:
    if compared is None:
        return None
    content, *rest = compared.split(b"\n")
    return {**json.loads(content), "judge_version": None}, rest


@dataclass(frozen=True)
class _Parts:
    """A statement taken apart again."""

    fields: Mapping[str, Any]
    private: Mapping[str, Any]
    facts: frozenset[UUID]

    @classmethod
    def of(cls, compared: bytes | None) -> _Parts:
        if compared is None:
            return cls({}, {}, frozenset())
        try:
            content, private, facts = (json.loads(part) for part in compared.split(b"\n"))
            return cls(content, private, frozenset(UUID(one) for one in facts))
        except ValueError:
            return cls({}, {}, frozenset())  # no statement of ours

    @property
    def outcome(self) -> Outcome | None:
        outcome = self.fields.get("outcome")
        return Outcome(outcome) if outcome in set(Outcome) else None

    @property
    def codes(self) -> frozenset[str]:
        """Everybody may read these."""
        own = [self.fields["code"]] if "code" in self.fields else []
        return frozenset(
            [*own, *self.fields.get("reasons", ()), *(r["code"] for r in self.fields.get("rules", ()))]
        )

    @property
    def of_health(self) -> frozenset[str]:
        return frozenset(code for one in self.private.get("occupants", ()) for code in one.get("reasons", ()))


def _difference(
    key: tuple[Kind, UUID], before: bytes | None, after: bytes | None, judgement: Repeatable
) -> Difference:
    then, now = _Parts.of(before), _Parts.of(after)
    one_sided = before is None or after is None
    public = (then.codes | now.codes) if one_sided else then.codes ^ now.codes
    health = then.of_health ^ now.of_health
    # What is said for the same reasons in other words is named by those reasons.
    rules = (public - {Note.OCCUPANT_HEALTH.value} | health) or then.codes | now.codes
    return Difference(
        kind=key[0],
        id=key[1],
        how="said_newly" if before is None else "not_said_again" if after is None else "other_content",
        parts=() if one_sided else _parts_differing(then, now),
        rules=rules,
        health=health - public,
        facts=_facts(then, now, judgement),
        before=then.outcome if key[0] is Kind.VERDICT else None,
        after=now.outcome if key[0] is Kind.VERDICT else None,
    )


def _parts_differing(then: _Parts, now: _Parts) -> tuple[str, ...]:
    names = {
        name for name in then.fields.keys() | now.fields.keys() if then.fields.get(name) != now.fields.get(name)
    }
    return tuple(
        sorted(
            names
            | ({"sealed"} if then.private != now.private else set())
            | ({"facts"} if then.facts != now.facts else set())
        )
    )


def _facts(then: _Parts, now: _Parts, judgement: Repeatable) -> tuple[FactNamed, ...]:
    """Those that were changed; else those that only one side rests on; else all that it rests on."""
    if judgement.altered:
        return judgement.altered
    known = given_facts(judgement)
    rests_on = (then.facts ^ now.facts) or (then.facts | now.facts)
    changed = [one for one in judgement.altered_registry if one.fact_id in then.facts | now.facts]
    return tuple(changed) or tuple(_named(fact, known) for fact in sorted(rests_on))


def _named(fact: UUID, known: Mapping[UUID, FactNamed]) -> FactNamed:
    return known.get(fact) or FactNamed(kind="not-given", fact_id=fact, subject=str(fact), revision=0)


def given_facts(judgement: Repeatable) -> Mapping[UUID, FactNamed]:
    """All that the judge was given, by the event that brought it."""
    crossing, context = judgement.crossing, judgement.context
    if crossing is None or context is None:
        return {}
    return _by_event(
        [
            ("crossing", crossing.event_id, crossing.facts.crossing_id, crossing.facts.revision),
            *(
                ("decision", one.event_id, crossing.facts.crossing_id, one.revision)
                for one in [context.decision]
                if one is not None
            ),
            *(("crossing", one.event_id, one.crossing_id, one.revision) for one in context.neighbours),
            *(
                ("decision", one.decision.event_id, one.crossing_id, one.decision.revision)
                for one in context.neighbours
                if one.decision is not None
            ),
            *(
                ("crossing", one.crossing.event_id, one.crossing.facts.crossing_id, one.crossing.facts.revision)
                for one in context.trip
            ),
            *(
                ("result", result.event_id, result.result_id, result.revision)
                for results in (context.results, *(one.results for one in context.trip))
                for result in results
            ),
            *(("pass", one.event_id, one.pass_id, one.revision) for one in context.passes),
            *(
                ("policy", one.event_id, f"{one.policy.policy_id}/{one.policy.version}", one.revision)
                for one in context.registry.policies
            ),
            *(
                ("notice", one.published.event_id, one.published.notice_id, one.published.revision)
                for one in context.registry.notices
            ),
        ]
    )


def _by_event(facts: Iterable[tuple[str, UUID, object, int]]) -> dict[UUID, FactNamed]:
    return {
        event_id: FactNamed(kind=kind, fact_id=event_id, subject=str(subject), revision=revision)
        for kind, event_id, subject, revision in facts
    }


def missing_named(missing: Sequence[Missing]) -> list[FactNamed]:
    return [
        FactNamed(kind=one.kind, fact_id=None, subject=str(one.fact.id), revision=one.fact.revision)
        for one in missing
    ]
