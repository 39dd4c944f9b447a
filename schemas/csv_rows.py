"""Rows of a CSV text, and every row's error in words: line, column, what is wrong. Pure; never repeats a value.

Read as spreadsheets write it: comma or semicolon, with or without a byte order mark, columns in any order.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

MOST_ERRORS = 200
"""Shown at once; whoever sent a wrong file altogether learns nothing from more."""


@dataclass(frozen=True, order=True)
class RowError:
    """``line`` is as an editor counts it, the header being line 1; ``column`` is "" for the whole row."""

    line: int
    column: str
    vi: str
    en: str


@dataclass(frozen=True)
class Row:
    line: int
    values: Mapping[str, str]
    """By column, stripped; an empty cell is not there."""


class CsvRefused(Exception):
    """Nothing of the text is taken. ``errors`` in line order, at most MOST_ERRORS of them."""

    def __init__(self, errors: Sequence[RowError]) -> None:
        super().__init__(f"{len(errors)} errors")
        self.errors = tuple(sorted(errors)[:MOST_ERRORS])


class RowsRefused(CsvRefused):
    """The rows could be read, and some of them are wrong."""


def rows_of(content: bytes, *, needed: Sequence[str], optional: Sequence[str] = (), most: int) -> list[Row]:
    """The rows after the header, empty lines left out. Raises CsvRefused."""
    text = _text(content)
    first = text.split("\n", 1)[0]
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ","
    )
    lines = _lines(reader)
    _, header = next(lines, (1, []))
    columns = [name.strip().lower() for name in header]
    _check_header(columns, needed, optional)
    rows: list[Row] = []
    errors: list[RowError] = []
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(columns):
            errors.append(
                RowError(
                    line,
                    "",
                    f"dòng có {len(cells)} ô, dòng đầu có {len(columns)}",
                    f"the row has {len(cells)} cells, the header has {len(columns)}",
                )
            )
            continue
        if len(rows) == most:
            raise CsvRefused([RowError(line, "", f"quá {most} dòng", f"more than {most} rows")])
        values = {name: cell.strip() for name, cell in zip(columns, cells, strict=True) if cell.strip()}
        errors += [
            RowError(line, name, "thiếu mục này", "this field is missing") for name in needed if name not in values
        ]
        rows.append(Row(line, values))
    if errors:
        raise RowsRefused(errors)
    if not rows:
        raise CsvRefused([RowError(1, "", "không có dòng nào sau dòng đầu", "there is no row after the header")])
    return rows


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = content[: exc.start].count(b"\n") + 1
        raise CsvRefused(
            [RowError(line, "", "chữ không phải UTF-8; lưu lại tệp dạng CSV UTF-8", "the text is not UTF-8")]
        ) from None
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        raise CsvRefused([RowError(line, "", "có ký tự không cho phép", "a character is not allowed")])
    return text


def _lines(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Cells with the line on which each row begins: a quoted cell may hold several lines."""
    begins = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise CsvRefused(
                [RowError(begins, "", "dòng không đọc được dạng CSV", "the row cannot be read as CSV")]
            ) from None
        yield begins, cells
        begins = reader.line_num + 1  # type: ignore[attr-defined]  # csv's own reader has it


def _check_header(columns: Sequence[str], needed: Sequence[str], optional: Sequence[str]) -> None:
    known = {*needed, *optional}
    errors = [
        RowError(1, name, "thiếu cột này ở dòng đầu", "this column is missing in the header")
        for name in needed
        if name not in columns
    ]
    for number, name in enumerate(columns, start=1):
        if name not in known:
            errors.append(
                RowError(
                    1,
                    f"#{number}",
                    f"không có cột này; các cột là {_listed(needed, optional)}",
                    (f"there is no such column; the columns are {_listed(needed, optional)}"),
                )
            )
        elif columns.index(name) != number - 1:
            errors.append(RowError(1, name, "cột này có hai lần", "this column stands twice"))
    if errors:
        raise CsvRefused(errors)


def _listed(needed: Sequence[str], optional: Sequence[str]) -> str:
    return ", ".join((*needed, *(f"({name})" for name in optional)))
