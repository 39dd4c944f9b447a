"""One frame, one step: what is read, what is refused, and why."""

import cv2
import numpy as np
import pytest

from checkpoint_agent.decoding import FURTHER_STEPS, DecodedCode, HintReason, Step, Symbology, decode_once
from checkpoint_agent.decoding import fallback as fallback_module
from checkpoint_agent.decoding.decoder import hidden
from checkpoint_agent.decoding.fallback import fallback_available, read_by_fallback
from checkpoint_agent.decoding.light import whole_picture_hint, why_not_read
from checkpoint_agent.decoding.texts import refusal
from tests.code_pictures import a_code, a_frame, a_pass_text, a_sticker, gray_of

SQUARE = ((0, 0), (300, 0), (300, 300), (0, 300))
needs_libzbar = pytest.mark.skipif(not fallback_available(), reason="libzbar0 is not installed")


def texts(reading):
    return [code.text for code in reading.codes]


def test_a_code_is_read_with_its_corners_in_the_pixels_of_the_frame():
    code = a_code("HC1:HERE", px=4)
    [read] = decode_once(gray_of(a_frame((code, 400, 200)))).codes
    assert read.text == "HC1:HERE"
    assert read.step is Step.FIRST
    quiet = 4 * 4
    assert read.corners[0] == pytest.approx((400 + quiet, 200 + quiet), abs=2)
    assert read.corners[2] == pytest.approx((400 + code.shape[1] - quiet, 200 + code.shape[0] - quiet), abs=2)


def test_several_codes_in_a_frame_are_all_read_from_left_to_right():
    frame = a_frame((a_code("RIGHT"), 900, 100), (a_code("LEFT"), 100, 400), (a_code("MIDDLE"), 500, 300))
    assert texts(decode_once(gray_of(frame))) == ["LEFT", "MIDDLE", "RIGHT"]


def test_a_code_on_a_screen_in_dark_mode_is_read():
    text = a_pass_text()
    assert texts(decode_once(gray_of(a_frame((a_code(text, inverted=True), 300, 100))))) == [text]


@pytest.mark.parametrize("quarter_turns", [1, 2, 3])
def test_a_code_held_sideways_is_read(quarter_turns):
    frame = gray_of(a_frame((np.rot90(a_code("TURNED"), quarter_turns), 300, 100)))
    assert texts(decode_once(frame)) == ["TURNED"]


def test_vietnamese_names_come_out_as_they_went_in():
    text = "001099000001||Nguyễn Thị Đào|01011999|Nữ|Bến Tre|01012021"
    assert texts(decode_once(gray_of(a_frame((a_code(text), 300, 100))))) == [text]


def test_a_structured_append_sticker_does_not_blind_the_lane():
    frame = gray_of(a_frame((a_sticker(), 50, 50), (a_code("HC1:PASS"), 700, 300)))
    assert "HC1:PASS" in texts(decode_once(frame))


@needs_libzbar
def test_the_fallback_survives_a_sticker_and_reads_beside_it_once_the_sticker_is_painted_over():
    frame = gray_of(a_frame((a_sticker(), 50, 50), (a_code("HC1:PASS"), 700, 300)))
    assert decode_once(frame, Step.FALLBACK).codes == ()
    sticker = [code for code in decode_once(frame).codes if code.text == "PART ONE"]
    assert texts(decode_once(hidden(frame, sticker), Step.FALLBACK)) == ["HC1:PASS"]


@needs_libzbar
def test_the_fallback_gives_no_text_that_is_not_ascii():
    frame = gray_of(a_frame((a_code("Nguyễn Thị Đào"), 300, 100)))
    assert decode_once(frame, Step.FALLBACK).codes == ()


def test_without_libzbar_the_fallback_reads_nothing_and_says_so(monkeypatch):
    monkeypatch.setattr(fallback_module, "pyzbar", None)
    assert not fallback_module.fallback_available()
    assert read_by_fallback(gray_of(a_frame((a_code(), 300, 100)))).codes == ()


def test_an_aztec_code_is_read_by_its_own_step_alone():
    frame = gray_of(a_frame((a_code("AZTEC CODE", aztec=True, px=6), 300, 100)))
    assert decode_once(frame).codes == ()
    [code] = decode_once(frame, Step.AZTEC).codes
    assert (code.text, code.symbology) == ("AZTEC CODE", Symbology.AZTEC)


@pytest.mark.parametrize("step", [s for s in FURTHER_STEPS if s not in (Step.AZTEC, Step.CLOSE_UP)])
@needs_libzbar
def test_each_further_step_gives_corners_in_the_pixels_of_the_frame(step):
    code = a_code("SOMEWHERE", px=5)
    [read] = decode_once(gray_of(a_frame((code, 620, 310))), step).codes
    middle = np.mean(read.corners, axis=0)
    assert middle == pytest.approx((620 + code.shape[1] / 2, 310 + code.shape[0] / 2), abs=4)


