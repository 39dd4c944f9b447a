"""``chotxanh policy``: runs rules on claims, on this machine, or a draft on stored crossings by the services.

Prints one JSON result a line.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from deploy import whatif_command
from deploy.documents import DocumentRefused, instant_from, json_in
from deploy.rule_files import Asked, claims_in, rules_in, value_sets_in
from schemas.policy.certlogic import RuleResult, Said, conclusion, said_by, select
from schemas.policy.certlogic.context import kinds_in, pass_version_in
from schemas.policy.certlogic.moments import Moment

_LARGEST_VALUE: Final = 10_000
"""Parts of a value that are printed; a rule can build values that are far larger than itself."""


def main(arguments: Sequence[str]) -> int:
    if arguments[:1] == ["whatif"]:
        return whatif_command.main(arguments[1:])
    return check(_parser().parse_args(arguments))


def check(asked: argparse.Namespace) -> int:
    """Raises DocumentRefused. A rule that fails is an answer, not an error."""
    context = _context(asked)
    rules = rules_in(asked.rules)
    if asked.select:
        rules = _selected(rules, context, asked)
    results = []
    for rule in rules:
        said = _said(rule, context, selected=asked.select)
        print(json.dumps(_line(rule, said, asked), ensure_ascii=False), flush=True)
        if rule.rule is not None:
            results.append(RuleResult(rule.name, rule.rule.type, said))
    if asked.select:
        print(json.dumps({"conclusion": conclusion(results).value, "rules": len(results)}), flush=True)
    return 0


def _context(asked: argparse.Namespace) -> Any:
    """The data that rules see. What the command line says goes before what a file says."""
    if asked.data is not None:
        if asked.claims is not None or asked.select:
            raise DocumentRefused("--data is the whole of the data: it goes without --claims and --select.")
        return json_in(asked.data)
    payload, external = claims_in(asked.claims) if asked.claims else ({}, {})
    if asked.value_sets:
        external = external | {"valueSets": value_sets_in(asked.value_sets)}
    if asked.clock is not None:
        external = external | {"validationClock": asked.clock}
    return {"payload": payload, "external": external}


def _selected(rules: Iterable[Asked], context: Mapping[str, Any], asked: argparse.Namespace) -> list[Asked]:
    by_rule = {id(rule.rule): rule for rule in rules if rule.rule is not None}
    external = context["external"]
    chosen = select(
        (rule.rule for rule in by_rule.values() if rule.rule is not None),
        at=_clock_of(external),
        country=asked.country or external.get("countryCode") or "",
        kinds=kinds_in(context["payload"]),
        issuer_country=asked.issuer_country or external.get("issuerCountryCode"),
        region=asked.region or external.get("region"),
    )
    return [by_rule[id(rule)] for rule in chosen]


def _clock_of(external: Mapping[str, Any]) -> datetime:
    try:
        return instant_from(external["validationClock"])
    except (KeyError, TypeError, ValueError) as exc:
        raise DocumentRefused("--select needs a clock: give an instant with its zone by --clock.") from exc


def _said(rule: Asked, context: Any, *, selected: bool) -> Said:
    """Without selection a rule is run on whatever it is given, another schema's pass included."""
    if rule.rule is None:
        return said_by(rule.expression, context)
    version = pass_version_in(context["payload"]) if selected else None
    return rule.rule.result(context, pass_version=version).said


def _line(rule: Asked, said: Said, asked: argparse.Namespace) -> dict[str, Any]:
    line: dict[str, Any] = {"rule": rule.name}
    if rule.rule is not None:
        document = rule.rule.rule
        line |= {
            "version": document.version,
            "type": document.type.value,
            "certificate_type": document.certificate_type.value,
            "country": document.country,
        }
    line |= {"outcome": said.outcome.value, "reason": said.reason, "detail": said.detail}
    if asked.show_person or isinstance(said.value, bool | int | float):
        line["value"] = _shown(said.value)
    if rule.rule is not None:
        line["sentence"] = rule.rule.rule.text(asked.language)
    return line


