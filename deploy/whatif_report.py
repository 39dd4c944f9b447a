"""What a what-if found, as text for a terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from schemas.policy.policy import Policy
from schemas.sentences import OUTCOMES, sentence
from schemas.words import Outcome


def report(answer: Mapping[str, Any], draft: Policy | None = None) -> str:
    """``answer`` as the what-if API gives it, with its comparison. A draft has sentences for codes of its own."""
    found = answer["comparison"]
    took = f" in {answer['took_ms'] / 1000:.1f} s" if answer["took_ms"] is not None else ""
    period = f", from {found['first_at']} to {found['last_at']}" if found["first_at"] else ""
    lines = [
        f"{found['crossings']} crossings judged{took}{period}",
        f"compared with {_policies(found)}",
        *([f"what-if {answer['whatif_id']}"] if "whatif_id" in answer else []),
        "",
        f"{found['changed']} verdicts would change; {found['other_reasons']} stay, for other reasons",
        *(f"  {one['verdicts']:>8}  {_change(one)}" for one in found["changes"]),
        *_part("limits from above that the draft breaks", map(_limit, answer.get("limits_broken", ()))),
        *_part("by rule", (_rule(one, draft) for one in found["rules"])),
        *_part("by post", map(_post, found["posts"])),
        *_part("examples", map(_example, found["examples"])),
        "",
        f"lane time, an estimate: {_hours(found['lane_s_before'])} → {_hours(found['lane_s_after'])}",
        "  assuming " + ", ".join(f"{outcome} {seconds} s" for outcome, seconds in found["seconds"].items()),
    ]
    return "\n".join(lines)


def _policies(found: Mapping[str, Any]) -> str:
    known = [f"{one['policy_id']} {one['version']} ({one['crossings']})" for one in found["policies"]]
    none = [f"no policy in force ({found['judged_by_none']})"] if found["judged_by_none"] else []
    return ", ".join([*known, *none]) or "nothing"


def _part(title: str, lines: Iterable[str]) -> list[str]:
    shown = list(lines)
    return ["", title, *(f"  {line}" for line in shown)] if shown else []


def _limit(one: Mapping[str, Any]) -> str:
    return f"{one['field']}: {one['code']} – {one['en']} ({one['document']})"


def _rule(one: Mapping[str, Any], draft: Policy | None) -> str:
    part = "decides" if one["decides"] else "decides no longer"
    own = draft.sentence_of(one["code"]) if draft is not None else None
    words = own.en if own is not None else sentence(one["code"]).en
    return f"{one['verdicts']:>8}  {one['code']} {part}: {_change(one)} – {words}"


def _post(one: Mapping[str, Any]) -> str:
    hours = f"{_hours(one['lane_s_before'])} → {_hours(one['lane_s_after'])}"
    return f"{one['changed']:>8}  of {one['crossings']} at {one['post_id']}; lane time {hours}"


def _example(one: Mapping[str, Any]) -> str:
    codes = f"{' '.join(one['codes_before']) or '–'} → {' '.join(one['codes_after']) or '–'}"
    return f"{one['crossing_id']} {one['post_id']} {one['occurred_at']}  {_change(one)}  {codes}"


def _change(one: Mapping[str, Any]) -> str:
    return f"{_outcome(one['before'])} → {_outcome(one['after'])}"


def _outcome(text: str) -> str:
    return OUTCOMES[Outcome(text)].vi


def _hours(seconds: int) -> str:
    return f"{seconds / 3600:.1f} h"
