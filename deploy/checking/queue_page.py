"""Reads the quarantine queue's page as a coordinator's browser gets it: its rows and its recalls. Pure."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

_OCCUPANT = re.compile(r"người số (\d+)")


@dataclass(frozen=True)
class QueueRow:
    group_id: str
    occupant: int


@dataclass(frozen=True)
class RecallCard:
    recall_id: str
    withdrawn: bool


@dataclass(frozen=True)
class QueuePage:
    rows: tuple[QueueRow, ...] = ()
    recalls: tuple[RecallCard, ...] = ()
    more: bool = False
    """There is a page after this one."""


def read_queue_page(html: str, page: int = 1) -> QueuePage:
    """``page`` is its number. Raises ValueError for a row that names no person of a group."""
    reader = _Reader()
    reader.feed(html)
    return QueuePage(
        tuple(_row(group_id, text) for group_id, text in reader.rows),
        tuple(RecallCard(recall_id, "warn" in marks) for recall_id, marks in reader.recalls),
        any(linked > page for linked in reader.pages),
    )


def _row(group_id: str, text: str) -> QueueRow:
    said = _OCCUPANT.search(text)
    if said is None or not group_id:
        raise ValueError("a row of the queue page names no person of a group")
    return QueueRow(group_id, int(said[1]))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[tuple[str, str]] = []
        self.recalls: list[tuple[str, set[str]]] = []
        self.pages: list[int] = []
        self._in_row = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        marks = set(given.get("class", "").split())
        if tag == "tr" and "row" in marks:
            self._in_row = True
            self.rows.append((given.get("data-group", ""), ""))
        elif tag == "li" and "recall" in marks:
            self.recalls.append((given.get("id", "").removeprefix("recall-"), set()))
        elif self.recalls:
            self.recalls[-1][1].update(marks)
        if tag == "a" and given.get("href", "").startswith("/queue?"):
            self.pages.append(_page_of(given["href"]))

    def handle_endtag(self, tag: str) -> None:
        if tag == "tr":
            self._in_row = False

    def handle_data(self, data: str) -> None:
        if self._in_row:
            group_id, text = self.rows[-1]
            self.rows[-1] = (group_id, f"{text}{data} ")


def _page_of(href: str) -> int:
    found = re.search(r"[?&]page=(\d+)", href)
    return int(found[1]) if found else 1
