"""Notices for the page: what a form says of one, which stand, and how one ends. Pure; opens no box.

A form makes notices about places only: what names a vehicle or a pass comes by the API of whoever keeps those.
Any notice can be ended, since its box is kept as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from schemas.events.registry import NoticePublished
from schemas.words import FactState
from services.errors import FieldError, NotValid
from services.pages.words import LOCAL
from services.registry.bodies import words_of
from services.registry.requests import NoticeSent

_SENT: TypeAdapter[NoticeSent] = TypeAdapter(NoticeSent)

KINDS_MADE_HERE = ("road_closed", "post_closed", "change_of_driver")


@dataclass(frozen=True)
class NoticeForm:
    """As it was typed. Times without a zone are local; an empty beginning is now, an empty end is until told."""

    notice_id: str
    notice: str
    post_id: str = ""
    other_post_id: str = ""
    road: str = ""
    document: str = ""
    issuer: str = ""
    effective_at: str = ""
    ends_at: str = ""


class Standing(StrEnum):
    IN_FORCE = "notice-in-force"
    TO_COME = "notice-to-come"
    OVER = "notice-over"
    WITHDRAWN = "notice-withdrawn"


def sent_by_form(form: NoticeForm, posts: Iterable[str], now: datetime) -> NoticeSent:
    """Raises NotValid with each field that is wrong."""
    if form.notice not in KINDS_MADE_HERE:
        raise NotValid(_field("notice", "literal_error"))
    typed = {one.name: getattr(form, one.name).strip() for one in fields(form)}
    said: dict[str, Any] = {name: text for name, text in typed.items() if text}
    wrong = [*_empty(typed), *_unknown_posts(said, set(posts))]
    for name in ("effective_at", "ends_at"):
        if name in said:
            try:
                said[name] = _local(said[name])
            except ValueError:
                wrong.append(_field(name, "datetime"))
    if wrong:
        raise NotValid(*wrong)
    said.setdefault("effective_at", now)
    if "ends_at" in said and said["ends_at"] <= said["effective_at"]:
        raise NotValid(FieldError("ends_at", "not_after", "phải sau lúc bắt đầu", "is after the beginning"))
    try:
        return _SENT.validate_python(said)
    except ValidationError as exc:
        errors = exc.errors(include_url=False, include_context=False, include_input=False)
        raise NotValid(*(_of_the_form(error) for error in errors)) from None


def standing(notice: NoticePublished, now: datetime) -> Standing:
    if notice.state is not FactState.IN_FORCE:
        return Standing.WITHDRAWN
    if notice.ends_at is not None and notice.ends_at <= now:
        return Standing.OVER
    return Standing.TO_COME if notice.effective_at > now else Standing.IN_FORCE


def ended(notice: NoticePublished, now: datetime) -> NoticePublished:
    """Its next revision: over from now on. What has not begun is withdrawn; it never was in force."""
    if notice.effective_at >= now:
        return withdrawn(notice, now)
    return _changed(notice, now, ends_at=now)


def withdrawn(notice: NoticePublished, now: datetime) -> NoticePublished:
    """Its next revision: it was a mistake and never counted; what was judged by it is judged again."""
    return _changed(notice, now, state=FactState.WITHDRAWN)


def _changed(notice: NoticePublished, now: datetime, **changes: Any) -> NoticePublished:
    said = dict(notice) | {"revision": notice.revision + 1, "occurred_at": now} | changes
    return NoticePublished.model_validate(said)


def in_order(notices: Iterable[NoticePublished], now: datetime) -> list[tuple[Standing, NoticePublished]]:
    """What stands first, then what is to come, then what is over; the newest of each first."""
    order = list(Standing)
    found = [(standing(one, now), one) for one in notices]
    newest_first = sorted(found, key=lambda pair: (pair[1].effective_at, str(pair[1].notice_id)), reverse=True)
    return sorted(newest_first, key=lambda pair: order.index(pair[0]))


def one_of(notices: Iterable[NoticePublished], notice_id: UUID) -> NoticePublished | None:
    return next((one for one in notices if one.notice_id == notice_id), None)


def _empty(typed: dict[str, str]) -> list[FieldError]:
    wanted = ["post_id", "document", "issuer"]
    if typed["notice"] == "road_closed":
        wanted += ["other_post_id", "road"]
    return [_field(name, "missing") for name in wanted if not typed[name]]


def _unknown_posts(said: dict[str, Any], posts: set[str]) -> list[FieldError]:
    return [
        FieldError(name, "unknown", "chưa có chốt này", "there is no such post yet")
        for name in ("post_id", "other_post_id")
        if name in said and said[name] not in posts
    ]


def _local(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=LOCAL) if at.tzinfo is None else at


def _of_the_form(error: Any) -> FieldError:
    if error["type"] == "value_error":
        return FieldError(
            "other_post_id",
            "same_post",
            "chọn một chốt khác với đầu kia",
            "choose another post than the first end",
        )
    return _field(".".join(str(part) for part in error["loc"]), error["type"])


def _field(name: str, code: str) -> FieldError:
    vi, en = words_of(code)
    return FieldError(name, code, vi, en)
