"""An alert as its reader sees it: the box opened in memory, words in two languages. Writes nothing."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from uuid import UUID

from schemas.bounded import instant_text
from schemas.events.base import SealedBox
from schemas.events.verdict import FindingSecrets
from schemas.sentences import Sentence
from schemas.trust.sealing import BoxRefused, Opener
from services.alerts.dispositions import EFFECTS, Disposition
from services.alerts.incident import AlertState
from services.alerts.radio import Spoken, radio_sentence, spelled, task
from services.alerts.roster import is_telephone
from services.alerts.roster_store import InForce
from services.alerts.store import Alert
from services.pages.words import evidence_sentence

NOTHING = FindingSecrets(record_id=UUID(int=0))


def opened(alert: Alert, opener: Opener) -> FindingSecrets:
    """The vehicle behind the alert; nothing where there is no box, or none that we can open any more."""
    if alert.sealed is None or alert.sealed_id is None:
        return NOTHING
    sealed = SealedBox.model_validate(alert.sealed)
    return _opened(opener, sealed.key_id, sealed.box, alert.sealed_id)


@lru_cache(maxsize=512)
def _opened(opener: Opener, key_id: str, box: str, record_id: UUID) -> FindingSecrets:
    """One event goes to hundreds of followers, and opening costs 55 µs each time."""
    try:
        return opener.open(SealedBox(key_id=key_id, box=box), record_id, FindingSecrets)
    except BoxRefused:
        return NOTHING


def view(alert: Alert, opener: Opener, names: dict[str, str]) -> dict[str, Any]:
    """For the API, the feed and the page. ``names`` are the posts' names."""
    vehicle = opened(alert, opener)
    post = names.get(alert.post_id, alert.post_id)
    said = Spoken(
        alert_class=alert.alert_class,
        severity=alert.severity,
        plate=vehicle.plate,
        vehicle_class=alert.vehicle_class,
        post=post,
        direction=alert.direction,
        seen_at=alert.seen_at,
        codes=tuple(alert.codes),
    )
    return {
        "alert_id": str(alert.alert_id),
        "version": alert.version,
        "state": alert.state,
        "still_active": alert.state is not AlertState.ENDED,
        "ended_because": alert.ended_because,
        "class": alert.alert_class,
        "also_misuse": alert.also_misuse,
        "severity": alert.severity,
        "codes": alert.codes,
        "evidence": [item | both(evidence_sentence(item, names)) for item in alert.evidence],
        "plate": vehicle.plate,
        "plate_spelled": both(spelled(vehicle.plate)),
        "plate_on_pass": vehicle.plate_on_pass,
        "other_plate": vehicle.other_plate,
        "misread_possible": vehicle.misread,
        "colour_and_make": vehicle.colour_and_make,
        "vehicle_class": alert.vehicle_class,
        "post_id": alert.post_id,
        "post_name": post,
        "station_id": alert.station_id,
        "direction": alert.direction,
        "seen_at": instant_text(alert.seen_at),
        "radio": both(radio_sentence(said)),
        "task": both(task(alert.alert_class)),
        "opened_at": instant_text(alert.opened_at),
        "changed_at": instant_text(alert.changed_at),
        "acknowledged_by": alert.acknowledged_by,
        "acknowledged_at": instant_text(alert.acknowledged_at) if alert.acknowledged_at else None,
        "disposition": alert.disposition,
        "disposition_said": both(disposition_words(alert.disposition)) if alert.disposition else None,
        "disposed_by": alert.disposed_by,
        "disposed_at": instant_text(alert.disposed_at) if alert.disposed_at else None,
        "withdrawn_because": alert.withdrawn_because,
        "escalated_to": alert.escalated_to,
        "escalated_step": alert.escalated_step,
        "escalated_at": instant_text(alert.escalated_at) if alert.escalated_at else None,
    }


def disposition_words(code: str) -> Sentence:
    return EFFECTS[Disposition(code)].words


def telephone_of(alert: Alert, in_force: InForce, opener: Opener) -> str | None:
    """The number to ring once the last step was told and nobody has acknowledged it yet."""
    if alert.state is not AlertState.NEW or not alert.escalated_step:
        return None
    last = is_telephone(in_force.roster, alert.escalated_step)
    return in_force.telephone(opener) if last else None


def both(words: Sentence) -> dict[str, str]:
    return {"vi": words.vi, "en": words.en}
