"""A request's body as JSON or, with ``Content-Type: text/csv``, as a table; a wrong table says line and column."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request

from schemas.csv_rows import CsvRefused, RowError
from services.errors import FieldError, NotValid


@dataclass(frozen=True)
class RowFieldError(FieldError):
    """As every wrong field, with its line (the header is 1) and column apart."""

    line: int = 0
    column: str = ""


def is_csv(request: Request) -> bool:
    return request.headers.get("content-type", "").split(";")[0].strip().lower() in ("text/csv", "application/csv")


def refused(exc: CsvRefused) -> NotValid:
    return NotValid(*(row_field(error) for error in exc.errors))


def row_field(error: RowError) -> RowFieldError:
    place_vi, place_en = f"dòng {error.line}", f"line {error.line}"
    field = f"line {error.line}"
    if error.column:
        place_vi, place_en = f"{place_vi}, cột {error.column}", f"{place_en}, column {error.column}"
        field = f"{field}.{error.column}"
    return RowFieldError(
        field, "row_not_valid", f"{place_vi}: {error.vi}", f"{place_en}: {error.en}", error.line, error.column
    )
