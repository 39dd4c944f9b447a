"""Issue a pass and revoke it, each in the caller's one transaction. Decides no right.

What is issued for a vehicle is registered; what is revoked goes on the revocation list at its next revision,
so that stations refuse it offline as soon as they have heard the list.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.canonical import canonical
from schemas.events.base import SealedBox, Secrets, SignedEvent
from schemas.events.registry import ListPublished, VehiclePassRegistered
from schemas.ids import derived_id
from schemas.passes.asked import AnyAsked, GreenLanePassAsked, Issued, NotIssuable, issued, use_of
from schemas.passes.claims import GreenLaneClaims, HealthClaims
from schemas.passes.revocations import Revocations
from schemas.words import FactState
from services.audit import chain
from services.centre import Centre
from services.database.connection import Connection
from services.errors import Conflict, FieldError, NotFound, NotValid
from services.registry import store
from services.registry.requests import VehiclePassSent
from services.registry.store import Entry

WORDS = {
    "ENDS_BEFORE_IT_BEGINS": ("hết hiệu lực trước khi có hiệu lực", "ends before it begins"),
    "SAMPLED_IN_FUTURE": ("lấy mẫu ở tương lai", "is in the future"),
    "RESULT_NOT_AFTER_SAMPLE": ("phải sau lúc lấy mẫu, trước lúc cấp", "is after the sample and not after now"),
    "INDIVIDUAL_TEST_COVERS_NOBODY_ELSE": ("mẫu đơn chỉ tính một người", "an individual test covers nobody else"),
    "GROUP_TEST_COVERS_NOBODY": ("mẫu nhóm phải ghi những ai được tính", "a group test says whom it covers"),
    "MORE_CREW_THAN_REGISTERED": ("nhiều người hơn số đăng ký", "names more people than are registered"),
    "TOO_MUCH_FOR_ONE_CODE": ("quá nhiều cho một mã: chia ra", "too much for one code: issue two passes"),
}


class IssuedSecrets(Secrets):
    """In the box of an issued pass: its text, and its claims for printing it again."""

    text: str
    claims: HealthClaims | GreenLaneClaims


@dataclass(frozen=True, repr=False)
class Given:
    """``created`` is False when the same was issued before."""

    made: Issued
    created: bool


async def issue(conn: Connection, centre: Centre, order: AnyAsked, *, issuer: str | None, by: str) -> Given:
    """Raises CannotIssue, NotValid, and Conflict for another pass under the same id."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"pass {order.pass_id}")
    mac = centre.keys.content_mac(canonical(order))
    row = await conn.fetchrow("SELECT * FROM issued_passes WHERE pass_id = $1", order.pass_id)
    if row is not None:
        return Given(_again(centre, row, mac), created=False)
    at = centre.clock.now()
    signer = centre.issuing.signer(use_of(order), issuer)
    try:
        made = issued(order, signer=signer, numbers=centre.issuing.numbers(), at=at)
    except NotIssuable as refused:
        vi, en = WORDS[refused.code]
        raise NotValid(FieldError(refused.field, refused.code, vi, en)) from None
    await _keep(conn, centre, order, made, mac, b64encode(signer.key_id).decode("ascii"), by, at)
    if isinstance(order, GreenLanePassAsked):
        await _register(conn, centre, order, made, by, at)
    await chain.record(conn, at, by, "pass_issued", str(order.pass_id))
    return Given(made, created=True)


async def revoke(conn: Connection, centre: Centre, pass_id: UUID, *, because: str, by: str) -> dict[str, Any]:
    """Put it on the revocation list and withdraw its registration; once. Raises NotFound."""
    row = await conn.fetchrow("SELECT * FROM issued_passes WHERE pass_id = $1 FOR UPDATE", pass_id)
    if row is None:
        raise NotFound
    created = row["revoked_at"] is None
    if created:
        # Before anything is recorded in the trail, whose lock comes last; and two revocations at once are two
        # revisions of the list, of which neither is lost.
        for thing in ("lists revocations", f"vehicle-passes {pass_id}"):
            await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"registry {thing}")
        at = centre.clock.now()
        await conn.execute(
            """
            UPDATE issued_passes SET revoked_at = $2, revoked_by = $3, revoked_because = $4 WHERE pass_id = $1
            """,
            pass_id,
            at,
            by,
            because,
        )
        await _list_revocation(conn, centre, row["revocation"], by, at)
        await _withdraw(conn, centre, pass_id, by, at)
        await chain.record(conn, at, by, "pass_revoked", str(pass_id))
    listed = await _revocations(conn)
    return {"pass_id": str(pass_id), "created": created, "list_revision": listed.revision if listed else None}


