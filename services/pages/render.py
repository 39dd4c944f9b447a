"""Templates into answers: words in both languages, local times, who is logged in. Knows no table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from schemas.bounded import instant_text
from schemas.units import Units
from services.accounts.caller import Caller
from services.accounts.rights import Right
from services.pages.texts import both, pair, plain
from services.pages.words import local_text, outcome_words, words

NAVIGATION = (
    ("/alerts", "Cảnh báo", Right.ALERTS_READ),
    ("/duty-roster", "Danh sách trực", Right.ROSTER),
    ("/shares", "Tỷ lệ lợi dụng luồng xanh", Right.SHARES),
    ("/inspections", "Kiểm tra ngẫu nhiên", Right.SHARES),
    ("/queue", "Hàng đợi cách ly", Right.QUEUE_READ),
    ("/policies", "Quy định", Right.POLICIES),
    ("/notices", "Thông báo", Right.NOTICES),
    ("/whatif", "Chạy thử quy định", Right.WHATIF),
    ("/replay", "Chạy lại", Right.REPLAY),
    ("/zones", "Cấp độ dịch", Right.ZONES),
    ("/dead-letters", "Bản ghi không nhận được", Right.DESK_READ),
    ("/self-checks", "Hệ thống tự kiểm tra", Right.DESK_READ),
    ("/desk", "Theo dõi hệ thống", Right.DESK_READ),
)

OWN_FILES = ("page.css", "page.js", "queue.js", "alerts.js", "dead_letters.js", "icon.svg")
TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}


class FrontEndMissing(Exception):
    """A library that pages are served with is not where set-up lays it; the text says which."""


class Pages:
    """Reads every template's surroundings and every static file once, at the start."""

    def __init__(self, front_end: Path) -> None:
        self.files: Mapping[str, bytes] = _static_files(front_end)
        self._jinja = Environment(
            loader=PackageLoader("services.pages"),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._jinja.globals.update(
            t=both,
            plain=plain,
            said=said,
            outcome=outcome,
            evidence=evidence,
            said_plain=said_plain,
            post=post,
            two=pair,
            unit_name=unit_name,
        )
        self._jinja.filters["when"] = when

    def text(self, template: str, **context: Any) -> str:
        return self._jinja.get_template(template).render(**context)

    def page(
        self, request: Request, template: str, caller: Caller | None, *, status: int = 200, **context: Any
    ) -> HTMLResponse:
        """A whole page, or a part of one where the template is a part."""
        html = self.text(
            template,
            caller=caller,
            csrf=caller.csrf if caller else "",
            here=request.url.path,
            navigation=[(href, name) for href, name, right in NAVIGATION if caller and caller.may(right)],
            **context,
        )
        return HTMLResponse(html, status_code=status)


def said(code: str) -> Markup:
    found = words(code)
    return pair(found.vi, found.en)


def said_plain(code: str) -> str:
    found = words(code)
    return found.vi if found.vi == found.en else f"{found.vi} · {found.en}"


def outcome(code: str) -> Markup:
    found = outcome_words(code)
    return pair(found.vi, found.en)


def evidence(item: dict[str, Any]) -> Markup:
    """As the alert's view has said it."""
    return pair(item["vi"], item["en"])


def post(post_id: str, names: Mapping[str, str]) -> str:
    """A post's name; its id until the name is known."""
    return names.get(post_id, post_id)


def unit_name(code: str | None, units: Units) -> str:
    """A unit's name with the one that it lies in; its code until the name is known."""
    if code is None:
        return "–"
    names = [units.name_of(one) for one in units.chain(code)][:2]
    return ", ".join(name for name in names if name) or code


def when(at: datetime | str | None) -> Markup:
    """Local time to read, the exact instant in the title."""
    if at is None:
        return Markup("–")
    instant = datetime.fromisoformat(at) if isinstance(at, str) else at
    exact = instant_text(instant)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(exact, exact, local_text(instant))


def is_part(request: Request) -> bool:
    """Whether htmx asks for a part of a page."""
    return request.headers.get("hx-request") == "true"


def _static_files(front_end: Path) -> dict[str, bytes]:
    own = files("services.pages") / "static"
    found = {name: (own / name).read_bytes() for name in OWN_FILES}
    found["tokens.css"] = (files("schemas") / "look" / "tokens.css").read_bytes()
    library = front_end / "node_modules" / "htmx.org" / "dist" / "htmx.min.js"
    try:
        found["htmx.min.js"] = library.read_bytes()
    except OSError:
        raise FrontEndMissing(f"htmx is not at {library}; deploy/up lays it there") from None
    return found
