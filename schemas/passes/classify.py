"""What kind of code a text is, by its grammar alone. Believes nothing in it and looks nothing up."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from schemas.passes.kinds import PassKind

GREEN_LANE_HOST = "drvn.gov.vn"
_OLDER_GREEN_LANE_HOST = "api.anvui.vn"
_OLDER_GREEN_LANE_PATH = re.compile(r"/vt/detail-form/([^/]+)/?")
_TOKEN_PARAMETER = re.compile(r"[?&]token=([^&#]*)", re.IGNORECASE)
_TOKEN = re.compile(r"[\w.~+/=:-]{8,300}", re.ASCII)

_SIGNED = re.compile(r"(?P<family>HC|CX)\d:", re.IGNORECASE)
# Masked or not, 12 digits or the old 9; a date with dashes and 0 or 1 tell it from a citizen card.
_NATIONAL_QR = re.compile(r"[\d*]{9,12}\|[^|]*\|\d{4}-\d{2}-\d{2}\|[01](\||$)", re.ASCII)
_CITIZEN_CARD = re.compile(r"\d{12}\|", re.ASCII)
_HEALTH_INSURANCE = re.compile(r"([A-Z]{2}\d{13}|\d{10})\|[0-9a-fA-F]{2,}\|", re.ASCII)
_PROVINCIAL_DECLARATION = re.compile(r"TKVT_[\w-]{1,100}", re.ASCII)

_DECLARATION_HOSTS = frozenset({"suckhoe.dancuquocgia.gov.vn", "vneid.gov.vn"})
_PLACE_HOSTS = frozenset({"qr.tokhaiyte.vn"})
_OTHER_HOSTS = {
    GREEN_LANE_HOST: "drvn.gov.vn",
    "anvui.vn": "anvui.vn",
    "tokhaiyte.vn": "tokhaiyte.vn",
    "pccovid.gov.vn": "PC-Covid",
    "bluezone.gov.vn": "Bluezone",
    "bluezone.vn": "Bluezone",
    "tiemchungcovid19.gov.vn": "tiemchungcovid19.gov.vn",
    "zalo.me": "Zalo",
    "momo.vn": "MoMo",
    "facebook.com": "Facebook",
    "youtube.com": "YouTube",
}
_OTHER_STARTS = {
    "000201": "VietQR",
    "shc:/": "SMART Health Card",
    "WIFI:": "Wi-Fi",
    "BEGIN:VCARD": "vCard",
    "MECARD:": "MeCard",
    "SMSTO:": "SMS",
    "tel:": "telephone",
    "mailto:": "e-mail",
    "geo:": "map",
}


@dataclass(frozen=True, slots=True)
class Recognised:
    """``other_app`` names the app or card where the kind alone does not; ``token`` is as secret as a password."""

    kind: PassKind
    other_app: str | None = None
    token: str | None = None


def classify(text: str) -> PassKind:
    """What kind of code this is."""
    return recognise(text).kind


def recognise(text: str) -> Recognised:
    """The same, with what the grammar already gives: which other app, or the token of a card."""
    signed = _SIGNED.match(text)
    if signed:
        is_health = signed["family"].upper() == "HC"
        return Recognised(PassKind.HEALTH_PASS if is_health else PassKind.GREEN_LANE_PASS)
    trimmed = text.strip()
    return _by_fields(trimmed) or _by_address(trimmed) or _by_start(trimmed) or Recognised(PassKind.UNKNOWN)


def _by_fields(text: str) -> Recognised | None:
    if _NATIONAL_QR.match(text):
        return Recognised(PassKind.NATIONAL_QR)
    if _CITIZEN_CARD.match(text):
        return Recognised(PassKind.CITIZEN_CARD)
    if _HEALTH_INSURANCE.match(text):
        return Recognised(PassKind.HEALTH_INSURANCE)
    if _PROVINCIAL_DECLARATION.fullmatch(text):
        return Recognised(PassKind.DECLARATION)
    return None


def _by_address(text: str) -> Recognised | None:
    if not text[:8].lower().startswith(("http://", "https://")):
        return None
    try:
        url = urlsplit(text)
        host = (url.hostname or "").removesuffix(".")
    except ValueError:
        return None
    if "@" in url.netloc:
        # https://drvn.gov.vn@elsewhere.example is an address elsewhere, made to be misread.
        return None
    token = _card_token(url, host)
    if token is not None:
        return Recognised(PassKind.GREEN_LANE_CARD, token=token)
    if _is_under(host, _DECLARATION_HOSTS):
        return Recognised(PassKind.DECLARATION)
    if _is_under(host, _PLACE_HOSTS):
        return Recognised(PassKind.PLACE_QR, other_app="tokhaiyte.vn")
    for known, name in _OTHER_HOSTS.items():
        if _is_under(host, {known}):
            return Recognised(PassKind.OTHER_APP, other_app=name)
    return None


def _by_start(text: str) -> Recognised | None:
    for start, name in _OTHER_STARTS.items():
        if text.startswith(start):
            return Recognised(PassKind.OTHER_APP, other_app=name)
    return None


def _card_token(url: SplitResult, host: str) -> str | None:
    """The token of a national green-lane card, in its own or in its older address."""
    if _is_under(host, {GREEN_LANE_HOST}):
        stated = _TOKEN_PARAMETER.search("?" + url.query) or _TOKEN_PARAMETER.search(url.fragment)
        return _proper(unquote(stated[1])) if stated else None
    older = _OLDER_GREEN_LANE_PATH.fullmatch(url.path) if host == _OLDER_GREEN_LANE_HOST else None
    return _proper(unquote(older[1])) if older else None


def _proper(token: str) -> str | None:
    return token if _TOKEN.fullmatch(token) else None


def _is_under(host: str, known: frozenset[str] | set[str]) -> bool:
    """Whether ``host`` is one of ``known`` or below it. ``drvn.gov.vn.example.org`` is not."""
    return any(host == name or host.endswith("." + name) for name in known)