@pytest.mark.parametrize("step", [Step.CLOSE_UP, Step.SHARPENED, Step.ENLARGED_EVENED, Step.THRESHOLD])
def test_a_code_at_one_and_a_half_px_a_module_is_read_by_a_further_step(step):
    text = a_pass_text(400)
    large = np.pad(a_code(text, px=8), 200, constant_values=255)
    small = cv2.resize(large, None, fx=1.5 / 8, fy=1.5 / 8, interpolation=cv2.INTER_AREA)
    frame = gray_of(a_frame((small, 300, 100)))
    first = decode_once(frame)
    assert (first.codes, [hint.reason for hint in first.hints]) == ((), [HintReason.HOLD_CLOSER])
    [code] = decode_once(frame, step).codes
    assert code.text == text
    assert code.corners[0] == pytest.approx(first.hints[0].corners[0], abs=6)


def test_a_code_seen_but_spoiled_gives_a_place_and_a_reason_but_no_text():
    code = a_code(a_pass_text(), px=4)
    code[120:200, 120:200] = 255
    reading = decode_once(gray_of(a_frame((code, 300, 100))))
    assert reading.codes == ()
    [hint] = reading.hints
    assert hint.reason is HintReason.HOLD_STILL
    assert hint.corners[0] == pytest.approx((316, 116), abs=8)


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("shape", [(0, 0), (0, 10), (1, 1), (2, 2), (1, 3000), (90, 160)])
def test_a_frame_with_nothing_in_it_reads_as_nothing(step, shape):
    reading = decode_once(np.zeros(shape, dtype=np.uint8), step)
    assert (reading.codes, reading.hints) == ((), ())


@pytest.mark.parametrize("step", [Step.SHARPENED, Step.THRESHOLD])
def test_a_frame_above_2200_px_is_not_enlarged(step, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("enlarged")

    monkeypatch.setattr(cv2, "resize", refuse)
    assert decode_once(np.full((100, 2201), 128, dtype=np.uint8), step).codes == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("HC1:OK", None),
        ("BEGIN:VCARD\r\nFN:A\r\n\tB", None),  # a business card: unknown later, but legible
        ("a" * 4096, None),  # the cap
        ("a" * 4097, HintReason.TEXT_TOO_LONG),
        ("đ" * 2049, HintReason.TEXT_TOO_LONG),  # counted in bytes
        ("HC1:\x00", HintReason.TEXT_HAS_CONTROL_CHARACTERS),
        ("HC1:\x1b[2J", HintReason.TEXT_HAS_CONTROL_CHARACTERS),
        ("HC1:\x85", HintReason.TEXT_HAS_CONTROL_CHARACTERS),
        ("", HintReason.TEXT_UNREADABLE),
        ("\ud800", HintReason.TEXT_UNREADABLE),
    ],
)
def test_a_text_is_refused_with_its_reason(text, reason):
    assert refusal(text) is reason


def test_a_code_with_a_nul_is_seen_and_refused():
    [hint] = decode_once(gray_of(a_frame((a_code("PLATE\x00"), 300, 100)))).hints
    assert hint.reason is HintReason.TEXT_HAS_CONTROL_CHARACTERS


def test_a_text_never_shows_in_a_repr():
    code = DecodedCode(text="001099000001", corners=SQUARE, step=Step.FIRST)
    assert "001099000001" not in f"{code!r} {code} {(code,)}"


@pytest.mark.parametrize(
    ("area", "corners", "reason"),
    [
        (np.full((300, 300), 250, np.uint8), SQUARE, HintReason.TOO_BRIGHT),
        (np.full((300, 300), 12, np.uint8), SQUARE, HintReason.TOO_DARK),
        (np.kron(np.indices((75, 75)).sum(0) % 2, np.ones((4, 4))) * 200, SQUARE, HintReason.HOLD_STILL),
        (np.full((300, 300), 128, np.uint8), ((0, 0), (90, 0), (90, 90), (0, 90)), HintReason.HOLD_CLOSER),
        (np.tile(np.linspace(60, 200, 300), (300, 1)), SQUARE, HintReason.CLEAN_LENS),
        (np.full((10, 10), 128, np.uint8), ((50, 50), (60, 50), (60, 60), (50, 60)), HintReason.HOLD_STILL),
    ],
)
def test_the_hint_names_what_is_most_worth_changing(area, corners, reason):
    assert why_not_read(area.astype(np.uint8), corners) is reason


@pytest.mark.parametrize(
    ("brightness", "reason"),
    [(255, HintReason.TOO_BRIGHT), (0, HintReason.TOO_DARK), (128, None)],
)
def test_a_blinded_or_covered_camera_is_said(brightness, reason):
    hint = whole_picture_hint(np.full((90, 160), brightness, dtype=np.uint8))
    assert (hint.reason if hint else None) is reason
