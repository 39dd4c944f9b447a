"""Whose green lane a crossing used: issuer and carrier of its pass, as ids that may stand in the clear. Pure.

Fair to both. A pass that is not genuine says nothing about the issuer that it names. A pass on another plate
than its own says nothing about its carrier: whoever copies a code is not the one whom it was given to.
"""

from __future__ import annotations

from schemas.passes.kinds import ReadingReason, ReadingStatus
from schemas.rules.facts import GREEN_LANE_KINDS, CrossingFacts, PassFacts
from schemas.rules.plates import PlateMatch

GENUINE_THOUGH_REJECTED = frozenset(
    {
        ReadingReason.PASS_EXPIRED,
        ReadingReason.PASS_NOT_YET_VALID,
        ReadingReason.PASS_REVOKED,
        ReadingReason.TOKEN_REVOKED,
    }
)


def lane_used(facts: CrossingFacts) -> dict[str, str | None] | None:
    """A ``GreenLaneUsed``, as it is written; None for a crossing that did not ask for the green lane."""
    if not facts.green_lane:
        return None
    genuine = [shown for shown in facts.passes if shown.kind in GREEN_LANE_KINDS and _is_genuine(shown)]
    issuers = sorted({shown.issuer for shown in genuine if shown.issuer})
    carriers = sorted({shown.carrier_id for shown in genuine if shown.carrier_id and _on_its_own_plate(shown)})
    # Two passes of two issuers in one crossing: nobody can tell whose lane it was.
    return {
        "issuer": issuers[0] if len(issuers) == 1 else None,
        "carrier_id": carriers[0] if len(carriers) == 1 else None,
    }


def _is_genuine(shown: PassFacts) -> bool:
    if shown.status is ReadingStatus.REJECTED:
        return shown.reason in GENUINE_THOUGH_REJECTED
    return shown.status is ReadingStatus.ACCEPTED


def _on_its_own_plate(shown: PassFacts) -> bool:
    return shown.plate is not PlateMatch.DIFFERENT
