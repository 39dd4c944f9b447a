"""Pass texts to claims beside python-cwt, single rules beside certlogic-js, and a bundle of 60 rules."""

from __future__ import annotations

import json
import sys
import time
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from deploy.benchmarks.baselines import BaselineMissing, ensure_certlogic_js, ensure_cwt, node
from deploy.benchmarks.peer import Peer
from deploy.benchmarks.rules_measured import MeasuredRule, bundle_of, rules_measured
from deploy.home import home_from_environment
from schemas.passes.claims import HealthClaims, HealthEntry, PersonClaims
from schemas.passes.issue import IssuerKey, PassSigner, issue_health_pass, make_issuer_key
from schemas.passes.kinds import ReadingStatus
from schemas.passes.read import PassLists, read_pass
from schemas.passes.revocations import Revoked
from schemas.passes.trust_list import KeyUsage, SigningAlgorithm, Trusted, TrustList
from schemas.policy.certlogic import CompiledRule, context_of, select
from schemas.policy.certlogic.context import kinds_in, pass_version_in

BARS: Final = {"es256_us": 200.0, "ps256_us": 200.0, "rule_us": 15.0, "bundle_of_60_us": 300.0}
CALLS: Final = 400
CALLS_OF_A_RULE: Final = 60
BESIDE = Path(__file__).parent


def measure(rounds: int) -> dict[str, Any]:
    """Ours and theirs in turn, ``rounds`` times; of each the median of its rounds."""
    now = datetime.now(UTC)
    passes = _passes(now, rounds)
    rules = _rules(rounds)
    measured = {name: passes[name]["ours_us"] for name in ("es256", "ps256")}
    reached = {
        "es256_us": measured["es256"],
        "ps256_us": measured["ps256"],
        "rule_us": rules["median"]["ours_us"],
        "bundle_of_60_us": rules["bundle_of_60_us"],
    }
    bars = {
        name: {"us": reached[name], "bar_us": bar, "reached": reached[name] <= bar} for name, bar in BARS.items()
    }
    return {"passes": passes, "rules": rules, "bars": bars}


def _passes(now: datetime, rounds: int) -> dict[str, Any]:
    keys = {algorithm: _issuer(algorithm, now) for algorithm in SigningAlgorithm}
    texts = {algorithm: _text(key, now) for algorithm, key in keys.items()}
    lists = PassLists(
        trusted=Trusted.of(TrustList(entries=tuple(key.entry for key in keys.values()))), revoked=Revoked()
    )
    readers = [_reader(text, lists, now) for text in texts.values()]
    cases = [_cwt_case(keys[algorithm], text) for algorithm, text in texts.items()]

    def ours() -> list[float]:
        return [_median_us(read, CALLS) for read in readers]

    our_times, their_times, missing = _in_turn("python-cwt", ours, lambda: _cwt(cases), CALLS, rounds)
    shown = {
        algorithm.value.lower(): _beside(our_times[place], their_times[place] if their_times else None)
        | {"letters": len(texts[algorithm])}
        for place, algorithm in enumerate(texts)
    }
    return {"baseline": missing or "python-cwt", **shown}


def _rules(rounds: int) -> dict[str, Any]:
    source, measured = rules_measured()
    cases = [{"logic": one.rule.rule.logic, "data": one.context} for one in measured]

    def ours() -> list[float]:
        return [_median_us(_runner(one), CALLS_OF_A_RULE) for one in measured]

    our_times, their_times, missing = _in_turn(
        "certlogic-js", ours, lambda: _certlogic_js(cases), CALLS_OF_A_RULE, rounds
    )
    return {
        "rules": source,
        "count": len(measured),
        "baseline": missing or "certlogic-js",
        "median": _beside(median(our_times), median(their_times) if their_times else None),
        "p90": _beside(_p90(our_times), _p90(their_times) if their_times else None),
        "bundle_of_60_us": _bundle_us(bundle_of(measured), rounds),
    }


def _in_turn(
    named: str, ours: Callable[[], list[float]], start: Callable[[], Peer], calls: int, rounds: int
) -> tuple[list[float], list[float] | None, str | None]:
    """For each case the median of its rounds: ours, theirs, and why theirs are missing."""
    our_rounds: list[list[float]] = []
    their_rounds: list[list[float]] = []
    missing = None
    try:
        with start() as peer:
            for _ in range(rounds):
                our_rounds.append(ours())
                their_rounds.append(peer.measure(calls))
    except BaselineMissing as exc:
        missing = f"{named} is not here: {exc}"
        print(f"• {missing}", file=sys.stderr)
        our_rounds = our_rounds or [ours() for _ in range(rounds)]
    theirs = None if missing else [round(median(case), 1) for case in zip(*their_rounds, strict=True)]
    return [median(case) for case in zip(*our_rounds, strict=True)], theirs, missing


