"""A long question to the services, from the command line: asked with a key, followed, stopped by Ctrl-C."""

from __future__ import annotations

import argparse
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, TextIO
from zoneinfo import ZoneInfo

import httpx

from deploy.documents import DocumentRefused, bytes_of, json_in
from deploy.home import home_from_environment
from deploy.refusals import CannotStart

KEY, SERVICES = "CHOTXANH_API_KEY", "CHOTXANH_SERVICES_URL"
SERVICES_HERE = "http://127.0.0.1:18080"
DEMO_LOGINS = "demo-logins.json"
ASK_AGAIN_S = 0.5
MOST_AWAY = 60
"""Tries in a row that the services may be away while we wait: the question goes on without us."""
INTERRUPTED = 130


class Kind(NamedTuple):
    """What is asked, and where."""

    path: str
    id_field: str
    scope: str
    """That the key must have; the demonstration has one of that name."""


WHATIF = Kind("/v1/whatif", "whatif_id", "whatif")
REPLAY = Kind("/v1/replay", "replay_id", "replay")


class ServicesAway(CannotStart):
    """They may come back."""


def answer_to(kind: Kind, body: dict[str, Any], asked: argparse.Namespace, err: TextIO) -> dict[str, Any] | None:
    """The answer, however long it takes; None after Ctrl-C, which stops the question."""
    header = {"Authorization": f"Bearer {key_of(kind, asked)}"}
    with httpx.Client(base_url=asked.services, headers=header, timeout=30, trust_env=False) as client:
        begun = _call(client, "POST", kind.path, body)
        at = f"{kind.path}/{begun[kind.id_field]}"
        try:
            return _followed(client, at, begun, err)
        except KeyboardInterrupt:
            _call(client, "POST", f"{at}/stop")
            print("\nstopped", file=err)
            return None


def key_of(kind: Kind, asked: argparse.Namespace) -> str:
    """Never from the command line itself, where every account of the machine could read it."""
    if asked.key_file is not None:
        return bytes_of(asked.key_file).decode().strip()
    if given := os.environ.get(KEY):
        return given
    demo = home_from_environment().keys / DEMO_LOGINS
    if demo.exists() and (key := json_in(demo).get("keys", {}).get(f"demo-{kind.scope}")):
        return str(key)
    raise CannotStart(
        f"A key with the scope {kind.scope} is needed: --key-file FILE, or {KEY}. "
        f"It is made by python -m services add-key NAME {kind.scope}."
    )


def instant_of(option: str, text: str, zone: ZoneInfo) -> datetime:
    """A day is its midnight; without a zone, the clock on the wall there."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as exc:
        raise DocumentRefused(f"{option} is a day or an instant: 2021-10-06, 2021-10-06T07:00+07:00.") from exc
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def add_options(parser: argparse.ArgumentParser, kind: Kind) -> None:
    """The period, where the services are, and with which key."""
    parser.add_argument("--from", required=True, dest="begins_at", metavar="INSTANT", help="a day is its midnight")
    parser.add_argument("--to", required=True, dest="ends_at", metavar="INSTANT", help="the period ends before it")
    parser.add_argument(
        "--services",
        default=os.environ.get(SERVICES) or SERVICES_HERE,
        metavar="URL",
        help=f"else {SERVICES}, else {SERVICES_HERE}",
    )
    parser.add_argument(
        "--key-file", type=Path, metavar="FILE", help=f"holds an API key with the scope {kind.scope}; else {KEY}"
    )
    parser.add_argument("--json", action="store_true", help="print the whole answer as one line of JSON")


def _followed(client: httpx.Client, at: str, question: dict[str, Any], err: TextIO) -> dict[str, Any]:
    """Progress on a line of its own at a terminal."""
    told, away = -1, 0
    while question["answered_at"] is None:
        if question["progress"] != told:
            told = question["progress"]
            line = f"{question['state']}: {told} %, {question['crossings']} crossings"
            print(
                f"\r{line:<60}" if err.isatty() else line, end="" if err.isatty() else "\n", file=err, flush=True
            )
        time.sleep(ASK_AGAIN_S)
        try:
            question = _call(client, "GET", at)
            away = 0
        except ServicesAway:
            away += 1
            if away > MOST_AWAY:
                raise
    if err.isatty():
        print(file=err)
    return question


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
