"""The decoder with its real children: hung, killed, busy, and the frame after that."""

import asyncio
import itertools
import logging
import os
import signal
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import pytest

from checkpoint_agent.camera import Frame
from checkpoint_agent.decoding import Decoder, Failure, HintReason, Step
from checkpoint_agent.decoding import child_reader as child_reader_module
from tests.code_pictures import a_code, a_frame, a_pass_text, a_sticker

NOON = datetime(2021, 9, 1, 5, tzinfo=UTC)
NUMBERS = itertools.count(1)


def shown(pixels, *, seconds=0.0, picture=None):
    return Frame(pixels, next(NUMBERS), NOON + timedelta(seconds=seconds), picture=picture)


def texts(decoded):
    return [code.text for code in decoded.codes]


def a_small_code(text):
    large = np.pad(a_code(text, px=8), 200, constant_values=255)
    return cv2.resize(large, None, fx=1.5 / 8, fy=1.5 / 8, interpolation=cv2.INTER_AREA)


@pytest.fixture
async def decoder():
    async with Decoder(first_limit_s=5, further_limit_s=5) as running:
        yield running


async def until_read(decoder, pixels, *, start_s=0.0):
    """Codes of the first of many frames of a moving picture that has any."""
    for n in range(200):
        decoded = await decoder.decode(shown(pixels, seconds=start_s + n / 30))
        if decoded.codes:
            return decoded
        await asyncio.sleep(0.01)
    raise AssertionError("never read")


async def test_a_frame_comes_back_with_its_codes_and_the_step_that_read_them(decoder):
    frame = shown(a_frame((a_code("ONE"), 100, 100), (a_code("TWO"), 700, 300)))
    decoded = await decoder.decode(frame)
    assert texts(decoded) == ["ONE", "TWO"]
    assert decoded.step is Step.FIRST
    assert {code.frame_number for code in decoded.codes} == {frame.number}
    assert decoded.elapsed_ms > 0
    assert decoder.state.restarts == 0


async def test_empty_frames_of_every_size_are_survived(decoder):
    for shape in ((0, 0, 3), (1, 1, 3), (90, 160, 3), (2000, 3000, 3), (10, 10, 3)):
        decoded = await decoder.decode(shown(np.full(shape, 128, dtype=np.uint8)))
        assert (decoded.codes, decoded.failure) == ((), None)
    assert texts(await decoder.decode(shown(a_frame((a_code("AFTER"), 100, 100))))) == ["AFTER"]


async def test_a_frame_too_large_to_look_at_is_refused_and_the_next_one_read(decoder, monkeypatch):
    monkeypatch.setattr(child_reader_module, "MAX_PIXELS", 1_000_000)
    decoded = await decoder.decode(shown(a_frame(width=1001, height=1000)))
    assert decoded.failure is Failure.FRAME_TOO_LARGE
    decoded = await decoder.decode(shown(a_frame((a_code("AFTER"), 100, 100))))
    assert (texts(decoded), decoder.state.restarts) == (["AFTER"], 0)


async def test_a_child_that_hangs_is_ended_at_the_time_limit_and_the_next_frame_is_read():
    async with Decoder(first_limit_s=0.3) as decoder:
        os.kill(decoder.child_pids[0], signal.SIGSTOP)
        hung = await decoder.decode(shown(a_frame()))
        assert hung.failure is Failure.TIME_LIMIT
        assert hung.elapsed_ms < 3000
        assert texts(await decoder.decode(shown(a_frame((a_code("AFTER"), 100, 100))))) == ["AFTER"]
        assert decoder.state.restarts == 1


async def test_a_child_killed_in_mid_frame_is_started_again_and_the_next_frame_is_read(decoder):
    pid = decoder.child_pids[0]
    os.kill(pid, signal.SIGSTOP)
    decoding = asyncio.create_task(decoder.decode(shown(a_frame())))
    await asyncio.sleep(0.05)
    assert not decoding.done()
    os.kill(pid, signal.SIGKILL)
    assert (await decoding).failure is Failure.DECODER_DIED
    assert texts(await decoder.decode(shown(a_frame((a_code("AFTER"), 100, 100))))) == ["AFTER"]
    assert decoder.state.restarts == 1


async def test_a_still_picture_is_read_though_the_child_hangs_at_its_first_look():
    async with Decoder(first_limit_s=0.5) as decoder:
        os.kill(decoder.child_pids[0], signal.SIGSTOP)
        decoded = await decoder.decode(shown(a_frame((a_code("STILL"), 100, 100)), picture="a.png"))
        assert (texts(decoded), decoded.failure, decoder.state.restarts) == (["STILL"], None, 1)


