"""Why a record is a dead letter. Stable codes: they are stored, shown and counted."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Beside these stand the codes of ``schemas.topics.Unreadable`` and ``schemas.trust.sealing.BoxRefused``."""

    MAC_WRONG = "MAC_WRONG"
    """Not written by the station that it names, or changed on the way."""
    SIGNATURE_WRONG = "SIGNATURE_WRONG"
    STATION_UNKNOWN = "STATION_UNKNOWN"
    STATION_REVOKED = "STATION_REVOKED"
    STATION_OF_OTHER_POST = "STATION_OF_OTHER_POST"
    NUMBER_REPEATED = "NUMBER_REPEATED"
    """The station used this number before, with other content."""
    CHAIN_BROKEN = "CHAIN_BROKEN"
    """The fact was taken (its HMAC is right); its link to the neighbour is wrong, and somebody must ask why."""
    TIME_IN_FUTURE = "TIME_IN_FUTURE"
    TIME_PAST_RETENTION = "TIME_PAST_RETENTION"
    """It happened before everything that is still kept, so it cannot be told whether it was here already."""
    CONFLICT = "CONFLICT"
    """The same fact and revision with other content; what came first counts until a person decides."""
    REVISION_OLDER = "REVISION_OLDER"
    """Signed, and older than what we have: somebody may be playing an old list back."""
    CROSSING_OF_OTHER_STATION = "CROSSING_OF_OTHER_STATION"
    OUR_FAULT = "OUR_FAULT"
    """It ended the process again and again. A bug of ours; the record is kept."""
