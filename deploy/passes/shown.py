"""A reading as JSON for a person at a terminal. Names nobody and no vehicle unless it was asked to."""

from __future__ import annotations

from typing import Any, Final

from schemas.passes.claims import Claims, GreenLaneClaims, HealthClaims
from schemas.passes.reading import PassReading

_OF_ENTRY: Final = frozenset({
    "entry", "disease", "country", "issuer", "dose", "doses_needed", "product", "on", "valid_from",
    "valid_until", "test_kind", "test_outcome", "sampled_at", "resulted_at", "basis",
})  # fmt: skip
_OF_GREEN_LANE: Final = frozenset({"vehicle_class", "registered_crew", "route"})


def reading_shown(read: PassReading, *, show_person: bool) -> dict[str, Any]:
    """Everything of the reading, and of the claims what may be seen."""
    shown = read.reading.model_dump(mode="json", exclude={"source", "occupant"})
    shown["claims"] = None if read.claims is None else claims_shown(read.claims, show_person=show_person)
    return shown


def claims_shown(claims: Claims, *, show_person: bool) -> dict[str, Any]:
    """The claims; without ``show_person`` only what is listed here, so that a new field is withheld at first."""
    full: dict[str, Any] = claims.model_dump(mode="json", exclude_none=True)
    if show_person:
        return full
    match claims:
        case HealthClaims():
            entries = [
                {name: value for name, value in entry.items() if name in _OF_ENTRY}
                | ({"covered_count": len(entry["covered"])} if entry["covered"] else {})
                for entry in full["entries"]
            ]
            return {"claims": full["claims"], "entries": entries}
        case GreenLaneClaims():
            seen = {name: value for name, value in full.items() if name in _OF_GREEN_LANE}
            return {"claims": full["claims"], **seen, "crew_count": len(claims.crew)}
        case _:
            return {"claims": full["claims"]}