def _again(centre: Centre, row: Any, mac: bytes) -> Issued:
    if row["content_mac"] != mac:
        raise Conflict(
            "PASS_HAS_OTHER_CONTENT",
            "Mã này đã dùng cho giấy khác. Giấy mới cần mã mới.",
            "Another pass was issued under this id. A new pass needs a new id.",
        )
    sealed = SealedBox.model_validate(row["sealed"])
    secrets = centre.keys.opener.open(sealed, row["pass_id"], IssuedSecrets)
    return Issued(
        secrets.text, secrets.claims, row["issuer"], row["valid_from"], row["valid_until"], row["revocation"]
    )


async def _keep(
    conn: Connection,
    centre: Centre,
    order: AnyAsked,
    made: Issued,
    mac: bytes,
    key_id: str,
    by: str,
    at: datetime,
) -> None:
    secrets = IssuedSecrets(record_id=order.pass_id, text=made.text, claims=made.claims)
    await conn.execute(
        """
        INSERT INTO issued_passes
            (pass_id, asked, issuer, key_id, revocation, content_mac, sealed, valid_from, valid_until,
             issued_at, issued_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """,
        order.pass_id,
        order.asked,
        made.issuer,
        key_id,
        made.revocation,
        mac,
        centre.keys.sealer.seal(secrets).model_dump(mode="json"),
        made.valid_from,
        made.valid_until,
        at,
        by,
    )


async def _register(
    conn: Connection, centre: Centre, order: GreenLanePassAsked, made: Issued, by: str, at: datetime
) -> None:
    sent = VehiclePassSent(
        pass_id=order.pass_id,
        pass_number=order.pass_number,
        plate=order.plate,
        vehicle_class=order.vehicle_class,
        registered_crew=order.registered_crew,
        crew=order.crew,
        carrier=order.carrier,
        carrier_id=order.carrier_id,
        issuer=made.issuer,
        route=order.route,
        valid_from=made.valid_from,
        valid_until=made.valid_until,
    )
    await _publish(conn, centre, sent.event(centre.keys.sealer, at), by, at)


async def _list_revocation(conn: Connection, centre: Centre, hash_: str, by: str, at: datetime) -> None:
    before = await _revocations(conn)
    listed = before.revocations if before and before.revocations else Revocations()
    if hash_ in listed.signatures:
        return
    event = ListPublished(
        event_id=derived_id("list", "revocations"),
        occurred_at=at,
        revision=before.revision + 1 if before else 1,
        list_id="revocations",
        revocations=listed.model_copy(update={"signatures": (*listed.signatures, hash_)}),
    )
    await _publish(conn, centre, event, by, at)


async def _withdraw(conn: Connection, centre: Centre, pass_id: UUID, by: str, at: datetime) -> None:
    """Of a green-lane pass its registration too; the box stays as it is, bound to the same id."""
    registered = await conn.fetchval(
        """
        SELECT value FROM registry WHERE kind = 'vehicle-passes' AND thing_id = $1
        ORDER BY revision DESC LIMIT 1
        """,
        str(pass_id),
    )
    if registered is None:
        return
    newest = VehiclePassRegistered.model_validate_json(registered)
    changes = {"revision": newest.revision + 1, "state": FactState.WITHDRAWN, "occurred_at": at}
    await _publish(conn, centre, newest.model_copy(update=changes), by, at)


async def _revocations(conn: Connection) -> ListPublished | None:
    value = await conn.fetchval(
        """
        SELECT value FROM registry WHERE kind = 'lists' AND thing_id = 'revocations'
        ORDER BY revision DESC LIMIT 1
        """
    )
    return ListPublished.model_validate_json(value) if value is not None else None


async def _publish(conn: Connection, centre: Centre, event: SignedEvent, by: str, at: datetime) -> None:
    await store.publish(conn, Entry(event, centre.keys.content_mac(canonical(event))), by, at)
