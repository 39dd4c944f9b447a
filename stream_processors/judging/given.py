"""What the judge was given, by ids and revisions: enough to build the same crossing and context again. Pure.

Not what a verdict rests on, which is less: a result that bore on nobody was weighed too, and the same bytes can
only be proven from the same facts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from schemas.canonical import canonical
from stream_processors.judging.context import Context, CrossingRef, KnownCrossing


class Revised(NamedTuple):
    """A fact at one of its revisions."""

    id: UUID
    revision: int


@dataclass(frozen=True)
class Given:
    """Of one judgement of one crossing. None and empty where there was nothing."""

    crossing: int
    """Its revision."""
    registry: int
    """The state of the registry: ``Registry.at_change``."""
    decision: int | None = None
    """Its revision."""
    neighbours: Mapping[Revised, tuple[int, ...]] = field(default_factory=dict)
    """Each with the places, in the crossing's own refs, of those that they share."""
    results: tuple[Revised, ...] = ()
    passes: tuple[Revised, ...] = ()


def given_of(crossing: KnownCrossing, context: Context) -> Given:
    places = {ref: number for number, ref in enumerate(own_refs(crossing.refs))}
    return Given(
        crossing=crossing.facts.revision,
        registry=context.registry.at_change,
        decision=context.decision.revision if context.decision else None,
        neighbours={
            Revised(one.crossing_id, one.revision): tuple(sorted(places[ref] for ref in one.shared))
            for one in context.neighbours
        },
        results=tuple(sorted(Revised(one.result_id, one.revision) for one in context.results)),
        passes=tuple(sorted(Revised(one.pass_id, one.revision) for one in context.passes)),
    )


def own_refs(refs: Iterable[CrossingRef]) -> list[tuple[str, str]]:
    """Kind and ref of each, once, in an order that the refs alone decide."""
    return sorted({(one.kind, one.ref) for one in refs})


def text_of(given: Given) -> str:
    """As it stands in the row of the verdict."""
    content: dict[str, Any] = {"crossing": given.crossing, "registry": given.registry}
    if given.decision is not None:
        content["decision"] = given.decision
    if given.neighbours:
        content["neighbours"] = [
            [str(one.id), one.revision, list(places)] for one, places in sorted(given.neighbours.items())
        ]
    for name, facts in (("results", given.results), ("passes", given.passes)):
        if facts:
            content[name] = [[str(one.id), one.revision] for one in facts]
    return canonical(content).decode()


def given_from(text: str) -> Given:
    content = json.loads(text)
    return Given(
        crossing=content["crossing"],
        registry=content["registry"],
        decision=content.get("decision"),
        neighbours={
            Revised(UUID(id_), revision): tuple(places) for id_, revision, places in content.get("neighbours", ())
        },
        results=_revised(content.get("results", ())),
        passes=_revised(content.get("passes", ())),
    )


def _revised(facts: Iterable[tuple[str, int]]) -> tuple[Revised, ...]:
    return tuple(Revised(UUID(id_), revision) for id_, revision in facts)
