"""Base45 (RFC 9285), strict: what does not decode to exactly one run of bytes is refused."""

from __future__ import annotations

from itertools import zip_longest
from struct import error as StructError
from struct import pack

ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

_REFUSED = 0xFF
_VALUES = bytes(ALPHABET.index(letter) if letter in ALPHABET else _REFUSED for letter in range(256))


class Base45Broken(ValueError):
    """A letter outside the alphabet, a wrong length, or a group above its range."""


def decode(text: str) -> bytes:
    """Bytes of ``text``. Raises Base45Broken."""
    try:
        values = text.encode("ascii").translate(_VALUES)
    except UnicodeEncodeError:
        raise Base45Broken("a letter outside the alphabet") from None
    if _REFUSED in values:
        raise Base45Broken("a letter outside the alphabet")

    whole = len(values) // 3 * 3
    tail = values[whole:]
    groups = [
        low + 45 * middle + 2025 * high
        for low, middle, high in zip(values[0:whole:3], values[1:whole:3], values[2:whole:3], strict=True)
    ]
    try:
        # "more than 65535 ... MUST be rejected": pack refuses what two bytes do not hold.
        return pack(f">{len(groups)}H", *groups) + _last_byte(tail)
    except StructError:
        raise Base45Broken("a group above its range") from None


def _last_byte(tail: bytes) -> bytes:
    match len(tail):
        case 0:
            return b""
        case 1:
            raise Base45Broken("a wrong length")
        case _:
            return pack(">B", tail[0] + 45 * tail[1])


def encode(plain: bytes) -> str:
    letters = bytearray()
    for high, low in zip_longest(plain[0::2], plain[1::2]):
        number, places = (high, 2) if low is None else (high * 256 + low, 3)
        for _ in range(places):
            number, value = divmod(number, 45)
            letters.append(ALPHABET[value])
    return letters.decode("ascii")
