"""GL02, GL04 and GL11: whom, which class of vehicle, which road and which hours a genuine pass covers. Pure.

What is not known says nothing: a person whom nobody named, a class that the policy does not mention, a pass
that names no road.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from schemas.events.registry import NoticePublished
from schemas.events.verdict import EvidenceItem
from schemas.passes.kinds import PassKind
from schemas.policy.matters import RouteHours
from schemas.policy.policy import Policy
from schemas.rules.applying import applies
from schemas.rules.closed_roads import leads_over, registered_way
from schemas.rules.codes import Rule
from schemas.rules.facts import CrossingFacts, OccupantFacts, PassFacts
from schemas.rules.found import Found
from schemas.rules.validity import notices_at
from schemas.words import FactState, FindingClass, OccupantRole, OrderedChange, Severity, VehicleClass

CHANGES_DRIVER = frozenset({OrderedChange.CHANGE_OF_DRIVER, OrderedChange.TRANS_SHIPMENT})
CARRIES_PEOPLE = frozenset({VehicleClass.CAR, VehicleClass.BUS, VehicleClass.MOTORBIKE})


def gl02(
    facts: CrossingFacts, notices: Sequence[NoticePublished], *, driver_changed: bool = False
) -> Found | None:
    """Someone aboard who is not on the pass, or the driver is not: a change of driver needs a new card.

    A driver whom an authority ordered in, here or before (``driver_changed``), is none, and a pass that names
    fewer than it registers has room for as many whom it does not name. Fewer people than are named are no
    change of anybody.
    """
    strangers = [one for one in facts.occupants if one.on_pass is False]
    if not strangers:
        return None
    if driver_changed or _change_of_driver_ordered(facts, notices):
        strangers = [one for one in strangers if one.role is not OccupantRole.DRIVER]
    room = _unnamed_places(facts)
    if len(strangers) <= room:
        return None
    weak = sum(not one.on_pass_weak for one in strangers) <= room
    return Found(
        Rule.GL02,
        FindingClass.SUSPECTED_MISUSE,
        # By names only it is a reason to ask for the number, and no alert by itself.
        Severity.INFORMATION if weak else Severity.MEDIUM,
        "vehicle",
        tuple(_stranger(one) for one in strangers),
        weak=weak,
    )


def _stranger(one: OccupantFacts) -> EvidenceItem:
    who = "DRIVER" if one.role is OccupantRole.DRIVER else "PERSON"
    how = "_BY_NAME" if one.on_pass_weak else ""
    return EvidenceItem(code=f"{who}_NOT_ON_PASS{how}", numbers={"occupant": one.occupant})


def _change_of_driver_ordered(facts: CrossingFacts, notices: Sequence[NoticePublished]) -> bool:
    """Announced for this post, or on the way here as the officer entered it."""
    return facts.ordered_change in CHANGES_DRIVER or any(
        one.notice == "change_of_driver" and one.post_id == facts.post_id
        for one in notices_at(notices, facts.occurred_at)
    )


def _unnamed_places(facts: CrossingFacts) -> int:
    genuine = [shown for shown in facts.passes if shown.genuine]
    registered = max((shown.registered_crew or 0 for shown in genuine), default=0)
    named = max((shown.named_crew or 0 for shown in genuine), default=0)
    return max(0, registered - named)


def gl04(facts: CrossingFacts, policy: Policy) -> Found | None:
    """A private car with a green-lane QR. One pass that covers the vehicle is enough."""
    seen = facts.vehicle_class
    if not facts.passes or seen is VehicleClass.OTHER:
        return None
    classes = [shown.vehicle_class for shown in facts.passes if shown.genuine and shown.vehicle_class]
    named = [one for one in classes if one is not VehicleClass.OTHER]
    if not named or len(named) < len(classes):
        return None
    if any(seen in policy.class_covers.get(one, (seen,)) for one in named):
        return None
    evidence = EvidenceItem(code="CLASS_NOT_COVERED", words={"seen": seen.value, "on-pass": named[0].value})
    severity = Severity.HIGH if seen in CARRIES_PEOPLE else Severity.MEDIUM
    return Found(Rule.GL04, FindingClass.SUSPECTED_MISUSE, severity, "vehicle", (evidence,))


def gl11(
    facts: CrossingFacts,
    policy: Policy,
    notices: Sequence[NoticePublished],
    *,
    clock_error: timedelta = timedelta(0),
) -> Found | None:
    """Post or time off the registered route."""
    if not facts.passes or not any(shown.genuine for shown in facts.passes):
        return None
    off_route, off_hours = _off_route(facts, policy, notices), _off_hours(facts, policy, clock_error)
    evidence = tuple(one for one in (off_route, off_hours) if one is not None)
    if not evidence:
        return None
    severity = Severity.MEDIUM if off_route else Severity.LOW
    return Found(Rule.GL11, FindingClass.SUSPECTED_MISUSE, severity, "vehicle", evidence)


def _off_route(facts: CrossingFacts, policy: Policy, notices: Sequence[NoticePublished]) -> EvidenceItem | None:
    """A post or a road on the route that was closed sends its traffic elsewhere, and for a while after it opened
    again."""
    route = registered_way(facts)
    if not route or facts.post_id in route:
        return None
    if any(_covers_any_road(shown) for shown in facts.passes if shown.genuine):
        return None
    if facts.ordered_change is OrderedChange.DIVERSION:
        return None
    if any(_sends_round(one, route, facts.occurred_at, policy.diversion_lasts) for one in notices):
        return None
    named = sorted(route)
    return EvidenceItem(
        code="POST_OFF_ROUTE", words={"post": facts.post_id, "route": named[0]}, numbers={"posts": len(named)}
    )


def _covers_any_road(shown: PassFacts) -> bool:
    """The province's own pass says so by naming none; of a card the station has no road at all."""
    return shown.kind is PassKind.GREEN_LANE_PASS and shown.reading is not None and not shown.route


def _sends_round(notice: NoticePublished, route: Set[str], at: datetime, lasts: timedelta) -> bool:
    post_closed = notice.notice == "post_closed" and notice.post_id in route
    return (
        (post_closed or leads_over(route, notice))
        and notice.state is FactState.IN_FORCE
        and notice.effective_at <= at
        and (notice.ends_at is None or at < notice.ends_at + lasts)
    )


def _off_hours(facts: CrossingFacts, policy: Policy, clock_error: timedelta) -> EvidenceItem | None:
    if not policy.route_hours:
        return None
    hours = [one for one in policy.route_hours if applies(one.when, facts, policy)]
    if not hours:
        return None
    zone = ZoneInfo(policy.time_zone)
    if any(_inside(one, moment.astimezone(zone)) for one in hours for moment in _moments(facts, one, clock_error)):
        return None
    return EvidenceItem(
        code="OUT_OF_HOURS",
        words={"begins": hours[0].begins, "ends": hours[0].ends},
        instants={"at": facts.occurred_at},
    )


def _moments(facts: CrossingFacts, hours: RouteHours, clock_error: timedelta) -> Iterator[datetime]:
    """When the vehicle may have reached the post: as written, with the clock's error, before it queued."""
    at = facts.occurred_at
    yield from (at, at - clock_error - hours.grace, at + clock_error)


def _inside(hours: RouteHours, local: datetime) -> bool:
    clock = f"{local:%H:%M}"
    if hours.begins < hours.ends:
        return hours.begins <= clock < hours.ends
    return clock >= hours.begins or clock < hours.ends
