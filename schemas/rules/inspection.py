"""Who is exempt, and whom the random draw picked all the same. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from schemas.policy.matters import Exemption
from schemas.policy.policy import Policy
from schemas.rules.applying import applies
from schemas.rules.codes import Note
from schemas.rules.facts import CrossingFacts, OccupantFacts
from schemas.trust.draws import drawn, station_day_key
from schemas.words import CargoSpace

INSPECTED = frozenset({CargoSpace.OPENED, CargoSpace.SEAL_CHECKED, CargoSpace.SEAL_PUT_ON})


def inspection_rate(facts: CrossingFacts, policy: Policy) -> int:
    """How many of a thousand such crossings are drawn; 0 where no rate is for it."""
    rates = (rate.per_mille for rate in policy.inspection_rates if applies(rate.when, facts, policy))
    return next(rates, 0)


def draw_repeated(facts: CrossingFacts, policy: Policy, station_key: bytes) -> bool | None:
    """What the draw must have been, for an auditor; None where no rate is for it or it cannot be repeated."""
    rate = inspection_rate(facts, policy)
    if rate == 0 or facts.lane is None or facts.opened_at is None or facts.draw_counter is None:
        return None
    day = facts.opened_at.astimezone(ZoneInfo(policy.time_zone)).date()
    return drawn(station_day_key(station_key, day), facts.lane, day, facts.draw_counter, rate)


def inspection_note(facts: CrossingFacts, policy: Policy) -> Note | None:
    """What the draw asks for, or that it was done."""
    if not facts.drawn or inspection_rate(facts, policy) == 0:
        return None
    return Note.INSPECTION_DONE if facts.cargo_space in INSPECTED else Note.INSPECTION_DRAWN


def exemptions(
    facts: CrossingFacts, policy: Policy, occupant: OccupantFacts | None = None
) -> tuple[Exemption, ...]:
    """All that are for them. Whoever was drawn is exempt from nothing."""
    if not policy.exemptions or inspection_note(facts, policy) is not None:
        return ()
    return tuple(one for one in policy.exemptions if applies(one.when, facts, policy, occupant))


def without_waived(codes: Iterable[str], exempt: Sequence[Exemption]) -> tuple[str, ...]:
    if not exempt:
        return tuple(codes)
    waived = frozenset(code for one in exempt for code in one.waives)
    return tuple(code for code in codes if code not in waived)
