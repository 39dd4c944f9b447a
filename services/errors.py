"""What goes wrong between us and whoever asks. Each knows its HTTP status, and says what to do in two languages.

    ServiceError                  the one who asks can do something about it
    ├── NotLoggedIn       401     no session, no key, or not any more
    ├── NotAllowed        403     known, but not for this
    ├── NotFound          404
    ├── Conflict          409     somebody was faster, or it is not so any more
    ├── NotValid          422     fields are wrong; says which and how, never what stood there
    ├── TooManyTries      429
    └── CannotIssue       503     no issuer's key is set up here; the rest works

Anything else that is raised is our fault (500), or the world's (503: database away).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FieldError:
    field: str
    code: str
    vi: str
    en: str


class ServiceError(Exception):
    status = 400

    def __init__(self, code: str, vi: str, en: str, *, fields: tuple[FieldError, ...] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.vi = vi
        self.en = en
        self.fields = fields


class NotLoggedIn(ServiceError):
    status = 401

    def __init__(self) -> None:
        super().__init__(
            "NOT_LOGGED_IN", "Chưa đăng nhập, hoặc phiên đã hết hạn.", "Not logged in, or the session has ended."
        )


class NotAllowed(ServiceError):
    status = 403

    def __init__(self, code: str = "NOT_ALLOWED") -> None:
        super().__init__(code, "Tài khoản này không được làm việc này.", "This account is not allowed to do this.")


class NotFound(ServiceError):
    status = 404

    def __init__(self) -> None:
        super().__init__("NOT_FOUND", "Không tìm thấy.", "Not found.")


class Conflict(ServiceError):
    status = 409


class NotValid(ServiceError):
    status = 422

    def __init__(self, *fields: FieldError) -> None:
        super().__init__(
            "REQUEST_NOT_VALID",
            "Nội dung gửi lên chưa đúng; xem từng mục.",
            "What was sent is not right; see each field.",
            fields=fields,
        )


class TooManyTries(ServiceError):
    status = 429

    def __init__(self) -> None:
        super().__init__(
            "TOO_MANY_TRIES",
            "Nhập sai nhiều lần. Chờ 15 phút rồi thử lại.",
            "Too many wrong tries. Wait 15 minutes and try again.",
        )


class CannotIssue(ServiceError):
    status = 503

    def __init__(self, vi: str, en: str) -> None:
        super().__init__("CANNOT_ISSUE", vi, en)
