"""``chotxanh pass``: reads passes on this machine, as a station would. Prints one JSON reading a line."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deploy import pass_issue
from deploy.documents import instant_from, model_in
from deploy.passes.inputs import Given, given_by
from deploy.passes.lists import entries_in, revocations_in, trust_list_in
from deploy.passes.shown import reading_shown
from schemas.passes.kinds import Confidence, PassKind, ReadingReason, ReadingStatus
from schemas.passes.read import PassLists, read_pass
from schemas.passes.reading import PassReading, Reading
from schemas.passes.revocations import Revocations, Revoked
from schemas.passes.token_list import TokenList, Tokens
from schemas.passes.trust_list import Trusted, TrustList

NO_REVOCATIONS = "none"


def main(arguments: Sequence[str]) -> int:
    if arguments[:1] == ["issue"]:
        return pass_issue.main(arguments[1:])
    given = _parser().parse_args(arguments)
    return read(given)


def read(asked: argparse.Namespace) -> int:
    """Raises DocumentRefused. A pass that is rejected is an answer, not an error."""
    lists = _lists(asked)
    at = asked.at or datetime.now(UTC)
    for given in given_by(asked.input, asked.text):
        print(json.dumps(_line(given, lists, at, show_person=asked.show_person), ensure_ascii=False), flush=True)
    return 0


def _line(given: Given, lists: PassLists, at: datetime, *, show_person: bool) -> dict[str, Any]:
    started = time.perf_counter_ns()
    reading = _unread(given.fault) if given.text is None else read_pass(given.text, lists, at=at)
    read_us = (time.perf_counter_ns() - started) / 1000
    timings: dict[str, float | str] = {"read_us": round(read_us, 1)}
    if given.decode_ms is not None:
        timings["decode_ms"] = round(given.decode_ms, 2)
    if given.decoded_by is not None:
        timings["decoded_by"] = given.decoded_by.value
    return {"input": given.named, **reading_shown(reading, show_person=show_person), "timings": timings}


def _unread(fault: ReadingReason | None) -> PassReading:
    return PassReading(
        reading=Reading(
            kind=PassKind.UNKNOWN,
            status=ReadingStatus.COULD_NOT_CHECK,
            reason=fault,
            confidence=Confidence.NONE,
        )
    )


def _lists(asked: argparse.Namespace) -> PassLists:
    return PassLists(
        trusted=_trusted(asked),
        tokens=Tokens.of(model_in(asked.tokens, TokenList)) if asked.tokens else None,
        revoked=_revoked(asked.revocations),
    )


def _trusted(asked: argparse.Namespace) -> Trusted | None:
    if asked.trust_list is None and not asked.certificate:
        return None
    entries = entries_in(asked.certificate)
    if asked.trust_list is not None:
        listed = trust_list_in(asked.trust_list, asked.trust_list_key)
        entries += listed.trust_list.entries
        if listed.unusable:
            print(f"{len(listed.unusable)} certificates of the list cannot be used", file=sys.stderr)
    return Trusted.of(TrustList(entries=entries))


def _revoked(named: str | None) -> Revoked | None:
    if named is None:
        return None
    return Revoked.of(Revocations() if named == NO_REVOCATIONS else revocations_in(Path(named)))


_EPILOG = """\
Each line of the output is one JSON object:
  input        the file (and line), or the number of the text; never the text itself
  kind         green_lane_card, green_lane_pass, health_pass, citizen_card, national_qr, declaration,
               health_insurance, other_app, place_qr, unknown
  status       accepted | rejected (the pass is at fault) | could_not_check (we are: a list is missing,
               a key is unknown)
  reason       null when accepted, else a stable code: PASS_EXPIRED, PASS_SIGNATURE_WRONG, KEY_UNKNOWN, ...
  confidence   signed (the signature was right, whatever the status) | looked_up | unsigned_text | none
  passed       the last step that was passed: prefix, base45, inflate, cbor, cose, key, signature, times,
               revocation
  issuer, key_id, valid_from, valid_until, vehicle_class, route, other_app
  claims       what the pass says, or null where nothing in it can be believed
  timings      read_us: text to claims; of a picture decode_ms and decoded_by

Names, numbers, birth dates, certificate ids, plates, tokens and addresses appear with --show-person only.

Without --trust-list (or --certificate) no signed pass, and without --revocations no pass at all, comes out
as accepted: what cannot be looked up could not be checked.

Exit status: 0 when everything given was read, whatever came out; 1 with one sentence when an input, a list
or a key cannot be used; 2 for a wrong command line.

Examples:
  chotxanh pass read pass.png --trust-list list.json --trust-list-key key.pem --revocations none
  chotxanh pass read scans.txt --trust-list ours.json --revocations revoked.json --at 2021-10-06T12:00:00+07:00
  chotxanh pass read 'HC1:6BF...' --certificate issuer.pem --revocations none --show-person
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="chotxanh pass", description="Read passes; needs nothing running.")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("issue", help="sign a pass, where the keys are; see chotxanh pass issue --help")
    reader = actions.add_parser(
        "read",
        help="read texts, pictures or files of lines",
        description="Read passes as a station would, and print one JSON reading a line.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    reader.add_argument(
        "input",
        nargs="*",
        metavar="INPUT",
        help="a text, a picture, a folder of pictures, a file with a text on each line, or - for standard input",
    )
    reader.add_argument(
        "--text", action="append", default=[], metavar="TEXT", help="a text that is surely one; may be repeated"
    )
    reader.add_argument(
        "--trust-list",
        type=Path,
        metavar="FILE",
        help="our own JSON (TrustList), or a signed list: a line with the signature in base64, then the JSON",
    )
    reader.add_argument(
        "--trust-list-key", type=Path, metavar="PEM", help="the public key that signs the list, checked first"
    )
    reader.add_argument(
        "--certificate",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="trust this X.509 certificate too (PEM, DER or base64); may be repeated",
    )
    reader.add_argument(
        "--revocations",
        metavar="FILE",
        help="our own JSON (Revocations), the EU's batches, or lines of hashes; "
        f'"{NO_REVOCATIONS}" says that nothing is revoked',
    )
    reader.add_argument("--tokens", type=Path, metavar="FILE", help="card tokens, our own JSON (TokenList)")
    reader.add_argument(
        "--at",
        type=instant_from,
        metavar="INSTANT",
        help="judge as of this instant, with its zone: 2021-10-06T12:00:00+07:00 (default: now)",
    )
    reader.add_argument("--show-person", action="store_true", help="show what names a person or a vehicle too")
    return parser
