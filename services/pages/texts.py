"""One catalogue for both languages: the Vietnamese text is the key, the English stands beside it.

Reads the ``.po`` file with Babel; no compiled catalogue is kept.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from babel.messages.pofile import read_po
from markupsafe import Markup, escape

CATALOGUE = files("services.pages") / "locale" / "en" / "LC_MESSAGES" / "messages.po"


@cache
def catalogue() -> dict[str, str]:
    """Vietnamese to English."""
    with CATALOGUE.open("rb") as file:
        messages = read_po(file, locale="en")
    return {str(message.id): str(message.string) for message in messages if message.id and message.string}


def english(vietnamese: str) -> str:
    """The same in English; itself where nobody translated it yet, which a test refuses."""
    return catalogue().get(vietnamese, vietnamese)


def both(vietnamese: str, **facts: object) -> Markup:
    """Both languages, marked as such for screen readers and for styling."""
    return pair(vietnamese.format(**facts), english(vietnamese).format(**facts))


def pair(vietnamese: str, in_english: str) -> Markup:
    vi, en = escape(vietnamese), escape(in_english)
    if vi == en:
        return Markup('<span class="vi">{}</span>').format(vi)
    return Markup('<span class="vi">{}</span> <span class="en" lang="en">{}</span>').format(vi, en)


def plain(vietnamese: str, **facts: object) -> str:
    """Both languages where no markup can stand: options, titles, labels."""
    return f"{vietnamese.format(**facts)} · {english(vietnamese).format(**facts)}"
