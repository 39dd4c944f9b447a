"""Units and risk levels from CSV: every wrong row in words, nothing half-taken. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from schemas.bounded import EARLIEST, LATEST
from schemas.csv_rows import Row, RowError, RowsRefused, rows_of
from schemas.units import (
    UNIT_PARENT_LEVEL,
    UNIT_PARENT_MISSING,
    UNIT_PARENT_NOT_WANTED,
    UNIT_PARENT_UNKNOWN,
    Unit,
    UnitLevel,
    Units,
    misfit,
)

UNIT_COLUMNS = ("code", "level", "name_vi")
UNIT_OPTIONAL = ("name_en", "parent_code")
MOST_UNITS = 200_000
ZONE_COLUMNS = ("code", "level", "effective_at", "document")
MOST_ZONES = 20_000

_MISFIT_WORDS: Mapping[str, tuple[str, str]] = {
    UNIT_PARENT_MISSING: ("thiếu đơn vị cấp trên", "the unit above it is missing"),
    UNIT_PARENT_UNKNOWN: ("không có đơn vị cấp trên này", "there is no such unit above it"),
    UNIT_PARENT_LEVEL: ("đơn vị cấp trên sai cấp", "the unit above it is of a wrong level"),
    UNIT_PARENT_NOT_WANTED: ("tỉnh không có đơn vị cấp trên", "a province has no unit above it"),
}


@dataclass(frozen=True)
class LevelsFrom:
    """The rows of one document and instant: what becomes one published assignment."""

    document: str
    effective_at: datetime
    levels: dict[str, int] = field(default_factory=dict)


def units_from(content: bytes, known: Units) -> list[Unit]:
    """The units of the rows; a parent may stand in another row or be known. Raises CsvRefused."""
    rows = rows_of(content, needed=UNIT_COLUMNS, optional=UNIT_OPTIONAL, most=MOST_UNITS)
    errors: list[RowError] = []
    read: list[tuple[Row, Unit]] = []
    lines: dict[str, int] = {}
    for row in rows:
        unit = _unit(row, errors)
        if unit is None:
            continue
        if unit.code in lines:
            errors.append(_twice(row.line, "code", lines[unit.code]))
            continue
        lines[unit.code] = row.line
        read.append((row, unit))
    together = {**known.by_code, **{unit.code: unit for _, unit in read}}
    for row, unit in read:
        reason = misfit(unit, together)
        if reason is not None:
            errors.append(RowError(row.line, "parent_code", *_MISFIT_WORDS[reason]))
    if errors:
        raise RowsRefused(errors)
    return [unit for _, unit in read]


def levels_from(content: bytes, units: Units, *, time_zone: str) -> list[LevelsFrom]:
    """Levels, gathered by document and instant, in the order of their first rows. Raises CsvRefused.

    An instant without its zone is of ``time_zone``. An empty tree of units knows every code.
    """
    rows = rows_of(content, needed=ZONE_COLUMNS, most=MOST_ZONES)
    errors: list[RowError] = []
    found: dict[tuple[str, datetime], LevelsFrom] = {}
    lines: dict[tuple[str, datetime, str], int] = {}
    for row in rows:
        level, at = _level(row, errors), _instant(row, ZoneInfo(time_zone), errors)
        code, document = row.values["code"], row.values["document"]
        _check_texts(row, errors)
        if len(units) and code not in units.by_code:
            errors.append(RowError(row.line, "code", "không có đơn vị này", "there is no such unit"))
        if level is None or at is None:
            continue
        if (document, at, code) in lines:
            errors.append(_twice(row.line, "code", lines[document, at, code]))
            continue
        lines[document, at, code] = row.line
        found.setdefault((document, at), LevelsFrom(document, at)).levels[code] = level
    if errors:
        raise RowsRefused(errors)
    return list(found.values())


def _unit(row: Row, errors: list[RowError]) -> Unit | None:
    values = row.values
    if values["level"] not in list(UnitLevel):
        allowed = ", ".join(UnitLevel)
        errors.append(
            RowError(row.line, "level", f"cấp là một trong: {allowed}", f"the level is one of: {allowed}")
        )
        return None
    try:
        return Unit(
            code=values["code"],
            level=UnitLevel(values["level"]),
            name=values["name_vi"],
            name_en=values.get("name_en"),
            parent=values.get("parent_code"),
        )
    except ValidationError as exc:
        named = {"name": "name_vi", "parent": "parent_code"}
        for error in exc.errors(include_url=False, include_context=False, include_input=False):
            column = str(error["loc"][0])
            errors.append(RowError(row.line, named.get(column, column), *_TEXT_WORDS))
        return None


_TEXT_WORDS = ("quá dài hoặc có ký tự không cho phép", "is too long or has a character that is not allowed")


def _check_texts(row: Row, errors: list[RowError]) -> None:
    for column, most in (("code", 40), ("document", 300)):
        text = row.values[column]
        if len(text) > most or not text.isprintable():
            errors.append(RowError(row.line, column, *_TEXT_WORDS))


def _level(row: Row, errors: list[RowError]) -> int | None:
    text = row.values["level"]
    if text in ("1", "2", "3", "4"):
        return int(text)
    errors.append(RowError(row.line, "level", "cấp độ là 1, 2, 3 hoặc 4", "the level is 1, 2, 3 or 4"))
    return None


def _instant(row: Row, zone: ZoneInfo, errors: list[RowError]) -> datetime | None:
    try:
        at = datetime.fromisoformat(row.values["effective_at"])
    except ValueError:
        at = None
    if at is not None and at.tzinfo is None:
        at = at.replace(tzinfo=zone)
    if at is None or not EARLIEST <= at < LATEST:
        example = "2021-10-06 00:00"
        errors.append(
            RowError(
                row.line, "effective_at", f"thời điểm ghi như {example}", f"an instant is written as {example}"
            )
        )
        return None
    return at


def _twice(line: int, column: str, first: int) -> RowError:
    return RowError(line, column, f"đơn vị này đã có ở dòng {first}", f"this unit stands on line {first} already")
