"""What a run said, once all of it is read: the newest revision of each thing. Pure.

Sealed boxes are left out: the same thing sealed twice has other bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from deploy.benchmarks.judge.topics import VERDICT_TOPICS
from schemas.topics import FINDINGS, RECALLS, REFERRALS, header
from schemas.words import FactState

VERDICT, FINDING, REFERRAL, RECALL = "verdict", "finding", "referral", "recall"
KINDS = dict.fromkeys(VERDICT_TOPICS, VERDICT) | {
    FINDINGS.name: FINDING,
    REFERRALS.name: REFERRAL,
    RECALLS.name: RECALL,
}
NOT_COMPARED = ("revision", "sealed", "health")


@dataclass(frozen=True)
class Effects:
    newest: dict[tuple[str, str], dict[str, Any]] = field(repr=False)
    """By kind and id; of each its fields as they were sent."""
    resent: int
    """Records whose bytes had gone out before: allowed, as every reader knows them by their id."""
    contradictions: int
    """The same thing and revision in other bytes: never allowed."""

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Those in force."""
        return [
            said
            for (of, _), said in self.newest.items()
            if of == kind and said.get("state") == FactState.IN_FORCE.value
        ]

    def differing(self, other: Effects) -> int:
        """How many verdicts, findings and referrals do not say the same. Recalls tell a history, which may
        differ with the order in which facts came.
        """
        ours, theirs = self._comparable(), other._comparable()
        return sum(1 for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key))

    def _comparable(self) -> dict[tuple[str, str], dict[str, Any]]:
        return {
            key: {name: value for name, value in said.items() if name not in NOT_COMPARED}
            for key, said in self.newest.items()
            if key[0] == VERDICT or (key[0] in (FINDING, REFERRAL) and said["state"] == FactState.IN_FORCE.value)
        }


def effects_of(said: Sequence[Any]) -> Effects:
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    bytes_of: dict[tuple[str, str, int], bytes] = {}
    resent = contradictions = 0
    for kind, id_, value in _read(said):
        fields = json.loads(value)
        seen = bytes_of.setdefault((kind, id_, fields["revision"]), value)
        if seen is not value:
            resent += seen == value
            contradictions += seen != value
        known = newest.get((kind, id_))
        if known is None or known["revision"] < fields["revision"]:
            newest[kind, id_] = fields
    return Effects(newest, resent, contradictions)


def _read(said: Iterable[Any]) -> Iterable[tuple[str, str, bytes]]:
    for one in said:
        if (kind := KINDS.get(one.topic)) is not None:
            yield kind, (header(one.headers, "ce_id") or b"").decode(), one.value
