"""Dates and times as CertLogic has them: milliseconds of UTC, calendar arithmetic as JavaScript's Date does it.

So 31 January plus one month is in March, and a bare date is 00:00 UTC. Daylight saving, leap seconds
and the clock on the wall play no part. What is no date raises RuleNotEvaluable.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from schemas.policy.certlogic.errors import RuleNotEvaluable

UNITS: Final = ("year", "month", "day", "hour")

_HOUR: Final = 3_600_000
_DAY: Final = 24 * _HOUR
_FURTHEST: Final = 8_640_000_000_000_000
"""What a JavaScript Date can hold, on either side of 1970."""

_DATE_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:Z|([+-])(\d{1,2})(?::?(\d\d))?)?)?", re.ASCII
)
_PARTIAL = re.compile(r"(\d{4})(?:-(\d\d))?", re.ASCII)


class Moment(int):
    """Milliseconds since 1970, UTC. Of a type of its own: a moment is not an integer of the rule language."""

    __slots__ = ()

    def __str__(self) -> str:
        days, ms = divmod(int(self), _DAY)
        year, month, day = _civil(days)
        seconds, ms = divmod(ms, 1000)
        time = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{ms:03}Z"
        return f"{year:04}-{month:02}-{day:02}T{time}"


def moment_of(text: object) -> Moment:
    """The moment that a date, a partial date or a date-time names."""
    if type(text) is not str:
        raise RuleNotEvaluable("a date that is not text")
    return _remembered(text) if len(text) <= _LONGEST_REMEMBERED else _parsed(text)


def _parsed(text: str) -> Moment:
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        return _end_of(text)
    year, month, day, hour, minute, second, fraction, sign, offset_hour, offset_minute = match.groups()
    days = _days(int(year), int(month), int(day))
    if hour is None:
        return Moment(days * _DAY)
    ms = days * _DAY + _time_of_day(int(hour), int(minute), int(second))
    if fraction:
        # "All decimals beyond the 3rd one are ignored."
        ms += int(fraction[:3].ljust(3, "0"))
    if sign:
        ms -= _offset(sign, int(offset_hour), int(offset_minute or 0))
    return Moment(ms)


def date_of_birth(text: object) -> Moment:
    """``dccDateOfBirth``: the last date consistent with what is known."""
    if type(text) is not str or "T" in text:
        raise RuleNotEvaluable("a date of birth that is no date")
    return moment_of(text)


def later(moment: Moment, amount: int, unit: str) -> Moment:
    """``moment`` with ``amount`` of ``unit`` (one of UNITS) added."""
    match unit:
        case "hour":
            ms = moment + amount * _HOUR
        case "day":
            ms = moment + amount * _DAY
        case "month":
            ms = _months_later(moment, amount)
        case _:
            ms = _months_later(moment, 12 * amount)
    if not -_FURTHEST <= ms <= _FURTHEST:
        raise RuleNotEvaluable("a time too far away")
    return Moment(ms)


# The clock and the dates of one pass are asked for by rule after rule.
_remembered = lru_cache(maxsize=256)(_parsed)
_LONGEST_REMEMBERED: Final = 40
"""Decimals may go on for ever; such a text is not kept."""


def _months_later(moment: Moment, amount: int) -> int:
    """The month is moved and the day kept: a day that the month does not have runs over into the next."""
    days, ms_of_day = divmod(int(moment), _DAY)
    year, month, day = _civil(days)
    years, month = divmod(month - 1 + amount, 12)
    return (_days_before(year + years, month + 1) + day - 1) * _DAY + ms_of_day


def _end_of(text: str) -> Moment:
    """``YYYY`` and ``YYYY-MM`` mean their last day."""
    match = _PARTIAL.fullmatch(text)
    if match is None:
        raise RuleNotEvaluable("a date in no allowed format")
    year, month = int(match[1]), int(match[2] or 12)
    return Moment(_days(year, month, _last_day(year, month)) * _DAY)


def _time_of_day(hour: int, minute: int, second: int) -> int:
    # ISO 8601 lets a day end at 24:00:00.
    if hour > 24 or minute > 59 or second > 59 or (hour == 24 and (minute or second)):
        raise RuleNotEvaluable("a time of day that does not exist")
    return ((hour * 60 + minute) * 60 + second) * 1000


def _offset(sign: str, hour: int, minute: int) -> int:
    if hour > 23 or minute > 59:
        raise RuleNotEvaluable("a time zone offset that does not exist")
    ms = (hour * 60 + minute) * 60_000
    return ms if sign == "+" else -ms


_MONTH_LENGTHS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _last_day(year: int, month: int) -> int:
    if not 1 <= month <= 12:
        raise RuleNotEvaluable("a month that does not exist")
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if month == 2 and is_leap else _MONTH_LENGTHS[month - 1]


def _days(year: int, month: int, day: int) -> int:
    if not 1 <= day <= _last_day(year, month):
        raise RuleNotEvaluable("a day that does not exist")
    return _days_before(year, month) + day - 1


# Days since 1970-01-01 in the Gregorian calendar for any year, negative ones too, which ``datetime``
# does not have. Years are counted from March, so that a leap day is the last of its year.


def _days_before(year: int, month: int) -> int:
    """Days from 1970-01-01 to the first of the month."""
    if month <= 2:
        year -= 1
    months_since_march = (month + 9) % 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * months_since_march + 2) // 5 - 719_468


def _civil(days: int) -> tuple[int, int, int]:
    """Year, month and day."""
    era, day_of_era = divmod(days + 719_468, 146_097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    months_since_march = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * months_since_march + 2) // 5 + 1
    month = months_since_march + 3 if months_since_march < 10 else months_since_march - 9
    return year_of_era + 400 * era + (month <= 2), month, day
