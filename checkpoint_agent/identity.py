"""Who this station is, and what it holds to prove it. Reads one key file; no repr here tells a key."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError

from schemas.topics import where
from schemas.trust.chain import record_mac, sign_head
from schemas.trust.key_files import StationKeysFile
from schemas.trust.sealing import Opener, Sealer
from schemas.trust.signing import CentreVerifier


class KeyFileUnreadable(Exception):
    """The key file is not there or not one; says where it is wrong and never what stands in it."""


@dataclass(frozen=True)
class Identity:
    station_id: str
    post_id: str
    lane: int
    enrolment: int
    mac_key: bytes = field(repr=False)
    signing: Ed25519PrivateKey = field(repr=False)
    opener: Opener = field(repr=False)
    """Opens what the centre sealed to this station."""
    sealer: Sealer = field(repr=False)
    """Seals to the centre's key as it was at enrolment; a newer one comes with the lists."""
    verifier: CentreVerifier = field(repr=False)

    def mac(self, topic: str, type_name: str, value: bytes) -> bytes:
        return record_mac(self.mac_key, topic, type_name, value)

    def head_signature(self, number: int, record_sha256: str) -> str:
        return sign_head(self.signing, self.station_id, self.enrolment, number, record_sha256)


def identity_of(keys: StationKeysFile) -> Identity:
    return Identity(
        station_id=keys.station_id,
        post_id=keys.post_id,
        lane=keys.lane,
        enrolment=keys.enrolment,
        mac_key=keys.hmac,
        signing=Ed25519PrivateKey.from_private_bytes(keys.signing_private),
        opener=Opener({keys.sealing_key_id: keys.sealing_private}),
        sealer=Sealer(keys.centre_sealing_key_id, keys.centre_sealing_public),
        verifier=CentreVerifier(keys.centre_signing_public),
    )


def read_identity(path: Path) -> Identity:
    """Raises KeyFileUnreadable."""
    try:
        return identity_of(StationKeysFile.model_validate_json(path.read_bytes()))
    except OSError as exc:
        raise KeyFileUnreadable(f"the station's key file cannot be read: {exc.strerror}") from exc
    except ValidationError as exc:
        raise KeyFileUnreadable(f"the station's key file is not one: {where(exc)}") from None
