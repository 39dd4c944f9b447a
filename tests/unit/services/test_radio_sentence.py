"""The sentence that is read on the radio."""

from __future__ import annotations

import pytest

from schemas.words import FindingClass, Severity
from services.alerts.radio import Spoken, radio_sentence, spelled
from tests.builders import NOON


@pytest.mark.parametrize(
    ("plate", "vi", "en"),
    [
        ("71C-123.45", "bảy một xê một hai ba bốn năm", "seven one Charlie one two three four five"),
        ("29Đ1", "hai chín đê một", "two nine D-bar one"),
        ("", "chưa rõ", "unknown"),
        (None, "chưa rõ", "unknown"),
    ],
)
def test_a_plate_is_spelled_letter_by_letter(plate, vi, en):
    said = spelled(plate)
    assert (said.vi, said.en) == (vi, en)


def a_spoken(**changes):
    return Spoken(
        **{
            "alert_class": FindingClass.SUSPECTED_MISUSE,
            "severity": Severity.HIGH,
            "plate": "71C-123.45",
            "vehicle_class": "truck",
            "post": "Chốt Rạch Miễu",
            "direction": "in",
            "seen_at": NOON,
            "codes": ("GL01",),
        }
        | changes
    )


def test_the_sentence_says_vehicle_plate_post_time_suspicion_and_task():
    said = radio_sentence(a_spoken())
    for part in ("mức cao", "xe tải", "bảy một xê", "Chốt Rạch Miễu", "vào tỉnh", "12:00", "Số người nhiều hơn"):
        assert part in said.vi
    for part in ("high", "truck", "Charlie", "inbound", "12:00", "more people", "Task:"):
        assert part in said.en


def test_a_health_sentence_gives_a_task_and_no_reason():
    said = radio_sentence(a_spoken(alert_class=FindingClass.HEALTH, codes=()))
    assert "giữ khoảng cách" in said.vi
    assert "Nghi" not in said.vi


@pytest.mark.parametrize(("post", "said"), [("Chốt Rạch Miễu", "qua Chốt Rạch Miễu"), ("Bến 3", "qua chốt Bến 3")])
def test_a_post_is_called_a_post_once(post, said):
    assert said in radio_sentence(a_spoken(post=post)).vi
