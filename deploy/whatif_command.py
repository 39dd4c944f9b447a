"""``chotxanh policy whatif``: what a draft would have changed. Asks the services, with a key; judges nothing."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from deploy.documents import DocumentRefused, json_in
from deploy.questions import INTERRUPTED, WHATIF, add_options, answer_to, instant_of
from deploy.whatif_report import report
from schemas.bounded import instant_text
from schemas.policy.policy import Policy
from schemas.words import Outcome

ZONE_WHEN_UNSAID = "Asia/Ho_Chi_Minh"


def main(arguments: Sequence[str], *, err: TextIO = sys.stderr) -> int:
    """0 when it was answered; 1 when it failed or was stopped; 130 after Ctrl-C, which stops it."""
    asked = _parser().parse_args(arguments)
    body = _body(asked)
    answer = answer_to(WHATIF, body, asked, err)
    if answer is None:
        return INTERRUPTED
    if asked.json:
        print(json.dumps(answer, ensure_ascii=False))
    elif answer["state"] == "done":
        print(report(answer, Policy.model_validate_json(json.dumps(body["policy"]))))
    if answer["state"] != "done":
        print(f"✗ the what-if was not answered: {answer['reason'] or answer['state']}", file=err)
    return 0 if answer["state"] == "done" else 1


def _body(asked: argparse.Namespace) -> dict[str, Any]:
    draft = json_in(asked.policy)
    if isinstance(draft, dict) and set(draft) == {"policy"}:
        draft = draft["policy"]  # as the registry takes it
    if not isinstance(draft, dict):
        raise DocumentRefused(f"{asked.policy} is no policy: it is not a JSON object.")
    zone = _zone(draft, asked.policy)
    body = {
        "policy": draft,
        "begins_at": instant_text(instant_of("--from", asked.begins_at, zone)),
        "ends_at": instant_text(instant_of("--to", asked.ends_at, zone)),
    }
    return body | ({"seconds": dict(asked.seconds)} if asked.seconds else {})


def _zone(draft: dict[str, Any], path: Path) -> ZoneInfo:
    try:
        return ZoneInfo(draft.get("time_zone", ZONE_WHEN_UNSAID))
    except (KeyError, ValueError, OSError, TypeError, AttributeError) as exc:
        raise DocumentRefused(f"{path} is no policy: time_zone: not a time zone.") from exc


def _seconds(text: str) -> tuple[str, int]:
    """For argparse. Raises ValueError."""
    outcome, _, seconds = text.partition("=")
    return Outcome(outcome.strip()).value, int(seconds)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chotxanh policy whatif",
        description="Judge the stored crossings of a period as if a draft had been in force, and say what would "
        "have come out otherwise. Changes nothing and opens nobody's name. Ctrl-C stops it.",
    )
    parser.add_argument("--policy", required=True, type=Path, metavar="FILE", help="the draft bundle, as JSON")
    parser.add_argument(
        "--seconds",
        action="append",
        default=[],
        type=_seconds,
        metavar="OUTCOME=N",
        help="how long such an outcome holds the lane, for the estimate of lane time; may be repeated",
    )
    add_options(parser, WHATIF)
    return parser
