"""Pictures of codes for tests: by zxing-cpp's writer, and one kind that it cannot write."""

from __future__ import annotations

import cv2
import numpy as np
import zxingcpp

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def a_pass_text(length=560, seed=1):
    """Looks like a dense pass; verifies as nothing."""
    rng = np.random.default_rng(seed)
    return "HC1:" + "".join(rng.choice(list(ALPHABET), length - 4))


def a_code(text="HC1:TEST", *, px=4, inverted=False, aztec=False):
    """A gray picture of the code with its quiet zone, ``px`` pixels a module."""
    kind = zxingcpp.BarcodeFormat.Aztec if aztec else zxingcpp.BarcodeFormat.QRCodeModel2
    gray = np.array(zxingcpp.write_barcode_to_image(zxingcpp.create_barcode(text, kind), scale=px))
    return 255 - gray if inverted else gray


def a_frame(*placed, width=1280, height=720, seed=1):
    """A BGR frame of soft noise with gray pictures in it: ``(picture, left, top)`` each."""
    rng = np.random.default_rng(seed)
    noise = rng.integers(0, 255, (height, width), dtype=np.uint8)
    gray = cv2.GaussianBlur(noise, (9, 9), 3)
    for picture, left, top in placed:
        gray[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR)


def gray_of(frame):
    return cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)


def a_sticker(text=b"PART ONE", *, index=0, of=2, px=6):
    """One symbol of a structured-append sequence: version 1-L, mask 0, at most 14 bytes."""
    modules = _modules(_codewords(text, index, of))
    quiet = np.pad(modules, 4)
    return np.kron(np.where(quiet, 0, 255).astype(np.uint8), np.ones((px, px), dtype=np.uint8))


def _codewords(text, index, of):
    parity = int(np.bitwise_xor.reduce(np.frombuffer(text, dtype=np.uint8)))
    bits = f"0011{index:04b}{of - 1:04b}{parity:08b}0100{len(text):08b}"
    bits += "".join(f"{byte:08b}" for byte in text) + "0000"
    bits += "0" * (-len(bits) % 8)
    codewords = [int(bits[i : i + 8], 2) for i in range(0, len(bits), 8)]
    codewords += [(0xEC, 0x11)[i % 2] for i in range(19 - len(codewords))]
    return codewords + _error_correction(codewords, 7)


def _times(a, b):
    product = 0
    while b:
        product ^= a * (b & 1)
        a, b = (a << 1) ^ (0x11D * (a >> 7)), b >> 1
    return product


def _error_correction(codewords, count):
    generator, root = [1], 1
    for _ in range(count):
        shifted = [*generator, 0]
        generator = [a ^ _times(b, root) for a, b in zip(shifted, [0, *generator], strict=True)]
        root = _times(root, 2)
    rest = [0] * count
    for codeword in codewords:
        factor = codeword ^ rest[0]
        rest = [a ^ _times(g, factor) for a, g in zip([*rest[1:], 0], generator[1:], strict=True)]
    return rest


def _modules(codewords):
    size = 21
    dark, fixed = np.zeros((size, size), dtype=bool), np.zeros((size, size), dtype=bool)
    finder = np.ones((7, 7), dtype=bool)
    finder[1:6, 1:6] = False
    finder[2:5, 2:5] = True
    for top, left in ((0, 0), (0, 14), (14, 0)):
        dark[top : top + 7, left : left + 7] = finder
    for area in (np.s_[:9, :9], np.s_[:9, 13:], np.s_[13:, :9], np.s_[6, :], np.s_[:, 6]):
        fixed[area] = True
    dark[6, 8:13:2] = dark[8:13:2, 6] = True
    _place_format(dark, "111011111000100")  # level L, mask 0
    _place_bits(dark, fixed, "".join(f"{codeword:08b}" for codeword in codewords))
    return dark


def _place_format(dark, bits):
    around = [(8, c) for c in (0, 1, 2, 3, 4, 5, 7, 8)] + [(r, 8) for r in (7, 5, 4, 3, 2, 1, 0)]
    beside = [(r, 8) for r in range(20, 13, -1)] + [(8, c) for c in range(13, 21)]
    for places in (around, beside):
        for place, bit in zip(places, bits, strict=True):
            dark[place] = bit == "1"
    dark[13, 8] = True


def _place_bits(dark, fixed, bits):
    waiting = iter(bits)
    columns = [20, 18, 16, 14, 12, 10, 8, 5, 3, 1]
    for turn, right in enumerate(columns):
        rows = range(20, -1, -1) if turn % 2 == 0 else range(21)
        for row in rows:
            for column in (right, right - 1):
                if not fixed[row, column]:
                    dark[row, column] = (next(waiting) == "1") ^ ((row + column) % 2 == 0)
