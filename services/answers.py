"""How errors are answered: JSON to machines, a page to people, a part to htmx. Never says what was sent.

A bug is logged by its type and place alone: messages of libraries repeat the values they choked on.
"""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.database.connection import is_worth_again
from services.errors import FieldError, NotFound, NotLoggedIn, NotValid, ServiceError
from services.pages.render import is_part
from services.registry.bodies import words_of

log = logging.getLogger(__name__)

HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


class Away(ServiceError):
    status = 503

    def __init__(self) -> None:
        super().__init__(
            "DATABASE_AWAY",
            "Cơ sở dữ liệu đang mất kết nối, chưa ghi gì. Thử lại sau ít phút.",
            "The database is out of reach and nothing was recorded. Try again in a few minutes.",
        )


class OurFault(ServiceError):
    status = 500

    def __init__(self) -> None:
        super().__init__(
            "OUR_FAULT",
            "Hệ thống gặp lỗi, chưa ghi gì. Báo bộ phận hỗ trợ số bên dưới.",
            "The system has failed and nothing was recorded. Tell the help desk the number below.",
        )


def answer_errors(app: FastAPI) -> None:
    """Teach ``app`` all of the below."""
    app.add_exception_handler(ServiceError, _service_error)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _bug)


async def _service_error(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, ServiceError)
    return _answer(request, exc)


async def _validation(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, RequestValidationError)
    return _answer(request, NotValid(*(_field(error) for error in exc.errors()[:50])))


def _field(error: dict[str, Any]) -> FieldError:
    """Of an address or a form: the names are ours."""
    name = ".".join(str(part) for part in error["loc"][1:2])
    vi, en = words_of(error["type"])
    return FieldError(name, error["type"], vi, en)


async def _http(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, HTTPException)
    if exc.status_code == 404:
        return _answer(request, NotFound())
    error = ServiceError("HTTP_ERROR", "Yêu cầu không thực hiện được.", "The request cannot be carried out.")
    return _answer(request, error, status=exc.status_code)


async def _bug(request: Request, exc: Exception) -> Response:
    if is_worth_again(exc):
        return _answer(request, Away())
    number = _number()
    log_bug(exc, number)
    return _answer(request, OurFault(), number=number)


def log_bug(exc: BaseException, number: str = "") -> None:
    """The exception's kind and places; its message could quote what a person typed."""
    places = "".join(traceback.format_tb(exc.__traceback__))
    log.error("a bug", extra={"number": number or None, "error": type(exc).__name__, "traceback": places})


def _number() -> str:
    """To read to the help desk; stands in the log."""
    return secrets.token_hex(4).upper()


def _answer(request: Request, exc: ServiceError, *, status: int | None = None, number: str = "") -> Response:
    status, number = status or exc.status, number or _number()
    if number and status >= 500:
        log.warning("answered with an error", extra={"status": status, "number": number, "code": exc.code})
    if request.url.path.startswith("/v1/"):
        return JSONResponse(_as_json(exc, number), status_code=status)
    if is_part(request):
        return _as_part(request, exc, status, number)
    if "html" not in request.headers.get("accept", "html"):
        return JSONResponse(_as_json(exc, number), status_code=status)
    if isinstance(exc, NotLoggedIn):
        return RedirectResponse("/login", status_code=303)
    pages = request.app.state.centre.pages
    answer: HTMLResponse = pages.page(request, "error.html", None, status=status, error=exc, number=number)
    return answer


def _as_json(exc: ServiceError, number: str) -> dict[str, Any]:
    return {
        "error": exc.code,
        "vi": exc.vi,
        "en": exc.en,
        "number": number,
        "fields": [field.__dict__ for field in exc.fields],
    }


def _as_part(request: Request, exc: ServiceError, status: int, number: str) -> Response:
    """Beside what caused it, where the page has a place for it."""
    if isinstance(exc, NotLoggedIn):
        return Response(status_code=204, headers={"HX-Redirect": "/login"})
    pages = request.app.state.centre.pages
    answer: HTMLResponse = pages.page(request, "parts/problem.html", None, status=status, error=exc, number=number)
    thing = next(iter(request.path_params.values()), "page")
    answer.headers["HX-Retarget"] = f"#problem-{thing}"
    answer.headers["HX-Reswap"] = "innerHTML"
    return answer


class SafeHeaders:
    """On every answer: nothing from outside, nothing inline, and no page with people in it kept by a browser."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message["headers"])
                names = {name.lower() for name, _ in given}
                kept = [] if b"cache-control" in names else [(b"cache-control", b"no-store")]
                message["headers"] = [*given, *HEADERS, *kept]
            await send(message)

        await self._app(scope, receive, send_with_headers)


def quiet(app: ASGIApp) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """The outermost shell: a bug was answered and logged within, and is not told to the server's own log again."""

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        try:
            await app(scope, receive, send)
        except Exception as exc:
            log.debug("was answered: %s", type(exc).__name__)

    return call
