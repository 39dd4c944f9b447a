"""The page's words, Vietnamese first with English beside it, from one gettext catalogue.

A msgid is the English text, or a code. What is not in the catalogue raises: a visible string that nobody
translated is found by the first test that shows it.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from babel.messages.pofile import read_po
from markupsafe import Markup, escape

from schemas.sentences import OUTCOMES, Sentence, sentence
from schemas.words import Outcome


class NotInCatalogue(LookupError):
    """A visible string without Vietnamese words."""


@cache
def catalogue(language: str) -> dict[str, str]:
    """msgid to words, from ``locale/<language>/LC_MESSAGES/station.po``."""
    path = files(__package__).joinpath(f"locale/{language}/LC_MESSAGES/station.po")
    with path.open("rb") as source:
        entries = read_po(source, locale=language)
    return {str(entry.id): str(entry.string) for entry in entries if entry.id and entry.string}


def words(msgid: str) -> Sentence:
    """Raises NotInCatalogue. English is the msgid itself, but for closed sets and codes."""
    try:
        return Sentence(catalogue("vi")[msgid], catalogue("en").get(msgid, msgid))
    except KeyError:
        raise NotInCatalogue(msgid) from None


def both(msgid: str) -> Markup:
    """Vietnamese with English at once beside it."""
    return beside(words(msgid))


def said(code: str) -> Markup:
    """The sentence of a stable code."""
    known = sentence(code)
    if known.vi == code and code in catalogue("vi"):
        known = words(code)
    return beside(known)


def plain(msgid: str) -> str:
    """For a title or an option, which cannot hold two spans."""
    known = words(msgid)
    return f"{known.vi} · {known.en}"


def outcome_words(outcome: Outcome | str) -> Sentence:
    return OUTCOMES[Outcome(outcome)]


def beside(known: Sentence) -> Markup:
    if known.vi == known.en:
        return escape(known.vi)
    return Markup('<span class="vi">{}</span> <span class="en" lang="en">{}</span>').format(known.vi, known.en)
