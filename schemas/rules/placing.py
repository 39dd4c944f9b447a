"""Facts completed with what only the registry knows: post, risk levels, whether the card is in force. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from schemas.events.registry import NoticePublished, PostRegistered
from schemas.passes.kinds import ReadingReason, ReadingStatus
from schemas.policy.policy import Policy
from schemas.policy.when import Areas, NoAreas, Place
from schemas.rules.distancing import distancing_end
from schemas.rules.facts import GREEN_LANE_KINDS, CrossingFacts, PassFacts
from schemas.rules.plates import PlateMatch
from schemas.rules.validity import notices_at, pass_valid_until


def place_of(post: PostRegistered) -> Place:
    return Place(post_id=post.post_id, mode=post.mode, level=post.level, unit=post.commune)


def placed(
    facts: CrossingFacts,
    policy: Policy,
    notices: Sequence[NoticePublished] = (),
    *,
    place: Place | None = None,
    areas: Areas | None = None,
    places: Mapping[str, Place] | None = None,
) -> CrossingFacts:
    """Levels are as of the crossing's own time; units are those that the policy names.

    ``places``: the posts by id, for the communes on a route.
    """
    known = areas or NoAreas()
    origin, destination, at = facts.origin_unit, facts.destination_commune, facts.occurred_at
    facts = facts.but(
        place=place or facts.place,
        origin_level=known.level_of(origin, at) if origin else None,
        origin_within=_holding(origin, policy, known),
        destination_level=known.level_of(destination, at) if destination else None,
        destination_within=_holding(destination, policy, known),
        card_valid=_card_valid(facts, notices),
    )
    end = distancing_end(facts, policy, known, places)
    if end is None:
        return facts
    ended = {"card_valid": False} if facts.card_valid and end[0] <= at else {}
    return facts.but(distancing_until=end[0], distancing_at=end[1], **ended)


def _holding(unit: str | None, policy: Policy, areas: Areas) -> tuple[str, ...]:
    if not unit or not policy.units:
        return ()
    return tuple([named for named in policy.units if areas.is_within(unit, named)])


def _card_valid(facts: CrossingFacts, notices: Sequence[NoticePublished]) -> bool | None:
    """None when one was shown that could not be checked; False when none was."""
    if not facts.passes:
        unchecked = any(
            reading.kind in GREEN_LANE_KINDS and reading.status is ReadingStatus.COULD_NOT_CHECK
            for reading in facts.readings
        )
        return None if unchecked else False
    in_force = notices_at(notices, facts.occurred_at)
    if any(_is_in_force(shown, facts, in_force) for shown in facts.passes):
        return True
    unchecked = any(shown.status is ReadingStatus.COULD_NOT_CHECK for shown in facts.passes)
    return None if unchecked else False


def _is_in_force(shown: PassFacts, facts: CrossingFacts, in_force: Sequence[NoticePublished]) -> bool:
    genuine = shown.status is ReadingStatus.ACCEPTED or shown.reason is ReadingReason.PASS_EXPIRED
    until, _ = pass_valid_until(shown, in_force)
    return (
        genuine
        and shown.plate is not PlateMatch.DIFFERENT
        and (shown.valid_from is None or shown.valid_from <= facts.occurred_at)
        and (until is None or facts.occurred_at < until)
    )
