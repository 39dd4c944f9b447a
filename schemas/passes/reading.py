"""A pass after verification: what it is, whether it is genuine, why not, and what it claims."""

from __future__ import annotations

from schemas.bounded import Instant, KeyId, SmallCount, Text40, Text100, Wire
from schemas.passes.claims import Claims, GreenLaneClaims
from schemas.passes.kinds import Confidence, PassKind, ReadingReason, ReadingStatus, Step
from schemas.words import Source, VehicleClass


class Reading(Wire):
    """What of a reading may stand in the clear (TRUST.md): nothing that names a person or a vehicle."""

    kind: PassKind
    status: ReadingStatus
    reason: ReadingReason | None = None
    confidence: Confidence
    source: Source = Source.CAMERA
    passed: Step | None = None
    """The last step of the chain that this code passed."""
    issuer: Text100 | None = None
    key_id: KeyId | None = None
    vehicle_class: VehicleClass | None = None
    route: tuple[Text40, ...] = ()
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    """As printed or listed; a notice may say otherwise."""
    occupant: SmallCount | None = None
    """Number of the occupant it was given to; None for a pass of the vehicle."""
    other_app: Text40 | None = None
    """Which app or card a recognised code that is not asked for belongs to."""


class PassReading(Wire):
    """A reading with its claims. Lives in memory; on disk only inside a box."""

    reading: Reading
    claims: Claims | None = None
    """Kept when the pass is genuine but expired; None when nothing in it can be believed."""
    signature_hash: Text100 | None = None
    """Of a signed pass: what a revocation may name it by. Not among what the pass itself says."""


def claims_to_keep(read: PassReading) -> Claims | None:
    """The claims with the signature's hash, by which the centre finds the pass when a notice revokes it."""
    if isinstance(read.claims, GreenLaneClaims) and read.signature_hash is not None:
        return read.claims.model_copy(update={"signature_hash": read.signature_hash})
    return read.claims
