"""All that the topics ever held of what was sent and of what followed. Pure: records in, questions answered."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from schemas.events.verdict import VerdictReached
from schemas.topics import CROSSINGS, DEAD_LETTERS, DECISIONS, FINDINGS, RECALLS, REFERRALS

VERDICT_TOPICS = "verdicts."
STATEMENTS = (FINDINGS.name, REFERRALS.name, RECALLS.name)
SENT = (CROSSINGS.name, DECISIONS.name)


@dataclass(frozen=True)
class Held:
    """A record of a topic. ``appended_at`` is the broker's clock, in seconds."""

    topic: str
    partition: int
    appended_at: float
    value: bytes


@dataclass
class Ledger:
    crossings: dict[UUID, int] = field(default_factory=dict)
    """The partition in which a crossing lies."""
    verdicts: dict[UUID, dict[int, set[bytes]]] = field(default_factory=lambda: defaultdict(dict))
    """The contents of each revision: one, or something is wrong."""
    first_verdicts: dict[UUID, float] = field(default_factory=dict)
    """When the first verdict about a crossing was appended."""
    statements: dict[tuple[str, str, int], set[bytes]] = field(default_factory=dict)
    outputs: int = 0
    """Records of verdicts, findings, referrals and recalls, the repeated ones too."""
    sent: int = 0
    repeated_by_sender: int = 0
    dead_letters: int = 0
    _seen: set[tuple[str, str]] = field(default_factory=set)

    def take(self, records: Iterable[Held]) -> None:
        for record in records:
            said = json.loads(record.value)
            if record.topic.startswith(VERDICT_TOPICS):
                self._verdict(record, said)
            elif record.topic in STATEMENTS:
                place = (record.topic, said["event_id"], said["revision"])
                self.statements.setdefault(place, set()).add(record.value)
                self.outputs += 1
            elif record.topic in SENT:
                self._sent(record, said)
            elif record.topic == DEAD_LETTERS.name:
                self.dead_letters += 1

    def _verdict(self, record: Held, said: Mapping[str, Any]) -> None:
        crossing_id = UUID(said["crossing_id"])
        self.verdicts[crossing_id].setdefault(said["revision"], set()).add(record.value)
        self.first_verdicts.setdefault(crossing_id, record.appended_at)
        self.outputs += 1

    def _sent(self, record: Held, said: Mapping[str, Any]) -> None:
        self.sent += 1
        place = (record.topic, said["event_id"])
        self.repeated_by_sender += place in self._seen
        self._seen.add(place)
        if record.topic == CROSSINGS.name:
            self.crossings[UUID(said["crossing_id"])] = record.partition

    @property
    def sent_twice(self) -> int:
        """Outputs that were on a topic before, byte for byte or not."""
        different = sum(len(revisions) for revisions in self.verdicts.values()) + len(self.statements)
        return self.outputs - different

    def two_contents(self) -> list[str]:
        """Ids and revisions under which two things were said."""
        verdicts = (
            f"verdict {crossing_id} revision {revision}"
            for crossing_id, revisions in self.verdicts.items()
            for revision, contents in revisions.items()
            if len(contents) > 1
        )
        statements = (
            f"{topic} {id_} revision {n}" for (topic, id_, n), said in self.statements.items() if len(said) > 1
        )
        return [*verdicts, *statements]

    def in_force(self, crossing_id: UUID) -> VerdictReached | None:
        """The highest revision; None where there is none, or more than one content of it."""
        revisions = self.verdicts.get(crossing_id)
        if not revisions:
            return None
        contents = revisions[max(revisions)]
        return VerdictReached.model_validate_json(next(iter(contents))) if len(contents) == 1 else None
