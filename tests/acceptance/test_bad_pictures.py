"""A picture that proves nothing gives its reason at the lane and in the verdict, and the next one is read."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from deploy.simulator.pictures import frame_with, jpeg
from deploy.simulator.plan_model import Counts, PlannedCrossing, TestPass
from deploy.simulator.sheets import sheet_of
from schemas.rules.codes import Note
from schemas.sentences import SENTENCES
from tests.acceptance.province import BRIDGE, Province, eventually

RIDERS = Counts.only(clean=6)
BASE45_GROUPS = 60
"""Of three letters each: cut between two of them, a pass is whole to the first step and not to the second."""
WITHOUT_A_CODE = jpeg(np.full((720, 1280, 3), 128, dtype=np.uint8))


@dataclass(frozen=True)
class BadPicture:
    content: bytes
    reason: str


def bad_pictures(province: Province, genuine: str) -> dict[str, BadPicture]:
    def shown(text: str) -> bytes:
        return jpeg(frame_with(text, random.Random(text)))

    return {
        "no code": BadPicture(WITHOUT_A_CODE, "NO_CODE_SEEN"),
        "no picture": BadPicture(b"this is no picture", "PICTURE_BROKEN"),
        "unknown code": BadPicture(shown("PHIEU-GIU-XE 000123456"), "CODE_UNKNOWN"),
        "broken base45": BadPicture(shown("HC1:6BF?????"), "PASS_BASE45_BROKEN"),
        "cut off": BadPicture(shown(genuine[: len("HC1:") + 3 * BASE45_GROUPS]), "PASS_INFLATE_BROKEN"),
    }


@pytest.fixture(scope="module")
def rows(province: Province) -> dict[str, tuple[str, dict[str, Any]]]:
    """What was wrong with the one picture of each crossing, its reason, and the station's row of it."""
    made = province.planted(31, (BRIDGE,), RIDERS, over=timedelta(hours=1))
    *spoilt, untouched = [replace(each, shown=each.shown[:1]) for each in made.crossings]
    papers = [shown.paper for each in made.crossings for shown in each.shown if isinstance(shown.paper, TestPass)]
    genuine = province.issuers.text_of(papers[0])
    pictures = bad_pictures(province, genuine)
    for crossing, bad in zip(spoilt, pictures.values(), strict=True):
        _lay(province, crossing, bad.content)
    text = province.issuers.text_of(untouched.shown[0].paper)
    _lay(province, untouched, jpeg(frame_with(text, random.Random(1))))
    sheets = dict(zip((*pictures, "genuine"), (*spoilt, untouched), strict=True))
    done = eventually(
        lambda: {name: province.crossings_at(BRIDGE).get(each.sheet_id) for name, each in sheets.items()},
        lambda found: all(row and row["verdict"] for row in found.values()),
    )
    return {name: (pictures[name].reason if name in pictures else "", row or {}) for name, row in done.items()}


def _lay(province: Province, crossing: PlannedCrossing, content: bytes) -> None:
    folder = province.machine.sheets(BRIDGE)
    name = f"{crossing.sheet_id}-1.jpg"
    (folder / name).write_bytes(content)
    unfinished = folder / f".{crossing.sheet_id}"
    unfinished.write_text(json.dumps(sheet_of(crossing, [name])))
    unfinished.rename(folder / f"{crossing.sheet_id}.sheet.json")


def test_the_reading_says_why_in_words_and_is_neither_accepted_nor_hidden(rows: dict[str, Any]) -> None:
    for name, (reason, row) in rows.items():
        if name == "genuine":
            continue
        (reading,) = row["readings"]
        assert (name, reading["reason"]) == (name, reason)
        assert reading["status"] != "accepted"
        assert SENTENCES[reason].vi
        assert SENTENCES[reason].en


def test_the_centres_verdict_is_back_and_lets_nobody_through_on_it(rows: dict[str, Any]) -> None:
    for name, (reason, row) in rows.items():
        if name == "genuine":
            continue
        assert row["verdict"]["outcome"] != "let_through", name
        assert {reason, Note.OCCUPANT_HEALTH.value} & set(row["verdict"]["reasons"]), name


def test_the_picture_after_them_is_read_and_accepted(rows: dict[str, Any]) -> None:
    _, row = rows["genuine"]
    assert [reading["status"] for reading in row["readings"]] == ["accepted"]
