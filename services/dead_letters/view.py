"""A case as its reader sees it: codes with their sentences, what can be done. Opens no box and writes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from schemas.bounded import instant_text
from schemas.sentences import Sentence
from services.dead_letters.cases import Case
from services.dead_letters.reading import RawLetter, shown
from services.dead_letters.reasons import advice, happened
from services.dead_letters.states import acts_in


def view(case: Case, names: dict[str, str]) -> dict[str, Any]:
    """For the API and the page. ``names`` are the posts' names."""
    what_to_do = advice(case.reason)
    possible = acts_in(case.state)
    return {
        "case_id": str(case.case_id),
        "revision": case.revision,
        "state": case.state,
        "reason": case.reason,
        "happened": both(happened(case.reason)),
        "what_to_do": {"vi": what_to_do.vi, "en": what_to_do.en},
        "proposed": next((act for act in what_to_do.helps if act in possible), None),
        "acts": list(possible),
        "detail": case.detail,
        "type_name": case.type_name,
        "topic": case.topic,
        "partition": case.partition,
        "offset": case.offset,
        "station_id": case.station_id,
        "post_id": case.post_id,
        "post_name": names.get(case.post_id or "", case.post_id),
        "lane": case.lane,
        "number": case.number,
        "happened_at": instant_text(case.happened_at) if case.happened_at else None,
        "buried_at": instant_text(case.buried_at),
        "buried_by": case.buried_by,
        "attempt": case.attempt,
        "came_through_at": case.through_at,
        "because": case.because,
        "changed_at": instant_text(case.changed_at),
        "changed_by": case.changed_by,
    }


def both(words: Sentence) -> dict[str, str]:
    return {"vi": words.vi, "en": words.en}


def contents(letter: RawLetter) -> dict[str, Any]:
    found = shown(letter)
    return {
        "form": found.form,
        "text": found.text,
        "bytes": found.bytes,
        "cut": found.cut,
        "headers": [list(pair) for pair in found.headers],
    }


def lines(history: Iterable[Any]) -> list[dict[str, Any]]:
    return [dict(line) | {"at": instant_text(line["at"])} for line in history]
