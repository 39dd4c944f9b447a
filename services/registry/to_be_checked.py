"""The short list of plates to be checked: sealed once for each enrolled station, and published when it changes.

Opens the boxes of its own notices, in memory; writes nothing in the clear.
"""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Literal

from schemas.canonical import canonical
from schemas.events.registry import (
    ListPublished,
    NoticePublished,
    NoticeSecrets,
    PlateToCheck,
    StationEnrolled,
    ToBeCheckedSecrets,
)
from schemas.ids import derived_id
from schemas.trust.sealing import Sealer
from schemas.words import FactState
from services.database.connection import Connection
from services.keys import CentreKeys
from services.registry import store
from services.registry.store import Entry

LIST_ID: Literal["to-be-checked"] = "to-be-checked"


async def publish_short_list(conn: Connection, keys: CentreKeys, by: str, at: datetime) -> bool:
    """From notices and stations as the caller's transaction sees them; False when there is nothing to say."""
    entries = _entries(await store.newest(conn, "notices"), keys, at)
    known = [one for one in await store.newest(conn, "lists") if one.list_id == LIST_ID]
    if not entries and not known:
        return False
    event_id = derived_id("list", LIST_ID)
    secrets = ToBeCheckedSecrets(record_id=event_id, entries=entries)
    event = ListPublished(
        event_id=event_id,
        occurred_at=at,
        revision=known[0].revision + 1 if known else 1,
        list_id=LIST_ID,
        to_be_checked={
            station.station_id: Sealer(station.sealing_key_id, base64.b64decode(station.sealing_key)).seal(secrets)
            for station in _newest_of_each(await store.newest(conn, "stations"))
        },
    )
    return await store.publish(conn, Entry(event, keys.content_mac(canonical(secrets))), by, at)


def _entries(notices: list[NoticePublished], keys: CentreKeys, at: datetime) -> tuple[PlateToCheck, ...]:
    """Of notices that are not over; what is to come is there before its time."""
    found = []
    for one in sorted(notices, key=lambda one: str(one.notice_id)):
        over = one.state is not FactState.IN_FORCE or (one.ends_at is not None and one.ends_at <= at)
        if one.notice != "to_be_checked" or over or one.sealed is None:
            continue
        secrets = keys.opener.open(one.sealed, one.event_id, NoticeSecrets)
        if secrets.plate is not None:
            found.append(
                PlateToCheck(
                    plate=secrets.plate,
                    reason=secrets.reason,
                    document=one.document,
                    effective_at=one.effective_at,
                    ends_at=one.ends_at,
                )
            )
    return tuple(found)


def _newest_of_each(stations: list[StationEnrolled]) -> list[StationEnrolled]:
    newest: dict[str, StationEnrolled] = {}
    for one in sorted(stations, key=lambda one: one.enrolment):
        newest[one.station_id] = one
    return [one for _, one in sorted(newest.items()) if one.state is FactState.IN_FORCE]
