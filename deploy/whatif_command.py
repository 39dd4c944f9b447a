"""``chotxanh policy whatif``: what a draft would have changed. Asks the services, with a key; judges nothing."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo

import httpx

from deploy.documents import DocumentRefused, bytes_of, json_in
from deploy.home import home_from_environment
from deploy.refusals import CannotStart
from deploy.whatif_report import report
from schemas.bounded import instant_text
from schemas.words import Outcome

KEY, SERVICES = "CHOTXANH_API_KEY", "CHOTXANH_SERVICES_URL"
SERVICES_HERE = "http://127.0.0.1:18080"
DEMO_LOGINS, DEMO_KEY = "demo-logins.json", "demo-whatif"
ZONE_WHEN_UNSAID = "Asia/Ho_Chi_Minh"
ASK_AGAIN_S = 0.5
MOST_AWAY = 60
"""Tries in a row that the services may be away while we wait: the what-if goes on without us."""


def main(arguments: Sequence[str], *, err: TextIO = sys.stderr) -> int:
    """0 when it was answered; 1 when it failed or was stopped; 130 after Ctrl-C, which stops it."""
    asked = _parser().parse_args(arguments)
    body = _body(asked)
    with httpx.Client(base_url=asked.services, headers=_header(asked), timeout=30, trust_env=False) as client:
        whatif = _sent(client, body)
        try:
            answer = _followed(client, whatif, err)
        except KeyboardInterrupt:
            _call(client, "POST", f"/v1/whatif/{whatif['whatif_id']}/stop")
            print("\nstopped", file=err)
            return 130
    if asked.json:
        print(json.dumps(answer, ensure_ascii=False))
    elif answer["state"] == "done":
        print(report(answer))
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
        "begins_at": instant_text(_instant("--from", asked.begins_at, zone)),
        "ends_at": instant_text(_instant("--to", asked.ends_at, zone)),
    }
    return body | ({"seconds": dict(asked.seconds)} if asked.seconds else {})


def _zone(draft: dict[str, Any], path: Path) -> ZoneInfo:
    try:
        return ZoneInfo(draft.get("time_zone", ZONE_WHEN_UNSAID))
    except (KeyError, ValueError, OSError, TypeError, AttributeError) as exc:
        raise DocumentRefused(f"{path} is no policy: time_zone: not a time zone.") from exc


def _instant(option: str, text: str, zone: ZoneInfo) -> datetime:
    """A day is its midnight; without a zone, the clock on the wall where the policy is for."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as exc:
        raise DocumentRefused(f"{option} is a day or an instant: 2021-10-06, 2021-10-06T07:00+07:00.") from exc
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def _header(asked: argparse.Namespace) -> dict[str, str]:
    return {"Authorization": f"Bearer {_key(asked)}"}


def _key(asked: argparse.Namespace) -> str:
    """Never from the command line itself, where every account of the machine could read it."""
    if asked.key_file is not None:
        return bytes_of(asked.key_file).decode().strip()
    if given := os.environ.get(KEY):
        return given
    demo = home_from_environment().keys / DEMO_LOGINS
    if demo.exists() and (key := json_in(demo).get("keys", {}).get(DEMO_KEY)):
        return str(key)
    raise CannotStart(
        f"A key with the scope whatif is needed: --key-file FILE, or {KEY}. "
        "It is made by python -m services add-key NAME whatif."
    )


def _sent(client: httpx.Client, body: dict[str, Any]) -> dict[str, Any]:
    return _call(client, "POST", "/v1/whatif", body)


def _followed(client: httpx.Client, whatif: dict[str, Any], err: TextIO) -> dict[str, Any]:
    """The answer, however long it takes; progress on a line of its own at a terminal."""
    told, away = -1, 0
    while whatif["answered_at"] is None:
        if whatif["progress"] != told:
            told = whatif["progress"]
            line = f"{whatif['state']}: {told} %, {whatif['crossings']} crossings"
            print(
                f"\r{line:<60}" if err.isatty() else line, end="" if err.isatty() else "\n", file=err, flush=True
            )
        time.sleep(ASK_AGAIN_S)
        try:
            whatif = _call(client, "GET", f"/v1/whatif/{whatif['whatif_id']}")
            away = 0
        except ServicesAway:
            away += 1
            if away > MOST_AWAY:
                raise
    if err.isatty():
        print(file=err)
    return whatif


class ServicesAway(CannotStart):
    """They may come back."""


def _call(client: httpx.Client, method: str, path: str, body: object = None) -> dict[str, Any]:
    """Raises ServicesAway; CannotStart with what is wrong, field by field."""
    try:
        answer = client.request(method, path, json=body)
    except httpx.HTTPError as exc:
        raise ServicesAway(f"The services at {client.base_url} cannot be reached: {type(exc).__name__}.") from exc
    if answer.status_code == 503:
        raise ServicesAway("The services cannot reach their database.")
    if answer.is_error:
        raise CannotStart(_refusal(answer))
    content: dict[str, Any] = answer.json()
    return content


def _refusal(answer: httpx.Response) -> str:
    try:
        said = answer.json()
        fields = [f"  {field['field']}: {field['en']} · {field['vi']}" for field in said["fields"]]
        return "\n".join([f"{said['en']} ({answer.status_code} {said['error']})", *fields])
    except (ValueError, KeyError, TypeError):
        return f"The services answered {answer.status_code}."


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
    parser.add_argument("--from", required=True, dest="begins_at", metavar="INSTANT", help="a day is its midnight")
    parser.add_argument("--to", required=True, dest="ends_at", metavar="INSTANT", help="the period ends before it")
    parser.add_argument(
        "--seconds",
        action="append",
        default=[],
        type=_seconds,
        metavar="OUTCOME=N",
        help="how long such an outcome holds the lane, for the estimate of lane time; may be repeated",
    )
    parser.add_argument(
        "--services",
        default=os.environ.get(SERVICES) or SERVICES_HERE,
        metavar="URL",
        help=f"else {SERVICES}, else {SERVICES_HERE}",
    )
    parser.add_argument(
        "--key-file", type=Path, metavar="FILE", help=f"holds an API key with the scope whatif; else {KEY}"
    )
    parser.add_argument("--json", action="store_true", help="print the whole answer as one line of JSON")
    return parser