def _beside(ours: float, theirs: float | None) -> dict[str, float | None]:
    ratio = round(ours / theirs, 3) if theirs else None
    return {"ours_us": round(ours, 1), "theirs_us": theirs, "ours_by_theirs": ratio}


def _p90(times: list[float]) -> float:
    return quantiles(times, n=10)[-1]


def _median_us(call: Callable[[], object], calls: int) -> float:
    times = []
    for _ in range(calls):
        started = time.perf_counter_ns()
        call()
        times.append(time.perf_counter_ns() - started)
    return median(times) / 1000


def _reader(text: str, lists: PassLists, at: datetime) -> Callable[[], object]:
    if read_pass(text, lists, at=at).reading.status is not ReadingStatus.ACCEPTED:
        raise ValueError("the measured pass is not accepted")
    return lambda: read_pass(text, lists, at=at)


def _runner(one: MeasuredRule) -> Callable[[], object]:
    rule, context = one.rule, one.context
    return lambda: rule.result(context)


_DOSE: Final = {"tg": "840539006", "dn": 2, "sd": 2, "mp": "EU/1/21/1529", "dt": "2021-08-01", "ci": "01"}
_OCCUPANT: Final = {"ver": "1.3.0", "dob": "1990-01-31", "v": [_DOSE]}


def _bundle_us(bundle: list[CompiledRule], rounds: int) -> float:
    """One occupant: the context, the selection, and every rule that applies."""
    at = datetime(2021, 10, 6, 5, tzinfo=UTC)
    value_sets = {"disease-agent-targeted": ["840539006"], "vaccines-covid-19-names": ["EU/1/21/1529"]}

    def one_occupant() -> None:
        context = context_of(_OCCUPANT, at=at, value_sets=value_sets, country="VN")
        version = pass_version_in(_OCCUPANT)
        for rule in select(bundle, at=at, country="VN", kinds=kinds_in(_OCCUPANT)):
            rule.result(context, pass_version=version)

    return round(median(_median_us(one_occupant, CALLS) for _ in range(rounds)), 1)


def _cwt(cases: list[dict[str, str]]) -> Peer:
    folder = ensure_cwt(home_from_environment())
    return Peer([sys.executable, str(BESIDE / "cwt_peer.py"), str(folder)], cases)


def _certlogic_js(cases: list[dict[str, Any]]) -> Peer:
    folder = ensure_certlogic_js(home_from_environment())
    return Peer([str(node()), str(BESIDE / "certlogic_peer.js"), str(folder)], json.loads(json.dumps(cases)))


def _issuer(algorithm: SigningAlgorithm, now: datetime) -> IssuerKey:
    return make_issuer_key(
        algorithm,
        issuer="VN-83",
        country="VN",
        usages=tuple(KeyUsage),
        not_before=now - timedelta(days=1),
        not_after=now + timedelta(days=1),
    )


def _text(key: IssuerKey, now: datetime) -> str:
    """One dose, the number sealed inside: what most passes hold."""
    entry = HealthEntry(
        entry="vaccination",
        certificate_id="URN:UVCI:01:VN:83/V/0001",
        disease="840539006",
        country="VN",
        issuer="Sở Y tế",
        dose=2,
        doses_needed=2,
        product="EU/1/21/1529",
        on="2021-08-01",
    )
    person = PersonClaims(name="Nguyễn Văn Mẫu", birth_date="1990-01-31", sealed_number="c2VhbGVk" * 10)
    return issue_health_pass(
        HealthClaims(person=person, entries=(entry,)),
        signer=PassSigner.of(key),
        issued_at=now - timedelta(hours=1),
        valid_until=now + timedelta(hours=1),
    )


def _cwt_case(key: IssuerKey, text: str) -> dict[str, str]:
    public_key = load_der_public_key(b64decode(key.entry.public_key))
    pem = public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    algorithm = key.entry.algorithm
    if algorithm is None:
        raise ValueError("an issuer's key has an algorithm")
    return {"pem": pem.decode(), "key_id": key.entry.key_id, "algorithm": algorithm.value, "text": text}
