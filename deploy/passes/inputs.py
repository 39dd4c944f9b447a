"""Texts to read from what was given: texts, pictures, folders of pictures, files of lines, standard input."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np

from checkpoint_agent.camera.frames import UnreadableReason
from checkpoint_agent.camera.pictures import SUFFIXES, read_picture
from checkpoint_agent.decoding import FURTHER_STEPS, Step, decode_once
from deploy.documents import DocumentRefused
from schemas.passes.classify import classify
from schemas.passes.kinds import PassKind, ReadingReason

_FROM_STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class Given:
    """One text, or why there is none. ``named``: where it came from, never the text itself."""

    named: str
    text: str | None = None
    fault: ReadingReason | None = None
    decoded_by: Step | None = None
    decode_ms: float | None = None


def given_by(inputs: Iterable[str], texts: Iterable[str] = ()) -> Iterator[Given]:
    """Everything to read, in the order given. Raises DocumentRefused."""
    for number, text in enumerate(texts, 1):
        yield Given(f"text {number}", text)
    for number, named in enumerate(inputs, 1):
        yield from _given_by(named, number)


def _given_by(named: str, number: int) -> Iterator[Given]:
    if named == _FROM_STANDARD_INPUT:
        yield from _lines("standard input", sys.stdin.buffer)
        return
    path = _path_of(named)
    if path is None:
        yield Given(f"text {number}", named)
    elif path.is_dir():
        for picture in sorted(path.rglob("*")):
            if _is_picture(picture):
                yield from _in_picture(picture)
    elif _is_picture(path):
        yield from _in_picture(path)
    else:
        yield from _in_lines(path)


def _path_of(named: str) -> Path | None:
    """The file that ``named`` names; None when it is a text. A code is far more often a text than a name."""
    try:
        if Path(named).exists():
            return Path(named)
    except (OSError, ValueError):  # longer than any name may be, or with a NUL
        return None
    looks_like_a_name = named.startswith(("/", "./", "../")) or Path(named).suffix.lower() in (*SUFFIXES, ".txt")
    if looks_like_a_name and classify(named) is PassKind.UNKNOWN:
        raise DocumentRefused(f"There is no file {named}.")
    return None


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and path.is_file()


def _in_lines(path: Path) -> Iterator[Given]:
    try:
        with path.open("rb") as lines:
            yield from _lines(str(path), lines)
    except OSError as exc:
        raise DocumentRefused(f"{path} cannot be read: {exc.strerror or 'no reason given'}.") from exc


def _lines(named: str, lines: BinaryIO) -> Iterator[Given]:
    """Each line that is not empty. A blank at its end may belong to the code: only the line's end is taken off."""
    for number, line in enumerate(lines, 1):
        text = line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")
        if text:
            yield Given(f"{named}:{number}", text)


def _in_picture(path: Path) -> Iterator[Given]:
    """Every code in the picture, by the first step that reads one."""
    started = time.perf_counter()
    try:
        pixels = read_picture(path)
    except OSError as exc:
        raise DocumentRefused(f"{path} cannot be read: {exc.strerror or 'no reason given'}.") from exc
    if isinstance(pixels, UnreadableReason):
        yield Given(str(path), fault=ReadingReason.PICTURE_BROKEN)
        return
    gray = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    for step in (Step.FIRST, *FURTHER_STEPS):
        codes = decode_once(gray, step).codes
        if codes:
            decode_ms = (time.perf_counter() - started) * 1000
            for code in codes:
                yield Given(str(path), code.text, decoded_by=step, decode_ms=decode_ms)
            return
    yield Given(str(path), fault=ReadingReason.NO_CODE_SEEN, decode_ms=(time.perf_counter() - started) * 1000)
