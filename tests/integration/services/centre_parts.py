"""A centre over a real database, with keys of its own, and builders of what the judge sends."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from nacl.public import PrivateKey

from schemas.canonical import canonical
from schemas.events.base import Event, SealedBox, Trust
from schemas.events.verdict import (
    DecisionCounted,
    EvidenceItem,
    Finding,
    FindingSecrets,
    Recall,
    RecallSecrets,
    Referral,
    ReferralSecrets,
)
from schemas.topics import Topic, encode
from schemas.trust.chain import MAC_HEADER, record_mac
from schemas.trust.sealing import Opener, Sealer
from schemas.trust.signing import SIGNATURE_HEADER, CentreSigner, CentreVerifier
from schemas.words import Direction, FindingClass, Outcome, Severity, VehicleClass
from services.accounts.create import create_key, create_user
from services.app import make_app
from services.centre import Centre
from services.database.connection import connect, open_pool
from services.database.listening import Bells
from services.database.migrate import migrate
from services.feed.live import Live
from services.intake.batch import Batches
from services.intake.records import Record
from services.keys import CentreKeys
from services.pages.render import Pages
from services.registry.names import PostNames
from tests.builders import NOON, an_id

PLATE = "71C-123.45"
NAME = "Nguyễn Văn Thử"
TELEPHONE = "0900000001"


class ClockAt:
    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def now(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at


class NoKafka:
    """Stands where topics are made, for tests without a broker."""

    async def make_for_post(self, post_id: str) -> list[str]:
        return []


def made_up_keys() -> CentreKeys:
    sealing, signing = PrivateKey.generate(), os.urandom(32)
    signer = CentreSigner(signing)
    public = signer._key.public_key().public_bytes_raw()
    return CentreKeys(
        opener=Opener({"k1": bytes(sealing)}),
        sealer=Sealer("k1", bytes(sealing.public_key)),
        signer=signer,
        verifier=CentreVerifier(public),
        master=os.urandom(32),
    )


def a_front_end(folder: Path) -> Path:
    """Where set-up would lay the libraries; empty, since no browser runs here."""
    library = folder / "node_modules" / "htmx.org" / "dist"
    library.mkdir(parents=True)
    (library / "htmx.min.js").write_text("")
    return folder


async def migrated(url: str) -> None:
    conn = await connect(url)
    await migrate(conn)
    await conn.close()


@asynccontextmanager
async def a_centre(url: str, front_end: Path, keys: CentreKeys) -> AsyncIterator[Centre]:
    """Nothing runs behind it: tests take the steps one by one."""
    pool = await open_pool(url)
    live = Live(pool, Bells()["services_feed_placed"])
    centre = Centre(pool, keys, ClockAt(), live, Pages(front_end), NoKafka(), PostNames(pool))  # type: ignore[arg-type]
    try:
        yield centre
    finally:
        await pool.close()


def a_client(centre: Centre, **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=make_app(centre), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://centre", headers=headers)


async def with_key(
    centre: Centre, url: str, name: str, *scopes: str, areas: tuple[str, ...] = ()
) -> httpx.AsyncClient:
    conn = await connect(url)
    key = await create_key(conn, name, scopes, areas)
    await conn.close()
    return a_client(centre, authorization=f"Bearer {key}")


async def logged_in(
    centre: Centre, url: str, name: str, role: str, *, areas: tuple[str, ...] = ()
) -> httpx.AsyncClient:
    """A person's browser: the cookie, and the token that its forms carry."""
    conn = await connect(url)
    password = await create_user(conn, name, role, areas)
    client = a_client(centre)
    async with a_client(centre) as door:
        answer = await door.post("/login", data={"name": name, "password": password})
    assert answer.status_code == 303
    client.cookies = answer.cookies
    csrf = await conn.fetchval("SELECT csrf FROM sessions JOIN users USING (user_id) WHERE name = $1", name)
    await conn.close()
    client.headers["x-csrf-token"] = csrf
    client.headers["accept"] = "text/html"
    return client


