"""What came of an alert, as data: which dispositions end it, which count as confirmed, what each needs. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from schemas.sentences import Sentence
from services.alerts.incident import AlertState


class Disposition(StrEnum):
    """Stable codes; they travel in ``alert-actions.v1``."""

    CONFIRMED = "CONFIRMED"
    VEHICLE_HELD = "VEHICLE_HELD"
    HANDED_TO_HEALTH = "HANDED_TO_HEALTH"
    HANDED_TO_INVESTIGATORS = "HANDED_TO_INVESTIGATORS"
    CLEARED_ON_THE_SPOT = "CLEARED_ON_THE_SPOT"
    MISREAD = "MISREAD"
    NOT_FOUND = "NOT_FOUND"
    NOT_OURS = "NOT_OURS"
    DISMISSED = "DISMISSED"


@dataclass(frozen=True)
class Effect:
    to: AlertState
    words: Sentence
    confirms: bool = False
    """Counts as confirmed misuse, of the vehicle's pass, its issuer and its carrier."""
    needs: str | None = None
    """The field that must be filled in with it."""


# Held or handed over is in hand and not proven: only a record (biên bản) confirms. What does not end an alert
# is still somebody's to do; "not ours" asks for the eyes of others, so it is new again.
EFFECTS: dict[Disposition, Effect] = {
    Disposition.CONFIRMED: Effect(
        AlertState.ENDED,
        Sentence("xác nhận vi phạm, đã lập biên bản", "confirmed, on record"),
        confirms=True,
        needs="record_number",
    ),
    Disposition.VEHICLE_HELD: Effect(AlertState.ACKNOWLEDGED, Sentence("đã giữ xe", "vehicle held")),
    Disposition.HANDED_TO_HEALTH: Effect(AlertState.ENDED, Sentence("đã giao y tế", "handed to health")),
    Disposition.HANDED_TO_INVESTIGATORS: Effect(
        AlertState.ENDED, Sentence("đã chuyển cơ quan điều tra", "handed to investigators")
    ),
    Disposition.CLEARED_ON_THE_SPOT: Effect(
        AlertState.ENDED, Sentence("kiểm tra tại chỗ, không vi phạm", "cleared on the spot")
    ),
    Disposition.MISREAD: Effect(AlertState.ENDED, Sentence("đọc nhầm biển số hoặc mã", "misread")),
    Disposition.NOT_FOUND: Effect(AlertState.ACKNOWLEDGED, Sentence("chưa tìm thấy xe", "not found")),
    Disposition.NOT_OURS: Effect(
        AlertState.NEW, Sentence("không thuộc địa bàn, đã chuyển", "not ours, passed on"), needs="passed_to"
    ),
    Disposition.DISMISSED: Effect(AlertState.ENDED, Sentence("bỏ qua, có lý do", "dismissed"), needs="note"),
}

CONFIRMING = frozenset(one for one, effect in EFFECTS.items() if effect.confirms)


def needed_words(field: str) -> Sentence:
    return {
        "record_number": Sentence("Ghi số biên bản.", "Enter the number of the record."),
        "passed_to": Sentence("Ghi đã chuyển cho ai.", "Enter whom it was passed to."),
        "note": Sentence("Ghi lý do bỏ qua.", "Enter why it is dismissed."),
    }[field]
