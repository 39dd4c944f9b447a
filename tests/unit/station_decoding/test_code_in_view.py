"""The same code counts once; something that moved is worth a further look."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from checkpoint_agent.decoding import CodesInView, DecodedCode, Step
from checkpoint_agent.decoding.motion import MotionGate, shrunk
from checkpoint_agent.decoding.turns import Turns

NOON = datetime(2021, 9, 1, 5, tzinfo=UTC)
SQUARE = ((0, 0), (9, 0), (9, 9), (0, 9))
STEPS = (Step.SHARPENED, Step.FALLBACK)


def after(seconds):
    return NOON + timedelta(seconds=seconds)


def codes(*texts):
    return tuple(DecodedCode(text=text, corners=SQUARE, step=Step.FIRST) for text in texts)


def counted(in_view, *texts, at, picture=None):
    return [code.text for code in in_view.fresh(codes(*texts), after(at), picture=picture)]


def test_a_code_held_up_to_the_lens_counts_once_however_long():
    in_view = CodesInView()
    seen = [counted(in_view, "A", at=second) for second in range(120)]
    assert seen == [["A"]] + [[]] * 119


def test_a_second_code_beside_the_first_counts():
    in_view = CodesInView()
    counted(in_view, "A", at=0)
    assert counted(in_view, "A", "B", at=1) == ["B"]


@pytest.mark.parametrize(
    ("back_at", "counts"),
    [
        (2, []),  # a frame or two without it: it never left
        (20, []),  # turned over and back within one crossing
        (31, ["A"]),  # away, and later than the window
    ],
)
def test_a_code_that_comes_back_counts_when_it_was_away_long_enough(back_at, counts):
    in_view = CodesInView()
    counted(in_view, "A", at=0)
    assert counted(in_view, "A", at=back_at) == counts


def test_in_the_next_crossing_a_code_that_had_left_counts_at_once():
    in_view = CodesInView()
    counted(in_view, "A", at=0)
    counted(in_view, at=4)
    in_view.new_crossing()
    assert counted(in_view, "A", at=5) == ["A"]


def test_a_code_still_in_view_at_the_next_crossing_belongs_to_the_one_before():
    in_view = CodesInView()
    counted(in_view, "A", at=0)
    in_view.new_crossing()
    assert counted(in_view, "A", at=1) == []
    assert counted(in_view, "A", at=3) == []


def test_the_same_code_on_the_next_picture_counts_in_the_next_crossing():
    in_view = CodesInView()
    counted(in_view, "A", at=0, picture="1.png")
    in_view.new_crossing()
    assert counted(in_view, "A", at=1, picture="1.png") == []
    assert counted(in_view, "A", at=1, picture="2.png") == ["A"]


def test_what_is_remembered_is_no_text():
    in_view = CodesInView()
    counted(in_view, "001099000001", at=0)
    assert "001099000001" not in repr(vars(in_view))


def small(value):
    return shrunk(np.full((720, 1280), value, dtype=np.uint8))


@pytest.mark.parametrize(("change", "moved"), [(12, False), (13, True)])
def test_noise_up_to_12_of_255_is_no_movement(change, moved):
    gate = MotionGate()
    gate.look(small(100), NOON)
    gate.look(small(100 + change), after(10))
    assert gate.is_open(after(10)) is moved


@pytest.mark.parametrize(("later", "is_open"), [(2, True), (2.1, False), (-1, True)])
def test_the_gate_stays_open_for_two_seconds_after_a_movement(later, is_open):
    gate = MotionGate()
    gate.look(small(100), NOON)
    assert gate.is_open(after(later)) is is_open


def test_while_something_moves_the_further_steps_take_turns_one_a_frame():
    gate, turns = MotionGate(), Turns(STEPS)
    gate.look(small(100), NOON)
    assert [turns.take(gate, after(n / 30)) for n in range(4)] == [*STEPS, *STEPS]


def test_a_code_held_still_is_tried_again_every_two_seconds():
    gate, turns = MotionGate(), Turns(STEPS)
    gate.look(small(100), NOON)
    tried = []
    for tenth in range(100):
        gate.look(small(100), after(tenth / 10))
        if turns.take(gate, after(tenth / 10)) is Step.SHARPENED:
            tried.append(tenth / 10)
    still = [at for at in tried if at > 2.5]
    assert still == [4.0, 6.0, 8.0]
