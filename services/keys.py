"""The centre's keys as the services hold them: opening, sealing, checking stations, signing what is published.

Reads the key files once. No repr here tells a key.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from schemas.topics import where
from schemas.trust.chain import station_key
from schemas.trust.key_files import KeyFile, MasterKeyFile, SealingKeysFile, SigningKeyFile
from schemas.trust.sealing import Opener, Sealer
from schemas.trust.signing import CentreSigner, CentreVerifier

K = TypeVar("K", bound=KeyFile)


class KeysMissing(Exception):
    """A key file that cannot be used; the text says which, never what stood in it."""


@dataclass(frozen=True)
class CentreKeys:
    opener: Opener = field(repr=False)
    sealer: Sealer = field(repr=False)
    signer: CentreSigner = field(repr=False)
    verifier: CentreVerifier = field(repr=False)
    master: bytes = field(repr=False)

    def station_key(self, station_id: str, enrolment: int) -> bytes:
        return _station_key(self.master, station_id, enrolment)

    def content_mac(self, content: bytes) -> bytes:
        """Tells same content from other content. Keyed: a bare hash of a name and a number can be guessed."""
        return hmac.new(self.master, b"registry content\x1f" + content, hashlib.sha256).digest()


@lru_cache(maxsize=4096)
def _station_key(master: bytes, station_id: str, enrolment: int) -> bytes:
    return station_key(master, station_id, enrolment)


def read_keys(folder: Path) -> CentreKeys:
    """Raises KeysMissing."""
    sealing = _read(folder / "centre" / "sealing.json", SealingKeysFile)
    signing = _read(folder / "centre" / "signing.json", SigningKeyFile)
    return CentreKeys(
        opener=sealing.opener(),
        sealer=sealing.sealer(),
        signer=CentreSigner(signing.private),
        verifier=CentreVerifier(signing.public),
        master=_read(folder / "centre" / "stations-master.json", MasterKeyFile).master,
    )


def _read(path: Path, model: type[K]) -> K:
    try:
        return model.model_validate_json(path.read_bytes())
    except OSError as exc:
        raise KeysMissing(f"the key file {path} cannot be read: {exc.strerror}") from None
    except ValidationError as exc:
        raise KeysMissing(f"the key file {path} is not valid: {where(exc)}") from None
