"""What was found out, as its reader sees it: what, where, since when, what to do. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from schemas.bounded import instant_text
from schemas.events.self_checks import HARMLESS, ChainHeadWrong, DrawsRepeated, DrawTold, TimerPutAside
from schemas.sentences import Sentence
from services.self_checks.sentences import advice
from services.self_checks.store import Standing

Names = Mapping[str, str]
Sees = Callable[[str | None], bool]


def posts_of(check: Standing) -> list[str | None]:
    """Where it is. A day whose draws could not be repeated is everybody's."""
    match check.said:
        case DrawsRepeated(told=told):
            return [line.post_id for line in told if line.what not in HARMLESS]
        case ChainHeadWrong(post_id=post_id) | TimerPutAside(post_id=post_id):
            return [post_id]


def is_seen(check: Standing, sees: Sees) -> bool:
    """Whether any of it is at a post of the reader's."""
    posts = posts_of(check)
    return not posts or any(map(sees, posts))


def view(check: Standing, names: Names, sees: Sees) -> dict[str, Any]:
    """For the API and the page. ``names`` are the posts' names."""
    return {
        "check_id": str(check.check_id),
        "kind": check.kind,
        "revision": check.revision,
        "waits": check.waits,
        "handled_at": instant_text(check.handled_at) if check.handled_at else None,
        "handled_by": check.handled_by,
        **_said(check, names, sees),
    }


def _said(check: Standing, names: Names, sees: Sees) -> dict[str, Any]:
    match check.said:
        case DrawsRepeated() as day:
            return _day(day, names, sees)
        case ChainHeadWrong() as head:
            return _head(head, names)
        case TimerPutAside() as timer:
            return _timer(timer, names) | {
                "tried_at": instant_text(check.tried_at) if check.is_tried and check.tried_at else None,
                "tried_by": check.tried_by if check.is_tried else None,
            }


def _day(day: DrawsRepeated, names: Names, sees: Sees) -> dict[str, Any]:
    lines = [_line(line, names) for line in day.told if sees(line.post_id)]
    return {
        "day": day.day.isoformat(),
        "looked_at": instant_text(day.looked_at),
        "draws": day.draws,
        "abandoned": day.abandoned,
        "all_counters_known": day.all_counters_known,
        "in_order": day.in_order,
        "failed": day.failed,
        "told": lines,
        "untold": day.untold,
        **(_texts("draws-FAILED") if day.failed else {}),
    }


def _line(line: DrawTold, names: Names) -> dict[str, Any]:
    return {
        **_place(line.station_id, line.post_id, names),
        "lane": line.lane,
        "counter": line.counter,
        "until": line.until,
        "code": line.what,
        "fault": line.what not in HARMLESS,
        "crossing_id": str(line.crossing_id) if line.crossing_id else None,
        **_texts(f"draws-{line.what}"),
    }


def _head(head: ChainHeadWrong, names: Names) -> dict[str, Any]:
    return {
        **_place(head.station_id, head.post_id, names),
        "enrolment": head.enrolment,
        "number": head.number,
        "code": head.because,
        "since": instant_text(head.since),
        "last_hour": instant_text(head.last_hour),
        **_texts(f"head-{head.because}"),
    }


def _timer(timer: TimerPutAside, names: Names) -> dict[str, Any]:
    return {
        **_place(timer.station_id, timer.post_id, names),
        "crossing_id": str(timer.crossing_id),
        "code": timer.kind,
        "deadline": instant_text(timer.deadline),
        "since": instant_text(timer.put_aside_at),
        **_texts(f"timer-{timer.kind}"),
    }


def _place(station_id: str | None, post_id: str | None, names: Names) -> dict[str, Any]:
    return {"station_id": station_id, "post_id": post_id, "post_name": names.get(post_id or "", post_id)}


def _texts(code: str) -> dict[str, Any]:
    said = advice(code)
    return {"what": _both(said.what), "what_to_do": _both(said.what_to_do)}


def _both(said: Sentence) -> dict[str, str]:
    return {"vi": said.vi, "en": said.en}
