"""Lines as a table for a terminal, and as one for a page of ours. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from deploy.benchmarks.judge.lines import Line

HEAD = ("what", "measured", "beside", "bar", "")
SIGNS = {True: "✓", False: "✗", None: ""}


def table_of(lines: Sequence[Line]) -> str:
    rows = [HEAD, *map(_cells, lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def markdown_of(lines: Sequence[Line]) -> str:
    rows = [HEAD, ("---",) * len(HEAD), *map(_cells, lines)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cells(line: Line) -> tuple[str, ...]:
    return line.what, line.measured, line.beside, line.bar, SIGNS[line.reached]
