"""SQL of what is in force for everyone: read whole, kept in memory, read again only when it changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any

from schemas.events.registry import (
    NoticePublished,
    PolicyPublished,
    PostRegistered,
    StationEnrolled,
    UnitsPublished,
    ZonesAssigned,
)
from schemas.policy.policy import Policy
from schemas.rules.placing import place_of
from schemas.units import Units
from schemas.words import FactState
from schemas.zones import Zones
from stream_processors.database.pool import Connection
from stream_processors.intake import opening
from stream_processors.judging.context import KnownNotice, Registry

CHANGES = "(SELECT times FROM registry_changes)"
"""What another statement reads along, to spare one."""
JUDGED_BY = frozenset(
    {opening.POLICY, opening.NOTICE, opening.POST, opening.STATION, opening.UNITS, opening.ZONES}
)
"""The kinds of rows that the judge is given something of."""


@dataclass(frozen=True)
class Enrolled:
    """Stations by id and enrolment, and the posts by id."""

    stations: dict[tuple[str, int], StationEnrolled] = field(default_factory=dict)
    posts: dict[str, PostRegistered] = field(default_factory=dict)

    @cached_property
    def newest(self) -> dict[str, StationEnrolled]:
        """Of each station its newest enrolment."""
        return {one.station_id: one for one in sorted(self.stations.values(), key=lambda one: one.enrolment)}


class RegistryInForce:
    """The newest registry that this worker has read. One reader at a time sees one whole state."""

    def __init__(self) -> None:
        self._read_at_change = -1
        self.registry = Registry()
        self.enrolled = Enrolled()

    def is_of(self, changes: int | None) -> bool:
        """Whether nothing is newer than what was read; None where it was not looked."""
        return changes == self._read_at_change

    async def refresh(self, connection: Connection, changes: int | None = None) -> None:
        """One small query while nothing changed; none where a statement before it read ``CHANGES`` along."""
        if changes is None:
            changes = await connection.fetchval(f"SELECT {CHANGES}")
        if self.is_of(changes):
            return
        # One statement, so that the counter and the rows are of one instant: what is judged by this state is
        # kept under its number.
        rows = await connection.fetch(
            """
            SELECT times, kind, subject, pass_ref, event FROM registry_changes
            LEFT JOIN registry ON true
            """
        )
        self.registry = registry_from(rows, at_change=rows[0]["times"])
        self.enrolled = _enrolled(rows)
        self._read_at_change = rows[0]["times"]

    def station(self, station_id: str) -> StationEnrolled | None:
        """Its newest enrolment: whose key health reasons are sealed to."""
        return self.enrolled.newest.get(station_id)

    def time_zone(self) -> str:
        newest = self._newest_policy()
        return newest.time_zone if newest else "Asia/Ho_Chi_Minh"

    def silent_after(self) -> timedelta:
        newest = self._newest_policy()
        return newest.station_silent_after if newest else timedelta(minutes=5)

    def clock_error_when_unknown(self) -> timedelta:
        newest = self._newest_policy()
        return newest.clock_error_when_unknown if newest else timedelta(minutes=10)

    def _newest_policy(self) -> Policy | None:
        policies = (one.policy for one in self.registry.policies)
        return max(policies, key=lambda one: (one.effective_at, one.version), default=None)


def registry_from(found: Iterable[Any], *, at_change: int) -> Registry:
    """What the judge is given, from the rows in force at a change; rows of other kinds are passed over."""
    # In an order of ours: a database's collation may change under it.
    rows = sorted(
        (row for row in found if row["kind"] in JUDGED_BY), key=lambda row: (row["kind"], row["subject"])
    )
    policies = [PolicyPublished.model_validate_json(row["event"]) for row in rows if row["kind"] == opening.POLICY]
    notices = [
        KnownNotice(
            NoticePublished.model_validate_json(row["event"]), row["pass_ref"].hex() if row["pass_ref"] else None
        )
        for row in rows
        if row["kind"] == opening.NOTICE
    ]
    posts = {post.post_id: post for post in _posts(rows)}
    return Registry(
        policies=tuple(policies),
        notices=tuple(notices),
        places={post_id: place_of(post) for post_id, post in posts.items()},
        posts=posts,
        stations=tuple(_stations(rows)),
        areas=_zones(rows),
        at_change=at_change,
    )


def _posts(rows: Sequence[Any]) -> list[PostRegistered]:
    return [PostRegistered.model_validate_json(row["event"]) for row in rows if row["kind"] == opening.POST]


def _enrolled(rows: Sequence[Any]) -> Enrolled:
    return Enrolled(
        {(one.station_id, one.enrolment): one for one in _stations(rows)},
        {one.post_id: one for one in _posts(rows)},
    )


def _stations(rows: Sequence[Any]) -> list[StationEnrolled]:
    return [StationEnrolled.model_validate_json(row["event"]) for row in rows if row["kind"] == opening.STATION]


def _zones(rows: Sequence[Any]) -> Zones:
    """The units as they are today, and every assignment of levels with its date."""
    published = [UnitsPublished.model_validate_json(row["event"]) for row in rows if row["kind"] == opening.UNITS]
    assigned = [ZonesAssigned.model_validate_json(row["event"]) for row in rows if row["kind"] == opening.ZONES]
    in_force = [one for one in published if one.state is FactState.IN_FORCE]
    return Zones.of(assigned, Units({unit.code: unit for one in in_force for unit in one.units}))
