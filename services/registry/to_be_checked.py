"""The short list: plates to be checked and passes revoked by number. Sealed once for each enrolled station.

Published when it changes. Opens the boxes of its own notices, in memory; writes nothing in the clear.
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
    RevokedPass,
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
ON_THE_LIST = frozenset({"to_be_checked", "pass_revoked"})
"""Kinds of notice that may name something which stations get in a box."""


async def publish_short_list(conn: Connection, keys: CentreKeys, by: str, at: datetime) -> bool:
    """From notices and stations as the caller's transaction sees them; False when there is nothing to say."""
    named = _named(await store.newest(conn, "notices"), keys, at)
    entries, revoked = _entries(named), _revoked_passes(named)
    known = [one for one in await store.newest(conn, "lists") if one.list_id == LIST_ID]
    if not entries and not revoked and not known:
        return False
    event_id = derived_id("list", LIST_ID)
    secrets = ToBeCheckedSecrets(record_id=event_id, entries=entries, revoked_passes=revoked)
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


def _named(
    notices: list[NoticePublished], keys: CentreKeys, at: datetime
) -> list[tuple[NoticePublished, NoticeSecrets]]:
    """Notices that are not over, with what is in their boxes; what is to come is there before its time."""
    return [
        (one, keys.opener.open(one.sealed, one.event_id, NoticeSecrets))
        for one in sorted(notices, key=lambda one: str(one.notice_id))
        if one.notice in ON_THE_LIST
        and one.sealed is not None
        and one.state is FactState.IN_FORCE
        and (one.ends_at is None or one.ends_at > at)
    ]


def _entries(named: list[tuple[NoticePublished, NoticeSecrets]]) -> tuple[PlateToCheck, ...]:
    return tuple(
        PlateToCheck(
            plate=secrets.plate,
            reason=secrets.reason,
            document=one.document,
            effective_at=one.effective_at,
            ends_at=one.ends_at,
        )
        for one, secrets in named
        if one.notice == "to_be_checked" and secrets.plate is not None
    )


def _revoked_passes(named: list[tuple[NoticePublished, NoticeSecrets]]) -> tuple[RevokedPass, ...]:
    return tuple(
        RevokedPass(
            pass_number=secrets.pass_number,
            document=one.document,
            effective_at=one.effective_at,
            ends_at=one.ends_at,
        )
        for one, secrets in named
        if one.notice == "pass_revoked" and secrets.pass_number is not None
    )


def _newest_of_each(stations: list[StationEnrolled]) -> list[StationEnrolled]:
    newest: dict[str, StationEnrolled] = {}
    for one in sorted(stations, key=lambda one: one.enrolment):
        newest[one.station_id] = one
    return [one for _, one in sorted(newest.items()) if one.state is FactState.IN_FORCE]
