"""Base45 (RFC 9285), strict: what does not decode to exactly one run of bytes is refused."""

from __future__ import annotations

from itertools import zip_longest

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
    return _groups(values[:whole]) + _last_byte(values[whole:])


def _groups(values: bytes) -> bytes:
    """Three letters make two bytes; all of them at once, as four-byte places of one large number each."""
    low, middle, high = (_spread(values[place::3]) for place in range(3))
    places = (low + 45 * middle + 2025 * high).to_bytes(len(values) // 3 * 4, "big")
    # "more than 65535 ... MUST be rejected"; the most that three letters make is 91,124.
    if places[1::4].strip(b"\0"):
        raise Base45Broken("a group above its range")
    decoded = bytearray(len(places) // 2)
    decoded[0::2], decoded[1::2] = places[2::4], places[3::4]
    return bytes(decoded)


def _spread(values: bytes) -> int:
    spread = bytearray(4 * len(values))
    spread[3::4] = values
    return int.from_bytes(spread, "big")


def _last_byte(tail: bytes) -> bytes:
    match len(tail):
        case 0:
            return b""
        case 1:
            raise Base45Broken("a wrong length")
        case _:
            last = tail[0] + 45 * tail[1]
            if last > 0xFF:
                raise Base45Broken("a group above its range")
            return bytes([last])


def encode(plain: bytes) -> str:
    letters = bytearray()
    for high, low in zip_longest(plain[0::2], plain[1::2]):
        number, places = (high, 2) if low is None else (high * 256 + low, 3)
        for _ in range(places):
            number, value = divmod(number, 45)
            letters.append(ALPHABET[value])
    return letters.decode("ascii")
