"""The lists, policies and notices that the station holds, ready for use. Pure: events in, one value out."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from checkpoint_agent.crossing.advising import Rules
from schemas.events.base import SignedEvent
from schemas.events.registry import (
    ListPublished,
    NoticePublished,
    PlateToCheck,
    PolicyPublished,
    PostRegistered,
    RevokedPass,
    SealingKeyPublished,
    StationEnrolled,
    ToBeCheckedSecrets,
    UnitsPublished,
    ZonesAssigned,
)
from schemas.passes.read import PassLists
from schemas.passes.revocations import Revoked
from schemas.passes.token_list import Tokens
from schemas.passes.trust_list import Trusted
from schemas.policy.in_force import held_as
from schemas.rules.placing import place_of
from schemas.trust.sealing import BoxRefused, Opener, Sealer
from schemas.units import Units
from schemas.words import FactState
from schemas.zones import Zones


@dataclass(frozen=True)
class Held:
    lists: PassLists = field(default_factory=PassLists)
    rules: Rules = field(default_factory=Rules)
    posts: dict[str, PostRegistered] = field(default_factory=dict)
    zones: tuple[ZonesAssigned, ...] = ()
    units: dict[str, UnitsPublished] = field(default_factory=dict)
    """By province."""
    sealing_keys: tuple[SealingKeyPublished, ...] = ()
    revisions: dict[str, int] = field(default_factory=dict)
    """Of each list, and the highest of policies, notices and zones: what the heartbeat tells the centre."""
    short_list: ListPublished | None = None
    """Plates to be checked, as they came: a box for each station."""
    enrolments: frozenset[tuple[str, int]] = frozenset()
    """Stations and enrolments that were withdrawn."""

    def sealer_at(self, at: datetime, otherwise: Sealer) -> Sealer:
        """Seals to the centre's newest key that is in use by ``at``; to that of the enrolment where none came."""
        in_use = [key for key in self.sealing_keys if key.from_at <= at]
        if not in_use:
            return otherwise
        newest = max(in_use, key=lambda key: key.from_at)
        return Sealer(newest.key_id, base64.b64decode(newest.public_key))


def holding(held: Held, events: Iterable[SignedEvent]) -> Held:
    """``held`` with ``events``, each newer than what was there."""
    areas = False
    for event in events:
        held = _with(held, event)
        areas = areas or isinstance(event, ZonesAssigned | UnitsPublished)
    # Once for all: a province alone has hundreds of units.
    return replace(held, rules=replace(held.rules, areas=_areas(held))) if areas else held


def opened(held: Held, station_id: str, opener: Opener) -> Held:
    """``held`` with this station's short list open in memory; what cannot be opened is an empty list."""
    box = (held.short_list.to_be_checked or {}).get(station_id) if held.short_list else None
    entries: tuple[PlateToCheck, ...] = ()
    revoked: tuple[RevokedPass, ...] = ()
    if box is not None and held.short_list is not None:
        with contextlib.suppress(BoxRefused):
            secrets = opener.open(box, held.short_list.event_id, ToBeCheckedSecrets)
            entries, revoked = secrets.entries, secrets.revoked_passes
    return replace(held, rules=replace(held.rules, to_be_checked=entries, revoked_passes=revoked))


def _areas(held: Held) -> Zones:
    in_force = [one for one in held.units.values() if one.state is FactState.IN_FORCE]
    return Zones.of(held.zones, Units({unit.code: unit for one in in_force for unit in one.units}))


def _with(held: Held, event: SignedEvent) -> Held:
    match event:
        case ListPublished():
            return _with_list(_counted(held, event.list_id, event.revision), event)
        case PolicyPublished():
            others = [one for one in held.rules.policies if one.policy_id != event.policy.policy_id]
            ours = [one for one in held.rules.policies if one.policy_id == event.policy.policy_id]
            versions = [one for one in ours if one.version != event.policy.version]
            added = [event.policy] if event.state is FactState.IN_FORCE else []
            rules = replace(held.rules, policies=(*others, *versions, *added))
            counted = _counted(held, held_as(event.policy.policy_id), event.revision)
            return replace(_counted(counted, "policies", event.revision), rules=rules)
        case NoticePublished():
            others_ = [one for one in held.rules.notices if one.notice_id != event.notice_id]
            rules = replace(held.rules, notices=(*others_, event))
            return replace(_counted(held, "notices", len(rules.notices)), rules=rules)
        case PostRegistered():
            rules = replace(held.rules, places={**held.rules.places, event.post_id: place_of(event)})
            return replace(held, posts={**held.posts, event.post_id: event}, rules=rules)
        case ZonesAssigned():
            zones = tuple(one for one in held.zones if one.event_id != event.event_id)
            return replace(_counted(held, "zones", event.revision), zones=(*zones, event))
        case UnitsPublished():
            return replace(held, units={**held.units, event.province: event})
        case StationEnrolled() if event.state is FactState.WITHDRAWN:
            return replace(held, enrolments=held.enrolments | {(event.station_id, event.enrolment)})
        case _:
            return held


def _counted(held: Held, name: str, revision: int) -> Held:
    highest = max(revision, held.revisions.get(name, 0))
    return replace(held, revisions={**held.revisions, name: highest})


def _with_list(held: Held, event: ListPublished) -> Held:
    lists = held.lists
    in_force = event.state is FactState.IN_FORCE
    match event.list_id:
        case "trust":
            trusted = Trusted.of(event.trust_list) if event.trust_list and in_force else None
            return replace(held, lists=replace(lists, trusted=trusted))
        case "tokens":
            tokens = Tokens.of(event.token_list) if event.token_list and in_force else None
            return replace(held, lists=replace(lists, tokens=tokens))
        case "revocations":
            revoked = Revoked.of(event.revocations) if event.revocations and in_force else None
            return replace(held, lists=replace(lists, revoked=revoked))
        case "sealing-keys":
            return replace(held, sealing_keys=event.sealing_keys or ())
        case "to-be-checked":
            return replace(held, short_list=event if in_force else None)
        case _:
            return held
