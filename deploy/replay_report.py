"""What a replay proves, as text for a terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from schemas.replay import Conclusion
from schemas.sentences import OUTCOMES, sentence
from schemas.words import Outcome


def report(answer: Mapping[str, Any]) -> str:
    """``answer`` as the replay API gives it, with its report."""
    found = answer["report"]
    took = f" in {answer['took_ms'] / 1000:.1f} s" if answer["took_ms"] is not None else ""
    period = f", from {found['first_at']} to {found['last_at']}" if found["first_at"] else ""
    statements = ", ".join(f"{number} {kind}s" for kind, number in found["statements"].items())
    waiting = f"; {found['waiting']} crossings have no verdict yet" if found["waiting"] else ""
    lines = [
        f"{found['crossings']} crossings, {found['judgements']} judgements repeated{took}{period}",
        f"by judge version {found['judge_version']}: {statements or 'nothing was said'}{waiting}",
        "",
        f"{_mark(answer)} {sentence('REPLAY_' + answer['conclusion'].upper()).en}",
        f"{found['same']} judgements the same, byte for byte; {found['changed']} changed under the same version",
        *_part("not replayable", _not_replayable(found)),
        *_part("facts that are not what was stored", map(_fact, found["altered"])),
        *_part("by rule", map(_rule, found["rules"])),
        *_part("differences", map(_difference, found["differences"])),
        *_part("by judge version", map(_version, found["versions"]) if len(found["versions"]) > 1 else ()),
    ]
    return "\n".join(lines)


def _mark(answer: Mapping[str, Any]) -> str:
    return "✔" if answer["conclusion"] == Conclusion.SAME else "✗"


def _part(title: str, lines: Iterable[str]) -> list[str]:
    shown = list(lines)
    return ["", title, *(f"  {line}" for line in shown)] if shown else []


def _not_replayable(found: Mapping[str, Any]) -> Iterable[str]:
    if found["dropped_until"]:
        yield f"before {found['dropped_until']}: {sentence('FACTS_DROPPED').en}"
    for one in found["not_replayable"]:
        span = f"{one['first_at']} to {one['last_at']}"
        yield f"{one['judgements']:>8}  judgements from {span}: {sentence(one['reason']).en}"


def _fact(one: Mapping[str, Any]) -> str:
    gone = "" if one["fact_id"] else ", gone"
    kind = sentence("FACT_" + one["kind"].upper().replace("-", "_")).en
    return f"{kind} {one['subject']} revision {one['revision']}{gone}"


def _rule(one: Mapping[str, Any]) -> str:
    change = f" {_change(one)}" if one["before"] or one["after"] else ""
    kind = f"{one['kind']} of version {one['judge_version']}"
    return f"{one['statements']:>8}  {one['code']} in {kind}:{change} – {sentence(one['code']).en}"


def _difference(one: Mapping[str, Any]) -> str:
    what = f"{one['kind']} {sentence('REPLAY_' + one['how'].upper()).en}"
    change = f" {_change(one)}" if one["before"] != one["after"] else ""
    parts = f" ({' '.join(one['parts'])})" if one["parts"] else ""
    facts = "; ".join(map(_fact, one["facts"]))
    where = f"{one['crossing_id']} {one['post_id']} {one['occurred_at']} judgement {one['judgement']}"
    return f"{where}: {what}{change}{parts}; rules {' '.join(one['rules']) or '–'}; facts: {facts}"


def _version(one: Mapping[str, Any]) -> str:
    return f"{one['judgements']:>8}  judgements of version {one['judge_version']}, {one['differing']} differ"


def _change(one: Mapping[str, Any]) -> str:
    return f"{_outcome(one['before'])} → {_outcome(one['after'])}"


def _outcome(text: str | None) -> str:
    return OUTCOMES[Outcome(text)].vi if text else "–"