async def test_the_station_goes_on_while_a_child_hangs():
    async with Decoder(first_limit_s=0.3) as decoder:
        os.kill(decoder.child_pids[0], signal.SIGSTOP)
        decoding = asyncio.create_task(decoder.decode(shown(a_frame())))
        beats = 0
        while not decoding.done():
            await asyncio.sleep(0.01)
            beats += 1
        assert beats > 10


async def test_a_decoding_that_is_given_up_does_not_answer_for_the_next_frame(decoder):
    os.kill(decoder.child_pids[0], signal.SIGSTOP)
    decoding = asyncio.create_task(decoder.decode(shown(a_frame((a_code("BEFORE"), 100, 100)))))
    await asyncio.sleep(0.05)
    decoding.cancel()
    await asyncio.gather(decoding, return_exceptions=True)
    assert texts(await decoder.decode(shown(a_frame((a_code("AFTER"), 100, 100))))) == ["AFTER"]


async def test_a_decoder_that_does_not_start_is_said_once_and_frames_are_answered(monkeypatch, caplog):
    monkeypatch.setattr(child_reader_module.sys, "executable", "/bin/false")
    caplog.set_level(logging.INFO)
    async with Decoder() as decoder:
        for _ in range(5):
            assert (await decoder.decode(shown(a_frame()))).failure is Failure.DECODER_AWAY
        assert decoder.state.away
    assert [record.message for record in caplog.records if "does not start" in record.message] == [
        "the decoder does not start, frames go unread"
    ]


async def test_no_child_outlives_its_decoder():
    async with Decoder() as decoder:
        pids = decoder.child_pids
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_a_moving_picture_is_never_kept_waiting_by_a_further_step(decoder):
    os.kill(decoder.child_pids[1], signal.SIGSTOP)
    frames = [await decoder.decode(shown(a_frame(seed=n), seconds=n / 30)) for n in range(10)]
    assert max(decoded.elapsed_ms for decoded in frames) < 2000
    os.kill(decoder.child_pids[1], signal.SIGCONT)


async def test_what_only_a_further_step_reads_comes_with_a_later_frame(decoder):
    text = a_pass_text(400)
    decoded = await until_read(decoder, a_frame((a_small_code(text), 300, 100)))
    assert texts(decoded) == [text]
    assert decoded.step is not Step.FIRST


async def test_a_sticker_that_hangs_in_view_does_not_hide_what_only_a_further_step_reads(decoder):
    poster = a_frame((a_sticker(), 50, 50))
    for second in range(4):
        assert texts(await decoder.decode(shown(poster, seconds=second))) == ["PART ONE"]
    text = a_pass_text(400)
    both = a_frame((a_sticker(), 50, 50), (a_small_code(text), 500, 100))
    for n in range(200):
        decoded = await decoder.decode(shown(both, seconds=4 + n / 30))
        if text in texts(decoded):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("never read")


async def test_a_still_picture_is_looked_at_in_every_way_before_it_is_answered(decoder):
    text = a_pass_text(400)
    pixels = a_frame((a_small_code(text), 300, 100))
    frame = shown(pixels, picture="a.png")
    decoded = await decoder.decode(frame)
    assert texts(decoded) == [text]
    assert decoded.step is Step.CLOSE_UP
    assert decoded.hints == ()
    assert decoded.codes[0].frame_number == frame.number


async def test_a_spoiled_code_gives_a_hint_and_a_covered_lens_another(decoder):
    code = a_code(a_pass_text(), px=4)
    code[120:200, 120:200] = 255
    spoiled = await decoder.decode(shown(a_frame((code, 300, 100)), picture="a.png"))
    assert [hint.reason for hint in spoiled.hints] == [HintReason.HOLD_STILL]
    black = await decoder.decode(shown(np.zeros((720, 1280, 3), dtype=np.uint8)))
    assert [hint.reason for hint in black.hints] == [HintReason.TOO_DARK]


async def test_no_text_of_a_code_is_logged(decoder, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    await decoder.decode(shown(a_frame((a_code("001099000001|SECRET"), 100, 100))))
    os.kill(decoder.child_pids[0], signal.SIGKILL)
    await decoder.decode(shown(a_frame((a_code("001099000001|SECRET"), 100, 100))))
    written = capfd.readouterr()
    everything = caplog.text + written.out + written.err + repr([vars(r) for r in caplog.records])
    assert "SECRET" not in everything
