"""What has to be said now, beside what was said before. Pure: revisions rise, silence withdraws."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from stream_processors.judging.said import Judged, Kind, Said


@dataclass(frozen=True)
class Standing:
    """A statement as it stands in the store. ``content`` is what ``Said.compared`` was."""

    kind: Kind
    id: UUID
    crossing_id: UUID
    revision: int
    in_force: bool
    content: bytes


@dataclass(frozen=True)
class Change:
    """The next revision of one statement. ``said`` is None when it is withdrawn."""

    kind: Kind
    id: UUID
    crossing_id: UUID
    revision: int
    said: Said | None
    former: bytes = b""
    withdrawn_because: str | None = None

    @property
    def content(self) -> bytes:
        """What is withdrawn stays as it was."""
        return self.former if self.said is None else self.said.compared


def changes(judged: Judged, verdict: Standing, others: Iterable[Standing]) -> list[Change]:
    """Nothing for what stands as it is said. ``others`` are all that were ever said about this crossing."""
    before: Mapping[tuple[Kind, UUID], Standing] = {(one.kind, one.id): one for one in others}
    now = {(one.kind, one.id): one for one in judged.others}
    found = [_said(one, before.get(key)) for key, one in now.items()]
    if judged.verdict is not None:
        found.insert(0, _said(judged.verdict, verdict))
    found += [
        Change(one.kind, one.id, one.crossing_id, one.revision + 1, None, one.content, judged.withdrawn_because)
        for key, one in before.items()
        if one.in_force and key not in now
    ]
    return [change for change in found if change is not None]


def _said(one: Said, before: Standing | None) -> Change | None:
    if before is not None and before.in_force and before.content == one.compared:
        return None
    revision = before.revision + 1 if before is not None else 1
    return Change(one.kind, one.id, one.crossing_id, revision, one)
