"""What goes into the boxes of findings, referrals and recalls: from the crossing's own box, opened for it.

The machine's unsealing is one record a batch in the log, with counts and never with what was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from schemas.events.base import SealedBox
from schemas.events.crossing import CrossingSecrets, OccupantSecrets
from schemas.events.verdict import FindingSecrets, RecallSecrets, ReferralSecrets
from schemas.passes.claims import Claims, GreenLaneClaims, PersonClaims, TokenClaims
from schemas.rules.codes import Rule
from schemas.trust.refs import plate_normalised
from schemas.trust.sealing import BoxRefused, Opener
from stream_processors.database.statements import Box
from stream_processors.judging.changes import Change
from stream_processors.judging.said import Kind


def opened(
    opener: Opener, boxes: Iterable[Box], at_hand: Mapping[UUID, CrossingSecrets]
) -> dict[UUID, CrossingSecrets]:
    """By crossing. One whose key is gone (retention) is simply not there: nothing is left to be said.

    ``at_hand`` were opened in this batch already, by the id of their event.
    """
    found = {}
    for box in boxes:
        if box.box is None:
            found[box.crossing_id] = at_hand[box.event_id]
            continue
        try:
            sealed = SealedBox(key_id=box.key_id, box=box.box)
            found[box.crossing_id] = opener.open(sealed, box.event_id, CrossingSecrets)
        except BoxRefused:
            continue
    return found


NAMES_THE_OTHER_PLATE = frozenset({Rule.GL07.value, Rule.GL08.value})


def other_crossing(change: Change) -> UUID | None:
    """Whose plate a finding names beside its own crossing's."""
    if change.kind is not Kind.FINDING or change.said is None:
        return None
    if change.said.fields["code"] not in NAMES_THE_OTHER_PLATE:
        return None
    return next((one for one in change.said.fields["crossings"] if one != change.crossing_id), None)


def finding_secrets(
    id_: UUID,
    secrets: CrossingSecrets | None,
    private: dict[str, Any],
    other: CrossingSecrets | None = None,
) -> FindingSecrets:
    """``other`` are those of the other crossing, where the finding names its plate."""
    if secrets is None:
        return FindingSecrets(record_id=id_, other_plate=_other_plate(None, other))
    return FindingSecrets(
        record_id=id_,
        plate=secrets.plate,
        plate_on_pass=_plate_on_pass(secrets.claims),
        other_plate=_other_plate(secrets.plate, other),
        misread=private.get("misread"),
        colour_and_make=secrets.colour_and_make,
    )


def _other_plate(plate: str | None, other: CrossingSecrets | None) -> str | None:
    """None where it is the same plate."""
    if other is None or other.plate is None:
        return None
    return other.plate if plate_normalised(other.plate) != plate_normalised(plate or "") else None


def referral_secrets(id_: UUID, secrets: CrossingSecrets | None, occupant: int) -> ReferralSecrets:
    entry = _entry(secrets, occupant)
    if secrets is None or entry is None:
        return ReferralSecrets(record_id=id_)
    person = entry.person
    return ReferralSecrets(
        record_id=id_,
        name=person.name,
        birth_date=person.birth_date or None,
        number=_number(person),
        telephone=entry.telephone or secrets.telephone,
        address=entry.address,
        plate=secrets.plate,
    )


def recall_secrets(id_: UUID, secrets: CrossingSecrets | None) -> RecallSecrets:
    if secrets is None:
        return RecallSecrets(record_id=id_)
    people = tuple(referral_secrets(id_, secrets, entry.occupant) for entry in secrets.occupants)
    return RecallSecrets(record_id=id_, plate=secrets.plate, telephone=secrets.telephone, people=people)


def _entry(secrets: CrossingSecrets | None, occupant: int) -> OccupantSecrets | None:
    if secrets is None:
        return None
    return next((entry for entry in secrets.occupants if entry.occupant == occupant), None)


def _number(person: PersonClaims) -> str | None:
    return person.number or person.old_number or person.masked_number


def _plate_on_pass(claims: Iterable[Claims | None]) -> str | None:
    plates = [one.plate for one in claims if isinstance(one, GreenLaneClaims | TokenClaims)]
    return next((plate for plate in plates if plate), None)