class Judge:
    """Puts the processors' records through intake, as if they came from Kafka."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        self._batches = Batches(centre.pool, centre.keys)
        self._offset = 0

    def record(self, topic: Topic, event: Event, *, name: str | None = None) -> Record:
        key, value, headers = encode(topic, event)
        real = name or topic.name
        if event.trust is Trust.SIGNED:
            headers.append((SIGNATURE_HEADER, self.centre.keys.signer.signature(real, event.type_name, value)))
        if event.trust in (Trust.CHAINED, Trust.MAC):
            station = self.centre.keys.station_key(event.station_id, event.enrolment)
            headers.append((MAC_HEADER, record_mac(station, real, event.type_name, value)))
        self._offset += 1
        return Record(real, 0, self._offset, key, value, headers)

    async def sends(self, topic: Topic, *events: Event) -> None:
        await self.takes(*(self.record(topic, event) for event in events))

    async def takes(self, *records: Record) -> None:
        await self._batches.take(records, self.centre.clock.now())


def a_finding(keys: CentreKeys, name: str = "finding", **changes: Any) -> Finding:
    finding_id: UUID = changes.pop("event_id", an_id(name))
    secrets = FindingSecrets(record_id=finding_id, plate=PLATE, colour_and_make="xanh, Hino")
    return Finding.model_validate(
        {
            "event_id": finding_id,
            "occurred_at": NOON,
            "revision": 1,
            "code": "GL01",
            "finding_class": FindingClass.SUSPECTED_MISUSE,
            "severity": Severity.HIGH,
            "incident_id": an_id("incident"),
            "crossings": (an_id("crossing"),),
            "subject": "vehicle",
            "post_id": "rach-mieu",
            "station_id": "rach-mieu-1",
            "seen_at": NOON,
            "direction": Direction.IN,
            "vehicle_class": VehicleClass.TRUCK,
            "evidence": (EvidenceItem(code="MORE_PEOPLE_THAN_CREW", numbers={"seen": 10, "registered": 2}),),
            "policy_version": 1,
            "judge_version": "1",
            "sealed": keys.sealer.seal(secrets),
        }
        | changes
    )


def a_referral(keys: CentreKeys, name: str = "referral", **changes: Any) -> Referral:
    referral_id: UUID = an_id(name)
    secrets = ReferralSecrets(record_id=referral_id, name=NAME, telephone=TELEPHONE, plate=PLATE)
    return Referral.model_validate(
        {
            "event_id": referral_id,
            "occurred_at": NOON,
            "revision": 1,
            "crossing_id": an_id("crossing"),
            "occupant": 1,
            "because": "verdict",
            "reasons": ("TS_POSITIVE_AFTER",),
            "post_id": "rach-mieu",
            "station_id": "rach-mieu-1",
            "passed_at": NOON,
            "let_through": True,
            "group_id": an_id("crossing"),
            "person_ref": "a" * 64,
            "sealed": keys.sealer.seal(secrets),
        }
        | changes
    )


def a_recall(keys: CentreKeys, **changes: Any) -> Recall:
    recall_id = an_id("recall")
    secrets = RecallSecrets(record_id=recall_id, plate=PLATE, telephone=TELEPHONE)
    return Recall.model_validate(
        {
            "event_id": recall_id,
            "occurred_at": NOON,
            "revision": 1,
            "crossing_id": an_id("crossing"),
            "post_id": "rach-mieu",
            "station_id": "rach-mieu-1",
            "passed_at": NOON,
            "direction": Direction.IN,
            "vehicle_class": VehicleClass.TRUCK,
            "counted": DecisionCounted(outcome=Outcome.LET_THROUGH),
            "outcome_now": Outcome.REFER,
            "reasons": ("TS_POSITIVE_AFTER",),
            "sealed": keys.sealer.seal(secrets),
        }
        | changes
    )


def a_box_of(keys: CentreKeys, record_id: UUID) -> SealedBox:
    return keys.sealer.seal(FindingSecrets(record_id=record_id, plate=PLATE))


def as_value(event: Event) -> bytes:
    return canonical(event)
