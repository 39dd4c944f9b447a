"""Reads the centre's key files once. What they hold is never written, logged or shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from schemas.trust.chain import station_key
from schemas.trust.key_files import (
    KeyFile,
    MasterKeyFile,
    PassesKeyFile,
    RefKeysFile,
    SealingKeysFile,
    VerifyingKeyFile,
)
from schemas.trust.numbers import NumberOpener
from schemas.trust.refs import RefKeys
from schemas.trust.sealing import Opener, Sealer
from schemas.trust.signing import CentreVerifier
from stream_processors.intake.believing import Verifying

K = TypeVar("K", bound=KeyFile)


class KeyFileWrong(Exception):
    """A key file is missing or not what it should be; the message has its path and never what stands in it."""


@dataclass(frozen=True, repr=False)
class Keys:
    """All keys of the processors. Has no repr."""

    opener: Opener
    sealer: Sealer
    """To the centre's current key: findings, referrals, recalls, dead letters."""
    refs: RefKeys
    verifying: Verifying
    numbers: NumberOpener = field(default_factory=lambda: NumberOpener(()))
    """Of the numbers inside our own passes; opens none where that key is not held."""


def read_keys(folder: Path) -> Keys:
    centre = folder / "centre"
    passes = centre / "passes.json"
    sealing = _read(centre / "sealing.json", SealingKeysFile)
    master = _read(centre / "stations-master.json", MasterKeyFile).master
    signing = _read(centre / "signing-public.json", VerifyingKeyFile)

    @lru_cache(maxsize=4096)
    def key_of(station_id: str, enrolment: int) -> bytes:
        return station_key(master, station_id, enrolment)

    return Keys(
        opener=sealing.opener(),
        sealer=sealing.sealer(),
        refs=_read(centre / "refs.json", RefKeysFile).ref_keys(),
        verifying=Verifying(key_of, CentreVerifier(signing.public)),
        numbers=_read(passes, PassesKeyFile).opener() if passes.exists() else NumberOpener(()),
    )


def _read(path: Path, model: type[K]) -> K:
    try:
        return model.model_validate_json(path.read_bytes())
    except OSError as exc:
        raise KeyFileWrong(f"the key file {path} cannot be read: {exc.strerror}") from exc
    except ValidationError:
        raise KeyFileWrong(f"the key file {path} is not what it should be") from None
