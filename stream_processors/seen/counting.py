"""Counts what was judged and buried, once it is committed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import prometheus_client

from stream_processors.judging.changes import Change
from stream_processors.judging.said import Kind
from stream_processors.seen import metrics


class Turns:
    """Steps inside batches. A batch that judges a whole day again gets on without acknowledging anything."""

    def __init__(self) -> None:
        self.count = 0


TURNS = Turns()


def turn_taken(found: Iterable[Change]) -> None:
    TURNS.count += 1
    for (counter, label), times in Counter(map(_counted, found)).items():
        if counter is not None:
            counter.labels(label).inc(times)


def _counted(change: Change) -> tuple[prometheus_client.Counter | None, str]:
    """Where a change counts, if anywhere, and by which label."""
    if change.said is None:
        return metrics.WITHDRAWN, change.kind.value
    if change.kind is Kind.VERDICT:
        return metrics.VERDICTS, str(change.said.fields["outcome"])
    if change.kind is Kind.FINDING and change.revision == 1:
        return metrics.RULE_HITS, str(change.said.fields["code"])
    return None, ""