def _shown(value: Any) -> Any:
    left = [_LARGEST_VALUE]
    try:
        return _plain(value, left)
    except RecursionError:
        raise DocumentRefused(_TOO_LARGE) from None


def _plain(value: Any, left: list[int]) -> Any:
    """``value`` as JSON, counting its parts: a small rule can build a value larger than any memory."""
    left[0] -= 1
    if left[0] < 0:
        raise DocumentRefused(_TOO_LARGE)
    match value:
        case Moment():
            return str(value)
        case list():
            return [_plain(item, left) for item in value]
        case dict():
            return {name: _plain(item, left) for name, item in value.items()}
        case _:
            return value


_TOO_LARGE: Final = f"A rule's value has more than {_LARGEST_VALUE} parts, or is too deep to be printed."

_EPILOG = """\
Each line of the output is one JSON object:
  rule         the rule's identifier, or the file of a bare expression; then its version, type,
               certificate_type and country
  outcome      passed | failed | open (it could not be told)
  reason       of an open one: NOT_EVALUABLE (detail says why), NOT_A_BOOLEAN, OTHER_ENGINE, NEWER_ENGINE,
               OTHER_SCHEMA
  value        what the rule evaluated to, when that is a boolean or a number; anything else may name a
               person and is shown with --show-person only
  sentence     what the rule says, in --language

Without --select every rule is run, whether it is in force at the clock or not. With --select only those
run that apply (country of arrival, kind of pass, in force, highest version), and a last line
{"conclusion": ..., "rules": n} says what follows from all: "passed" needs an acceptance rule that passed;
that no rule failed is not enough.

Exit status: 0 when every rule was run, whatever came out; 1 with one sentence when a file cannot be used or
a rule is not CertLogic (the sentence names the place in it); 2 for a wrong command line.

Examples:
  chotxanh policy check --rules rules/DE --claims claims.json --value-sets value-sets --clock 2021-10-06T05:00:00Z
  chotxanh policy check --rules rules --claims claims.json --clock 2021-10-06T05:00:00Z --select --country DE
  chotxanh policy check --rules expression.json --data data.json --show-person
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="chotxanh policy", description="Try rules, and drafts.")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("whatif", help="try a draft on stored crossings; asks the services", add_help=False)
    checker = actions.add_parser(
        "check",
        help="run rules on claims, as of a clock; needs nothing running",
        description="Run CertLogic rules on claims and print one JSON result a line. Reads no clock of its own.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    checker.add_argument(
        "--rules",
        action="append",
        required=True,
        type=Path,
        metavar="PATH",
        help="a rule, a list of rules, a bare expression, or a folder of rules; may be repeated",
    )
    checker.add_argument(
        "--claims",
        type=Path,
        metavar="FILE",
        help='the payload of a pass, {"payload": ..., "external": ...}, or a line of pass read --show-person',
    )
    checker.add_argument(
        "--value-sets",
        action="append",
        default=[],
        type=Path,
        metavar="PATH",
        help="one of the EU's value sets, lists of codes by id, or a folder of value sets; may be repeated",
    )
    checker.add_argument(
        "--clock", metavar="INSTANT", help="external.validationClock, with its zone: 2021-10-06T12:00:00+07:00"
    )
    checker.add_argument(
        "--data", type=Path, metavar="FILE", help="the whole data context as it is, in place of --claims"
    )
    _add_selection(checker)
    checker.add_argument("--language", default="vi", metavar="LANG", help="of the sentence (default: %(default)s)")
    checker.add_argument("--show-person", action="store_true", help="show values that may name a person too")
    return parser


def _add_selection(checker: argparse.ArgumentParser) -> None:
    checker.add_argument("--select", action="store_true", help="run only the rules that apply, and conclude")
    checker.add_argument("--country", metavar="CC", help="of arrival, whose acceptance rules apply")
    checker.add_argument("--issuer-country", metavar="CC", help="of the pass, whose invalidation rules apply")
    checker.add_argument("--region", metavar="REGION", help="of arrival, for rules that hold in a part only")
