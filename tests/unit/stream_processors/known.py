"""Builders of what the judge is given, with refs that stand for what they are named after."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import Any

from schemas.events.registry import PolicyPublished
from schemas.words import FactState, Outcome, RefKind, TestBasis, TestKind, TestOutcome, TestStanding
from stream_processors.judging.context import (
    PASS_NUMBER,
    VEHICLE,
    Context,
    CrossingRef,
    Decided,
    KnownCrossing,
    KnownResult,
    Neighbour,
    PersonMatch,
    Registry,
)
from tests.builders import NOON, a_policy, an_id, facts

NUMBER, NAME = RefKind.NUMBER.value, RefKind.NAME_BIRTH.value


def ref(name: str) -> str:
    return sha256(name.encode()).hexdigest()


def registry(*notices: Any, **policy: Any) -> Registry:
    made = a_policy(**policy)
    published = PolicyPublished(
        event_id=an_id("policy"), occurred_at=NOON - timedelta(days=40), revision=1, policy=made
    )
    return Registry((published,), notices)


def crossing(name: str = "crossing", *, refs: Any = None, known: dict[str, Any] | None = None, **changes: Any):
    refs = (
        refs
        if refs is not None
        else (
            CrossingRef(VEHICLE, ref("plate")),
            CrossingRef(PASS_NUMBER, ref("pass"), reading=0),
            CrossingRef(NUMBER, ref("driver"), 1),
            CrossingRef(NAME, ref("driver's name"), 1),
        )
    )
    return KnownCrossing(facts(name, **changes), an_id(f"{name} event"), refs=tuple(sorted(refs)), **(known or {}))


def context(*, policy: dict[str, Any] | None = None, **facts_known: Any) -> Context:
    return Context(registry(**(policy or {})), **facts_known)


def a_result(name: str = "result", *, after: timedelta = timedelta(hours=1), **changes: Any) -> KnownResult:
    return KnownResult(
        **{
            "result_id": an_id(name),
            "event_id": an_id(f"{name} event"),
            "at": NOON + after + timedelta(minutes=30),
            "state": FactState.IN_FORCE,
            "kind": TestKind.PCR,
            "basis": TestBasis.INDIVIDUAL,
            "standing": TestStanding.CONFIRMED,
            "outcome": TestOutcome.POSITIVE,
            "sampled_at": NOON + after,
            "resulted_at": NOON + after,
            "persons": (PersonMatch({NUMBER: ref("driver"), NAME: ref("driver's name")}),),
        }
        | changes
    )


def decided(outcome: Outcome, *, after: timedelta = timedelta(minutes=1), **occupants: Outcome) -> Decided:
    return Decided(an_id("decision"), NOON + after, outcome, {int(k[1:]): v for k, v in occupants.items()})


def a_neighbour(*, before: timedelta, name: str = "earlier", **changes: Any) -> Neighbour:
    return Neighbour(
        **{
            "crossing_id": an_id(name),
            "event_id": an_id(f"{name} event"),
            "post_id": "co-chien",
            "at": NOON - before,
            "clock_error_ms": 500,
            "ahead": timedelta(0),
            "shared": frozenset({(PASS_NUMBER, ref("pass"))}),
        }
        | changes
    )
