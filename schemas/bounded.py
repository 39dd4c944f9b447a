"""Wire types bounded as PostgreSQL is: no NUL, 64-bit integers, lengths, times within 2020 to 2100.

What passes here can be stored. Nothing here says what a value means.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer

EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)


class Wire(BaseModel):
    """What travels between programs: frozen, and silent about its input when it is wrong."""

    model_config = ConfigDict(
        frozen=True,
        # An older reader lives with a newer writer. What people send us is read with extra="forbid".
        extra="ignore",
        hide_input_in_errors=True,
        ser_json_bytes="base64",
        val_json_bytes="base64",
    )


def _storable(text: str) -> str:
    """Refuse NUL, lone surrogates and other control characters, which a screen or a database chokes on."""
    if text.isprintable():  # nearly every text; none of the refused characters is printable
        return text
    for letter in text:
        code = ord(letter)
        if (code < 0x20 and letter not in "\n\t") or code == 0x7F or 0xD800 <= code <= 0xDFFF:
            raise ValueError("a control character is not allowed")
    return text


def _instant(at: datetime) -> datetime:
    """Normalise to UTC with millisecond precision, inside 2020 to 2100."""
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    if not EARLIEST.year <= at.year < LATEST.year:
        raise ValueError("outside 2020 to 2100")
    more = at.microsecond % 1000
    return at.replace(microsecond=at.microsecond - more) if more else at


def instant_text(at: datetime) -> str:
    """The one way an instant is written: ``2021-10-06T07:30:00.000Z``."""
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    # As msgspec writes it, with six digits behind the second or with none, in a tenth of the time of isoformat.
    text = _ENCODER.encode(at).decode()[1:-2]
    return f"{text[:_TO_THE_MILLISECOND]}Z" if len(text) > _TO_THE_SECOND else f"{text}.000Z"


_ENCODER = msgspec.json.Encoder()
_TO_THE_SECOND, _TO_THE_MILLISECOND = len("2021-10-06T07:30:00"), len("2021-10-06T07:30:00.000")


Instant = Annotated[
    AwareDatetime,
    Field(strict=True),
    AfterValidator(_instant),
    PlainSerializer(instant_text, return_type=str, when_used="json"),
]
"""An instant in UTC, to the millisecond."""

Text40 = Annotated[str, Field(min_length=1, max_length=40), AfterValidator(_storable)]
Text100 = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_storable)]
Text300 = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_storable)]
Text2000 = Annotated[str, Field(max_length=2000), AfterValidator(_storable)]

Code = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,59}$")]
"""A stable code of a code list: ``GL07``, ``PASS_EXPIRED``."""

Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]
"""A name that stands in topics and addresses: ``rach-mieu``."""

PostId = Slug


def _nobodys_number(text: str) -> str:
    """A citizen's number has 12 digits, an old one 9: a household's business may be registered under it."""
    if text.isdigit() and len(text) in (9, 12):
        raise ValueError("a person's number is no carrier's id")
    return text


CarrierId = Annotated[Slug, AfterValidator(_nobodys_number)]
"""A carrier's registration code, as an id that may stand in the clear; its name never does."""

StationId = Slug
Ref = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""A keyed hash in hexadecimal (TRUST.md, refs)."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
KeyId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:+/=-]+$")]
Base64 = Annotated[str, Field(min_length=1, max_length=4_194_304, pattern=r"^[A-Za-z0-9+/]+={0,2}$")]

Int64 = Annotated[int, Field(ge=-(2**63), le=2**63 - 1, strict=True)]
Natural = Annotated[int, Field(ge=0, le=2**63 - 1, strict=True)]
Positive = Annotated[int, Field(ge=1, le=2**63 - 1, strict=True)]
SmallCount = Annotated[int, Field(ge=0, le=10_000, strict=True)]
Revision = Annotated[int, Field(ge=1, le=2**31 - 1, strict=True)]


def _bounded_span(span: timedelta) -> timedelta:
    if not timedelta(0) <= span <= timedelta(days=36_500):
        raise ValueError("a span is between 0 and 100 years")
    return span


Span = Annotated[timedelta, AfterValidator(_bounded_span)]
"""A length of time, ISO 8601 on the wire (``PT72H``)."""

EventId = UUID
