"""From codes to outcomes: an occupant's, then the crossing's: the first that applies in the policy's order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from schemas.policy.policy import Policy
from schemas.rules.codes import Note
from schemas.words import Outcome


class Conclusion(msgspec.Struct, frozen=True):
    """``reasons`` are those that bear on the outcome or are shown beside it; ``binding`` decided.

    ``occupants`` maps an occupant's number to their outcome and their own reasons.
    """

    outcome: Outcome
    binding: str | None
    reasons: tuple[str, ...]
    occupants: Mapping[int, tuple[Outcome, tuple[str, ...]]]

    @property
    def public_reasons(self) -> tuple[str, ...]:
        """Reasons about vehicle and pass, with one code in place of any that concern health."""
        for outcome, _ in self.occupants.values():
            if outcome is not Outcome.LET_THROUGH:
                return (*self.reasons, Note.OCCUPANT_HEALTH.value)
        return self.reasons


def conclude(
    policy: Policy, crossing_codes: Iterable[str], occupant_codes: Mapping[int, Iterable[str]]
) -> Conclusion:
    """Map every code by the policy; whatever it does not name is checked by a person."""
    reasons = tuple(dict.fromkeys(crossing_codes))
    occupants = {
        number: _occupant(policy, tuple(dict.fromkeys(codes))) for number, codes in occupant_codes.items()
    }
    outcome = policy.first_of({*policy.outcomes_of(reasons), *(outcome for outcome, _ in occupants.values())})
    return Conclusion(outcome, _binding(policy, outcome, reasons, occupants), reasons, occupants)


def outcome_for(policy: Policy, codes: Iterable[str]) -> Outcome:
    """What an occupant's own codes lead to."""
    return policy.first_of(policy.outcomes_of(codes))


def _occupant(policy: Policy, codes: tuple[str, ...]) -> tuple[Outcome, tuple[str, ...]]:
    return outcome_for(policy, codes), codes


def _binding(
    policy: Policy,
    outcome: Outcome,
    reasons: tuple[str, ...],
    occupants: Mapping[int, tuple[Outcome, tuple[str, ...]]],
) -> str | None:
    if outcome is Outcome.LET_THROUGH:
        return None
    for code in reasons:
        if policy.outcome_of(code) is outcome:
            return code
    if any(o is outcome for o, _ in occupants.values()):
        return Note.OCCUPANT_HEALTH.value
    return None


def could_not_check(reason: str) -> Conclusion:
    """What is said when there is nothing to judge by."""
    return Conclusion(Outcome.COULD_NOT_CHECK, reason, (reason,), {})
