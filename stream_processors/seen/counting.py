"""Counts what was judged and buried, once it is committed."""

from __future__ import annotations

from collections.abc import Iterable

from stream_processors.judging.changes import Change
from stream_processors.judging.said import Kind, fields_of
from stream_processors.seen import metrics


class Turns:
    """Steps inside batches. A batch that judges a whole day again gets on without acknowledging anything."""

    def __init__(self) -> None:
        self.count = 0


TURNS = Turns()


def turn_taken(found: Iterable[Change]) -> None:
    TURNS.count += 1
    for change in found:
        if change.said is None:
            metrics.WITHDRAWN.labels(change.kind.value).inc()
        elif change.kind is Kind.VERDICT:
            metrics.VERDICTS.labels(fields_of(change.said.content)["outcome"]).inc()
        elif change.kind is Kind.FINDING and change.revision == 1:
            metrics.RULE_HITS.labels(fields_of(change.said.content)["code"]).inc()
