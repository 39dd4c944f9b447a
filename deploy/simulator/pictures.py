"""Frames as a lane's camera sees them: a code on paper or a screen, before a street. Decides nothing about codes.

Sizes, turns, blur and noise stay where the decoder's first tier reads every code (QR.md: 2 px a module,
and we keep 3.5), so a picture that is not read is a fault of the station and not of the simulator.
"""

import random
from collections.abc import Sequence

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

WIDTH, HEIGHT = 1280, 720
LEAST_PX_PER_MODULE = 3.5
MOST_PX_PER_MODULE = 7.0
MOST_TURN_DEGREES = 7.0
JPEG_QUALITY = 88
_DRAWN_PX = 8
_QUIET = 4


def frame_with(text: str, rng: random.Random) -> Picture:
    """A BGR frame (720, 1280, 3) with the code of ``text`` somewhere in it."""
    code = _code(text)
    frame = _street(rng)
    _lay_on(frame, _as_shown(code, rng), _placement(code, rng))
    return _as_captured(frame, rng)


def jpeg(frame: Picture) -> bytes:
    done, encoded = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise ValueError("the frame could not be written as JPEG")
    return encoded.tobytes()


def _code(text: str) -> Picture:
    """The code with its quiet zone, dark on light, one gray level each (side, side)."""
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCodeModel2, ec_level="M")
    modules = np.array(zxingcpp.write_barcode_to_image(barcode, scale=1, add_quiet_zones=False), dtype=np.uint8)
    quiet = np.pad(modules, _QUIET, constant_values=255)
    drawn: Picture = np.kron(quiet, np.ones((_DRAWN_PX, _DRAWN_PX), dtype=np.uint8))
    return drawn


def _as_shown(code: Picture, rng: random.Random) -> Picture:
    """Paper is never white and ink never black: light 205 to 245, dark 15 to 60."""
    light, dark = rng.randrange(205, 246), rng.randrange(15, 61)
    shown: Picture = (dark + code.astype(np.float32) / 255 * (light - dark)).astype(np.uint8)
    return cv2.cvtColor(shown, cv2.COLOR_GRAY2BGR)  # type: ignore[return-value]


def _placement(code: Picture, rng: random.Random) -> NDArray[np.float32]:
    """Where the code's corners come to lie (2, 3): scaled, turned a little, wholly inside the frame."""
    side = code.shape[0]
    modules = side / _DRAWN_PX
    turn = np.radians(rng.uniform(-MOST_TURN_DEGREES, MOST_TURN_DEGREES))
    swelling = abs(np.cos(turn)) + abs(np.sin(turn))
    most = min(MOST_PX_PER_MODULE, (HEIGHT - 20) / (modules * swelling))
    scale = rng.uniform(min(LEAST_PX_PER_MODULE, most), most) / _DRAWN_PX
    half = side * scale * swelling / 2
    centre_x, centre_y = rng.uniform(half + 5, WIDTH - half - 5), rng.uniform(half + 5, HEIGHT - half - 5)
    cos, sin = np.cos(turn) * scale, np.sin(turn) * scale
    middle = side / 2
    return np.array(
        [
            [cos, -sin, centre_x - cos * middle + sin * middle],
            [sin, cos, centre_y - sin * middle - cos * middle],
        ],
        dtype=np.float32,
    )


def _lay_on(frame: Picture, shown: Picture, placement: NDArray[np.float32]) -> None:
    """Averages over the area that a pixel covers, as a lens does; a bare warp would alias the modules."""
    scale = float(np.hypot(placement[0, 0], placement[1, 0]))
    small_side = max(1, round(shown.shape[0] * scale))
    small = cv2.resize(shown, (small_side, small_side), interpolation=cv2.INTER_AREA)
    turned = placement.copy()
    turned[:, :2] /= small_side / shown.shape[0]
    mask = np.full(small.shape[:2], 255, dtype=np.uint8)
    laid = cv2.warpAffine(small, turned, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)
    covered = cv2.warpAffine(mask, turned, (WIDTH, HEIGHT), flags=cv2.INTER_NEAREST) > 0
    frame[covered] = laid[covered]


def _street(rng: random.Random) -> Picture:
    """Sky, road and blots of colour out of focus; never plain white."""
    seeded = np.random.default_rng(rng.randrange(2**32))
    coarse = seeded.integers(60, 190, (9, 16, 3), dtype=np.uint8)
    coarse[:3] = np.clip(coarse[:3].astype(np.int16) + 40, 0, 235).astype(np.uint8)
    return cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)  # type: ignore[return-value]


def _as_captured(frame: Picture, rng: random.Random) -> Picture:
    """Light, a soft lens and a sensor's noise."""
    light = rng.uniform(0.8, 1.08)
    captured = cv2.convertScaleAbs(frame, alpha=light, beta=rng.uniform(-6, 6))
    captured = cv2.GaussianBlur(captured, (0, 0), rng.uniform(0.3, 0.7))
    noise = np.empty((HEIGHT, WIDTH, 3), dtype=np.int8)
    # One pattern a process, laid differently each time: drawing it anew costs more than all the rest.
    offset = rng.randrange(_NOISE.size - noise.size)
    noise = _NOISE[offset : offset + noise.size].reshape(HEIGHT, WIDTH, 3)
    return cv2.add(captured, noise, dtype=cv2.CV_8U)  # type: ignore[return-value]


_NOISE: NDArray[np.int8] = np.random.default_rng(0).normal(0, 4, WIDTH * HEIGHT * 3 + 100_003).astype(np.int8)


def pictures_of(texts: Sequence[str], rng: random.Random) -> list[bytes]:
    return [jpeg(frame_with(text, rng)) for text in texts]
