"""What the registry and its notices add to the passes that a crossing showed. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from uuid import UUID

from schemas.passes.kinds import Confidence, PassKind, ReadingReason, ReadingStatus
from schemas.rules.facts import CrossingFacts, OccupantFacts, PassFacts, ReadingFacts
from schemas.rules.plates import PlateMatch
from schemas.rules.revoked import CAN_BE_REVOKED, revocation, with_revoked
from schemas.rules.validity import notices_at
from stream_processors.judging.context import (
    IDENTIFYING_PERSON,
    PASS_HASH,
    PASS_KINDS,
    PERSON_KINDS,
    Context,
    KnownCrossing,
    KnownNotice,
    KnownPass,
)

WEAK_PERSON = PERSON_KINDS - IDENTIFYING_PERSON
LOOKED_UP_HERE = frozenset(
    {ReadingReason.TOKEN_NOT_ON_LIST, ReadingReason.TOKEN_LIST_MISSING, ReadingReason.LOOK_UP_NEEDED}
)
"""What the station could not check for want of a list, and the registry answers."""


def with_registry(crossing: KnownCrossing, context: Context) -> CrossingFacts:
    """The facts with the registered passes beside the shown ones, and with what is revoked marked so."""
    facts = crossing.facts
    notices = context.registry.notices_naming(one.ref for one in crossing.refs)
    if not context.passes and not notices and not facts.to_be_checked:
        return facts
    shown = _passes_shown(crossing) if context.passes else {}
    known = {index: _registered(shown.get(index), context.passes) for index in range(len(facts.readings))}
    revoked = {
        index: reason
        for index, reading in enumerate(facts.readings)
        if reading.kind in CAN_BE_REVOKED
        and (reason := _revocation(crossing, index, known[index], notices)) is not None
    }
    added = [
        _as_registered(crossing, facts.readings[index].kind, one)
        for index, one in known.items()
        if one is not None and index not in revoked
    ]
    crew = [member for one in known.values() if one is not None for member in one.crew]
    facts = with_revoked(facts, revoked)
    return facts.but(
        readings=tuple(
            _looked_up(reading) if known[index] is not None else reading
            for index, reading in enumerate(facts.readings)
        ),
        passes=(*facts.passes, *added),
        to_be_checked=_to_be_checked(crossing, notices),
        occupants=tuple(_named(crossing, one, crew) for one in facts.occupants) if crew else facts.occupants,
    )


def registered_passes(crossing: KnownCrossing, context: Context) -> tuple[KnownPass, ...]:
    """Those of the registry that this crossing showed, by their ids."""
    if not context.passes:
        return ()
    shown = crossing.refs_of(*PASS_KINDS)
    return tuple(
        sorted(
            (one for one in context.passes if one.number_ref in shown or one.token_ref in shown),
            key=lambda one: one.pass_id,
        )
    )


def not_registered(crossing: KnownCrossing, facts: CrossingFacts, context: Context) -> PassKind | None:
    """The first genuine pass of ours that the registry does not know."""
    for index, reading in enumerate(facts.readings):
        if (
            reading.kind is PassKind.GREEN_LANE_PASS
            and reading.status is ReadingStatus.ACCEPTED
            and (not context.passes or _registered(_passes_shown(crossing).get(index), context.passes) is None)
        ):
            return reading.kind
    return None


def _passes_shown(crossing: KnownCrossing) -> dict[int, set[str]]:
    """By the reading, the refs of passes on it."""
    shown: dict[int, set[str]] = {}
    for one in crossing.refs:
        if one.kind in PASS_KINDS:
            shown.setdefault(one.reading, set()).add(one.ref)
    return shown


def _registered(refs: Set[str] | None, passes: Sequence[KnownPass]) -> KnownPass | None:
    if not refs:
        return None
    matches = [one for one in passes if one.number_ref in refs or one.token_ref in refs]
    return min(matches, key=lambda one: one.pass_id, default=None)


def _revocation(
    crossing: KnownCrossing, index: int, known: KnownPass | None, notices: Sequence[KnownNotice]
) -> ReadingReason | None:
    at = crossing.facts.occurred_at
    if known is not None and known.withdrawn_at(at):
        return ReadingReason.PASS_REVOKED
    if not notices:
        return None
    refs = {one.ref for one in crossing.refs if one.reading == index and one.kind in _REVOKED_BY}
    return revocation((one.published for one in notices if one.pass_ref in refs), at)


_REVOKED_BY = PASS_KINDS | {PASS_HASH}


def _to_be_checked(crossing: KnownCrossing, notices: Sequence[KnownNotice]) -> bool:
    if not notices:
        return False
    vehicle = crossing.vehicle_ref
    named = [one.published for one in notices if vehicle is not None and one.pass_ref == vehicle]
    return any(one.notice == "to_be_checked" for one in notices_at(named, crossing.facts.occurred_at))


def _looked_up(reading: ReadingFacts) -> ReadingFacts:
    if reading.reason in LOOKED_UP_HERE:
        return reading.but(status=ReadingStatus.ACCEPTED, reason=None)
    return reading


def _as_registered(crossing: KnownCrossing, kind: PassKind, known: KnownPass) -> PassFacts:
    seen = crossing.vehicle_ref
    misread = known.misreads.get(seen) if seen else None
    return PassFacts(
        reading=None,
        kind=kind,
        status=ReadingStatus.ACCEPTED,
        confidence=Confidence.LOOKED_UP,
        issuer=known.issuer,
        vehicle_class=known.vehicle_class,
        registered_crew=known.registered_crew,
        named_crew=len(known.crew) or None,
        route=known.route,
        valid_from=known.valid_from,
        valid_until=known.valid_until,
        carrier_id=known.carrier_id,
        plate=_plate_match(seen, known.plate_ref, misread),
        misread=misread,
    )


def _plate_match(seen: str | None, registered: str | None, misread: str | None) -> PlateMatch:
    if seen is None or registered is None:
        return PlateMatch.NOT_COMPARABLE
    if seen == registered:
        return PlateMatch.SAME
    return PlateMatch.ONE_MISREAD if misread else PlateMatch.DIFFERENT


def _named(crossing: KnownCrossing, occupant: OccupantFacts, crew: Sequence[Mapping[str, str]]) -> OccupantFacts:
    """Whether the registry names this person in ``crew``, where no number on the pass itself says so.

    A number decides. Other refs can only agree, weakly: two that differ may be one name written in two ways.
    """
    if occupant.on_pass is not None and not occupant.on_pass_weak:
        return occupant
    refs = crossing.person_refs(occupant.occupant)
    if any(_shares(refs, member, IDENTIFYING_PERSON) for member in crew):
        return occupant.but(on_pass=True, on_pass_weak=False)
    if occupant.on_pass or any(_shares(refs, member, WEAK_PERSON) for member in crew):
        return occupant.but(on_pass=True, on_pass_weak=True)
    if all(any(kind in refs for kind in IDENTIFYING_PERSON & member.keys()) for member in crew):
        return occupant.but(on_pass=False, on_pass_weak=False)
    return occupant


def _shares(refs: Mapping[str, frozenset[str]], member: Mapping[str, str], kinds: Set[str]) -> bool:
    return any(ref in refs.get(kind, ()) for kind, ref in member.items() if kind in kinds)


def pass_fact_ids(crossing: KnownCrossing, context: Context) -> tuple[UUID, ...]:
    return tuple(one.event_id for one in registered_passes(crossing, context))
