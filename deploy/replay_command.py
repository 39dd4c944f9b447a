"""``chotxanh replay``: that all is said again from the facts of then. Asks the services; judges nothing."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any, TextIO, get_args
from zoneinfo import ZoneInfo

from deploy.questions import INTERRUPTED, REPLAY, add_options, answer_to, instant_of
from deploy.replay_report import report
from schemas.bounded import instant_text
from schemas.replay import Conclusion, Revisions

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
NOT_ANSWERED = 1
STATUSES = {
    Conclusion.SAME: 0,
    Conclusion.CHANGED: 3,
    Conclusion.OTHER_VERSION: 4,
    Conclusion.NOT_REPLAYABLE: 5,
}


def main(arguments: Sequence[str], *, err: TextIO = sys.stderr) -> int:
    """One of ``STATUSES``; 1 when it failed or was stopped; 130 after Ctrl-C, which stops it."""
    asked = _parser().parse_args(arguments)
    answer = answer_to(REPLAY, _body(asked), asked, err)
    if answer is None:
        return INTERRUPTED
    if asked.json:
        print(json.dumps(answer, ensure_ascii=False))
    elif answer["report"] is not None:
        print(report(answer))
    if answer["conclusion"] is None:
        print(f"✗ the replay was not answered: {answer['reason'] or answer['state']}", file=err)
        return NOT_ANSWERED
    return STATUSES[Conclusion(answer["conclusion"])]


def _body(asked: argparse.Namespace) -> dict[str, Any]:
    return {
        "begins_at": instant_text(instant_of("--from", asked.begins_at, LOCAL)),
        "ends_at": instant_text(instant_of("--to", asked.ends_at, LOCAL)),
        "revisions": asked.revision.replace("-", "_"),
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chotxanh replay",
        description="Judge the stored crossings of a period again, each from the facts that its judge was given, "
        "and compare all that was said with all that is said now, byte for byte. Changes nothing and unseals "
        "nothing. Ctrl-C stops it.",
        epilog="Exit status: 0 all is the same; 3 something changed under the same judge version, with the rule "
        "and the fact named; 4 some was judged by another version, with a report of differences; 5 some cannot "
        "be judged again, as its facts were dropped; 1 it was not answered. The gravest counts.",
    )
    parser.add_argument(
        "--revision",
        choices=[one.replace("_", "-") for one in get_args(Revisions)],
        default="in-force",
        help="what was said last about each crossing, or all that was ever said (default: %(default)s)",
    )
    add_options(parser, REPLAY)
    return parser
