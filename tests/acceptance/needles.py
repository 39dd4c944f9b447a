"""Searches bytes for many texts at once, in every form in which a text may come to lie on a disk.

A form is looked up by its first eight bytes in a table, so the time hardly depends on how many there are.
"""

from __future__ import annotations

import base64
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from urllib.parse import quote

import numpy as np

FIRST = 8
_MIX, _BITS = np.uint64(0x9E3779B97F4A7C15), 24
_SHORT_HEX = re.compile(rb"[0-9A-Fa-f]{1,10}")
_BEFORE = re.compile(rb"[0-9A-Za-z.]")
_GOES_ON = re.compile(rb"[0-9A-Fa-f]{6}|-[0-9a-f]{4}-")
_UUID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_UUID_LENGTH = 36


def forms(text: str) -> Iterator[bytes]:
    """UTF-8, UTF-16, escaped as in JSON and URLs, hexadecimal, and base64 wherever in a longer text it began."""
    raw = text.encode()
    yield raw
    yield text.encode("utf-16-le")
    yield text.encode("utf-16-be")
    escaped = json.dumps(text)[1:-1]
    yield escaped.encode()
    yield re.sub(r"\\u[0-9a-f]{4}", lambda found: f"\\u{found[0][2:].upper()}", escaped).encode()
    yield quote(text, safe="").encode()
    yield quote(text, safe="").lower().encode()
    yield raw.hex().encode()
    yield raw.hex().upper().encode()
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + raw + bytes(3))
        inside = encoded[-(-8 * before // 6) : 8 * (before + len(raw)) // 6]
        yield inside
        yield inside.translate(bytes.maketrans(b"+/", b"-_"))


class Needles:
    """``Needles(texts).found_in(content)``; a text of fewer than eight bytes is refused."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._by_first: dict[int, set[tuple[bytes, str]]] = defaultdict(set)
        for text in texts:
            if len(text.encode()) < FIRST:
                raise ValueError("too short to be searched for")
            for form in forms(text):
                self._by_first[int.from_bytes(form[:FIRST], "little")].add((form, text))
        self._firsts = np.array(sorted(self._by_first), dtype=np.uint64)
        self._table = np.zeros(1 << _BITS, dtype=np.bool_)
        self._table[_mixed(self._firsts)] = True
        self.longest = max(len(form) for group in self._by_first.values() for form, _ in group)

    def found_in(self, content: bytes) -> set[str]:
        found: set[str] = set()
        for shift in range(min(FIRST, len(content))):
            length = (len(content) - shift) // FIRST
            words = np.frombuffer(content, dtype="<u8", count=length, offset=shift)
            (places,) = np.nonzero(self._table[_mixed(words)])
            nearest = np.searchsorted(self._firsts, words[places])
            is_one = self._firsts[np.minimum(nearest, len(self._firsts) - 1)] == words[places]
            for place in places[is_one]:
                at = int(place) * FIRST + shift
                first = int.from_bytes(content[at : at + FIRST], "little")
                found |= {text for form, text in self._by_first[first] if _stands_at(content, at, form)}
        return found


def _stands_at(content: bytes, at: int, form: bytes) -> bool:
    """A short number or plate that is a piece of a longer number or of a hash is none."""
    if not content.startswith(form, at):
        return False
    if not _SHORT_HEX.fullmatch(form):
        return True
    starts = at == 0 or not _BEFORE.match(content, at - 1)
    goes_on = _GOES_ON.match(content, at + len(form))
    return starts and not goes_on and not _in_an_id(content, at, at + len(form))


def _in_an_id(content: bytes, start: int, end: int) -> bool:
    """Whether all of it lies inside one UUID, whose last part begins behind a hyphen as a date might."""
    around = max(0, end - _UUID_LENGTH)
    ids = _UUID.finditer(content, around, start + _UUID_LENGTH)
    return any(one.start() <= start and end <= one.end() for one in ids)


def _mixed(words: np.ndarray[tuple[int], np.dtype[np.uint64]]) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    return (words * _MIX) >> np.uint64(64 - _BITS)
