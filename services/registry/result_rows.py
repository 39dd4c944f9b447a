"""Test results from CSV: a row a person, every wrong row in words, nothing half-taken. Pure.

Rows with one ``result_id`` are one result: the first is who was sampled, the others are whom the sample covers
(members of a pool or a group). No error repeats what stood in a cell.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import ValidationError

from schemas.csv_rows import Row, RowError, RowsRefused, rows_of
from services.pages.words import LOCAL
from services.registry.bodies import words_of
from services.registry.requests import TestResultSent

PERSON = ("name", "number", "old_number", "masked_number", "birth_date", "sex")
INSTANTS = ("sampled_at", "resulted_at")
NEEDED = ("result_id", "source", "kind", "standing", "outcome", *INSTANTS)
OPTIONAL = ("revision", "state", "basis", "certificate_id", "pool_id", *PERSON)
MOST_ROWS = 20_000
OF_RESULT = tuple(name for name in (*NEEDED, *OPTIONAL) if name not in PERSON)


def results_from(content: bytes) -> list[TestResultSent]:
    """In the order of their first rows. An instant without its zone is local. Raises CsvRefused."""
    rows = rows_of(content, needed=NEEDED, optional=OPTIONAL, most=MOST_ROWS)
    by_result: dict[str, list[Row]] = {}
    for row in rows:
        by_result.setdefault(row.values["result_id"].lower(), []).append(row)
    errors: list[RowError] = []
    results = [_result(rows, errors) for rows in by_result.values()]
    if errors:
        raise RowsRefused(errors)
    return [one for one in results if one is not None]


def _result(rows: list[Row], errors: list[RowError]) -> TestResultSent | None:
    first = rows[0]
    different = [_unlike(first, row) for row in rows[1:]]
    errors += [error for error in different if error is not None]
    values: dict[str, Any] = {name: text for name, text in first.values.items() if name not in PERSON}
    for name in INSTANTS:
        values[name] = _instant(first, name, errors)
    revision = values.get("revision")
    if revision is not None:
        values["revision"] = int(revision) if revision.isascii() and revision.isdigit() else revision
    values["person"] = _person(first)
    values["covered"] = tuple(_person(row) for row in rows[1:])
    if any(values[name] is None for name in INSTANTS):
        return None
    try:
        return TestResultSent.model_validate(values)
    except ValidationError as exc:
        for error in exc.errors(include_url=False, include_context=False, include_input=False):
            errors.append(_said(rows, error["loc"], error["type"]))
        return None


def _person(row: Row) -> dict[str, str]:
    return {name: row.values[name] for name in PERSON if name in row.values}


def _unlike(first: Row, row: Row) -> RowError | None:
    """Whoever is covered is of the same sample: all but the person stands alike."""
    for name in OF_RESULT[1:]:
        if row.values.get(name) != first.values.get(name):
            return RowError(
                row.line,
                name,
                f"khác dòng {first.line} của cùng kết quả",
                f"unlike line {first.line} of the same result",
            )
    return None


def _instant(row: Row, name: str, errors: list[RowError]) -> datetime | None:
    try:
        at = datetime.fromisoformat(row.values[name])
    except ValueError:
        example = "2021-10-06 07:30"
        errors.append(
            RowError(row.line, name, f"thời điểm ghi như {example}", f"an instant is written as {example}")
        )
        return None
    return at.replace(tzinfo=LOCAL) if at.tzinfo is None else at


def _said(rows: list[Row], loc: tuple[int | str, ...], code: str) -> RowError:
    """Which row and column of the table a field of the model came from."""
    row, column = rows[0], str(loc[0]) if loc else ""
    if column == "person" and len(loc) > 1:
        column = str(loc[1])
    elif column == "covered" and len(loc) > 2 and isinstance(loc[1], int):
        row, column = rows[loc[1] + 1], str(loc[2])
    known = column in (*NEEDED, *OPTIONAL)
    return RowError(row.line, column if known else "", *words_of(code))
