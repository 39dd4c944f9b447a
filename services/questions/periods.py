"""A period as people write it into a form. Pure; says what is wrong field by field."""

from __future__ import annotations

from datetime import datetime, timedelta

from schemas.bounded import EARLIEST, LATEST
from services.errors import FieldError, NotValid
from services.pages.words import LOCAL


def period_of(begins_at: str, ends_at: str) -> tuple[datetime, datetime]:
    """From two local times. Raises NotValid."""
    begins, ends = _instant("begins_at", begins_at), _instant("ends_at", ends_at)
    check_period(begins, ends)
    return begins, ends


def check_period(begins_at: datetime, ends_at: datetime) -> None:
    """Raises NotValid."""
    if begins_at >= ends_at:
        raise NotValid(FieldError("ends_at", "before_begin", "phải sau lúc bắt đầu", "is after the beginning"))


def yesterday(now: datetime) -> tuple[str, str]:
    """From midnight to midnight, as the form's fields want them."""
    today = now.astimezone(LOCAL).replace(hour=0, minute=0, second=0, microsecond=0)
    return _field(today - timedelta(days=1)), _field(today)


def _field(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M}"


def _instant(field: str, text: str) -> datetime:
    """As a browser gives it: without a zone, and meant as the clock on the wall."""
    wrong = FieldError(field, "datetime", "phải là ngày và giờ", "is a day and a time")
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise NotValid(wrong) from None
    at = at if at.tzinfo else at.replace(tzinfo=LOCAL)
    if not EARLIEST <= at < LATEST:
        raise NotValid(wrong)
    return at
