"""Whether a signed head of a station's chain agrees with what stands in the chain. Pure.

The HMAC of a record could be made at the centre, whose keys it is derived from; the signature of a head could not.
So a chain that was changed here, or numbers that somebody else wrote in a station's name, do not agree with it.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from schemas.events.base import FIRST_PREVIOUS
from schemas.events.registry import StationEnrolled
from schemas.trust.chain import head_is_right


class HeadState(StrEnum):
    NEW = "new"
    SIGNED = "signed"
    """By the station, and its record is not here yet."""
    RIGHT = "right"
    SIGNATURE_WRONG = "signature_wrong"
    OTHER_RECORD = "other_record"


WRONG = frozenset({HeadState.SIGNATURE_WRONG, HeadState.OTHER_RECORD})


@dataclass(frozen=True)
class Head:
    station_id: str
    enrolment: int
    number: int
    sha256: str
    signature: str
    state: HeadState = HeadState.NEW


def state_of(head: Head, stations: Iterable[StationEnrolled], stands: str | None) -> HeadState:
    """``stands`` is the hash of the record that has this number here; None where none has."""
    if head.state is HeadState.NEW:
        keys = {
            one.signing_key
            for one in stations
            if (one.station_id, one.enrolment) == (head.station_id, head.enrolment)
        }
        if not keys:
            return HeadState.NEW
        if not any(_is_signed(head, key) for key in keys):
            return HeadState.SIGNATURE_WRONG
    stood = FIRST_PREVIOUS if head.number == 0 else stands
    if stood is None:
        return HeadState.SIGNED
    return HeadState.RIGHT if stood == head.sha256 else HeadState.OTHER_RECORD


def _is_signed(head: Head, key: str) -> bool:
    return head_is_right(b64decode(key), head.station_id, head.enrolment, head.number, head.sha256, head.signature)
