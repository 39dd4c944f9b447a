"""Who may do what, as one table. Pure. People have a role; machines hold keys with scopes."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Right(StrEnum):
    ALERTS_READ = "alerts:read"
    ALERTS_ACT = "alerts:act"
    ROSTER = "alerts:roster"
    """Say who is told of an alert that nobody acknowledges, and when alerts expire."""
    SHARES = "alerts:shares"
    """See how much of each carrier's and issuer's green lane was misused."""
    QUEUE_READ = "queue:read"
    QUEUE_ACT = "queue:act"
    QUEUE_OPEN = "queue:open"
    """See the name behind an episode, with a purpose, logged."""
    DESK_READ = "desk:read"
    DEAD_LETTERS = "dead-letters:act"
    """Open what could not be taken, with a purpose, logged; send it again, correct it, discard it."""
    AUDIT_READ = "audit:read"
    METRICS_READ = "metrics:read"
    """Numbers of the machine, for whoever watches it: a key, never a person's role."""
    WHATIF = "whatif"
    """Try a draft on stored crossings, which changes nothing and shows nobody."""
    REPLAY = "replay"
    """Judge a stored period again, which changes nothing and shows nobody."""
    REGISTRY_READ = "registry:read"
    TEST_RESULTS = "registry:test-results"
    VEHICLE_PASSES = "registry:vehicle-passes"
    PASSES = "registry:passes"
    """Issue passes and revoke them."""
    NOTICES = "registry:notices"
    POLICIES = "registry:policies"
    POSTS = "registry:posts"
    STATIONS = "registry:stations"
    LISTS = "registry:lists"
    ZONES = "registry:zones"
    PLACES = "registry:places"


class Role(StrEnum):
    OFFICER = "officer"
    POLICE = "police"
    PATROL = "patrol"
    DUTY_OFFICER = "duty_officer"
    COORDINATOR = "coordinator"
    FACILITY = "facility"
    COMMUNE = "commune"
    COMMAND = "command"
    AUDITOR = "auditor"
    REGISTRY = "registry"


REGISTRY = frozenset(right for right in Right if right.value.startswith("registry:"))
ALERTS = frozenset({Right.ALERTS_READ, Right.ALERTS_ACT})

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.OFFICER: frozenset(),  # works at the station, which has its own login
    Role.POLICE: ALERTS,
    Role.PATROL: ALERTS,
    Role.DUTY_OFFICER: ALERTS | {Right.DESK_READ, Right.DEAD_LETTERS},
    Role.COORDINATOR: frozenset({Right.QUEUE_READ, Right.QUEUE_ACT, Right.QUEUE_OPEN}),
    Role.FACILITY: frozenset({Right.QUEUE_READ, Right.QUEUE_OPEN}),
    Role.COMMUNE: frozenset({Right.QUEUE_READ}),
    Role.COMMAND: frozenset(
        {
            Right.ALERTS_READ,
            Right.ROSTER,
            Right.SHARES,
            Right.QUEUE_READ,
            Right.DESK_READ,
            Right.REGISTRY_READ,
            Right.WHATIF,
            Right.REPLAY,
            Right.POLICIES,
            Right.NOTICES,
            Right.ZONES,
        }
    ),
    Role.AUDITOR: frozenset({Right.SHARES, Right.DESK_READ, Right.AUDIT_READ, Right.REPLAY, Right.REGISTRY_READ}),
    Role.REGISTRY: REGISTRY | {Right.DESK_READ},
}

NEEDS_AREAS = frozenset({Role.FACILITY, Role.COMMUNE})
"""These see what is theirs; without an area that would be everything."""

GROUPS: dict[str, frozenset[Right]] = {
    "alerts": ALERTS,
    "queue": frozenset({Right.QUEUE_READ, Right.QUEUE_ACT}),
    "registry": REGISTRY,
}
"""Short names for scopes that go together, for whoever makes a key."""


_RIGHTS = frozenset(Right)


class UnknownScope(ValueError):
    """The text names what is known."""


def rights_of_scopes(scopes: Iterable[str]) -> frozenset[Right]:
    """What a key may do. Raises UnknownScope."""
    rights: set[Right] = set()
    for scope in scopes:
        if scope in GROUPS:
            rights |= GROUPS[scope]
        elif scope in _RIGHTS:
            rights.add(Right(scope))
        else:
            raise UnknownScope(f"scopes are {', '.join([*GROUPS, *Right])}")
    if not rights:
        raise UnknownScope("a key needs at least one scope")
    return frozenset(rights)


def covers(areas: Iterable[str], *places: str | None) -> bool:
    """Whether something at ``places`` (post, commune, place of quarantine) is in ``areas``; none is everywhere."""
    wanted = set(areas)
    return not wanted or not wanted.isdisjoint(place for place in places if place)
