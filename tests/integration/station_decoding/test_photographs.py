"""Real photographs of codes, and of none (zxing/zxing, Apache-2.0); a hand-held clip (BoofCV, CC BY 4.0)."""

from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path

import cv2
import pytest

from checkpoint_agent.camera import Pace, VideoFileCamera
from checkpoint_agent.decoding import FURTHER_STEPS, Decoder, Step, decode_once

DATA = Path(__file__).parents[4] / "shared" / "data" / "qr"
PHOTOS = DATA / "zxing"

pytestmark = pytest.mark.skipif(not PHOTOS.is_dir(), reason="the photographs (shared/data/qr) are not here")


def pictures_in(folder):
    return sorted(path for path in (PHOTOS / folder).iterdir() if path.suffix in (".png", ".jpg"))


def read(path, steps):
    gray = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    for step in steps:
        texts = [code.text for code in decode_once(gray, step).codes]
        if texts:
            return texts
    return []


def expected(path):
    return path.with_suffix(".txt").read_bytes().decode()


@pytest.mark.parametrize("folder", ["qrcode-1", "qrcode-3", "qrcode-5"])
def test_every_photograph_of_the_easier_sets_is_read_by_the_first_step(folder):
    pictures = pictures_in(folder)
    assert pictures
    assert [path.name for path in pictures if expected(path) not in read(path, [Step.FIRST])] == []


@pytest.mark.parametrize(
    ("folder", "at_least"),
    [
        ("qrcode-2", 32),  # of 35; the first step alone reads 31; one is refused for its control characters
        ("qrcode-4", 40),  # of 48; the first step alone reads 38
        ("qrcode-6", 15),  # of 15
    ],
)
def test_the_further_steps_read_more_of_the_harder_sets_than_the_first_alone(folder, at_least):
    right = [path for path in pictures_in(folder) if expected(path) in read(path, [Step.FIRST, *FURTHER_STEPS])]
    assert len(right) >= at_least


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("folder", ["falsepositives", "falsepositives-2"])
def test_no_step_reads_a_text_where_there_is_none(folder, step):
    assert [path.name for path in pictures_in(folder) if read(path, [step])] == []


async def test_a_hand_held_clip_is_read_through_the_whole_chain():
    camera = VideoFileCamera(
        DATA / "video" / "qr_handheld_859f_720p.mp4", lambda: datetime.now(UTC), pace=Pace(interval_s=0)
    )
    frames = with_codes = 0
    async with Decoder(first_limit_s=5, further_limit_s=5) as decoder, aclosing(camera.shots()) as shots:
        async for frame in shots:
            decoded = await decoder.decode(frame)
            assert decoded.failure is None
            frames, with_codes = frames + 1, with_codes + bool(decoded.codes)
            if frames == 240:
                break
    assert frames == 240
    assert with_codes > 0
