"""The code of a pass as a picture that survives a scratched windscreen: large modules, strong correction.

Pure: text in, PNG and its measures out.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import numpy as np
import zxingcpp

ROOM_MM = 128.0
"""What an A5 page leaves for the code, its quiet zone included."""
SMALLEST_MODULE_MM = 0.5
LARGEST_MODULE_MM = 1.5
ROOMY_MODULE_MM = 0.8
"""Where level Q leaves modules of this size, it is worth its room; otherwise level M."""
QUIET_MODULES = 4
"""ISO/IEC 18004 wants four light modules on every side."""
PX_PER_MODULE = 8


@dataclass(frozen=True, slots=True, repr=False)
class CodePicture:
    png: bytes
    modules: int
    """Of one side, the quiet zone included."""
    level: str
    module_mm: float

    @property
    def side_mm(self) -> float:
        return round(self.modules * self.module_mm, 2)


class TooLarge(ValueError):
    """No level gives modules that a phone reads through a scratched windscreen."""


def code_picture(text: str) -> CodePicture:
    """Level Q where its modules are roomy, else M. Raises TooLarge."""
    for level, smallest in (("Q", ROOMY_MODULE_MM), ("M", SMALLEST_MODULE_MM)):
        dark = _modules(text, level)
        if dark is None:
            continue
        side = dark.shape[0] + 2 * QUIET_MODULES
        module_mm = min(ROOM_MM / side, LARGEST_MODULE_MM)
        if module_mm >= smallest:
            pixels = np.kron(np.pad(~dark, QUIET_MODULES, constant_values=True), np.ones((PX_PER_MODULE,) * 2))
            return CodePicture(png_of(pixels.astype(bool)), side, level, round(module_mm, 3))
    raise TooLarge


def _modules(text: str, level: str) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]] | None:
    """True where dark; None when the text does not fit a code of this level."""
    try:
        code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCodeModel2, ec_level=level)
    except ValueError:
        return None
    image = np.array(zxingcpp.write_barcode_to_image(code, scale=1, add_quiet_zones=False))
    dark: np.ndarray[tuple[int, int], np.dtype[np.bool_]] = image < 128
    return dark


def png_of(light: np.ndarray[tuple[int, int], np.dtype[np.bool_]]) -> bytes:
    """One bit a pixel, white where ``light``."""
    height, width = light.shape
    rows = b"".join(b"\x00" + row.tobytes() for row in np.packbits(light, axis=1))
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(name, body) for name, body in ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    )


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
