"""Every key of a province, one file each: the centre's, the issuers' and the stations'. Overwrites none.

Each file is derived from those before it, so an interrupted run is completed by the next one. What each
program may hold is said at the models (schemas/trust/key_files.py); nothing here prints a key.
"""

import secrets
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nacl.public import PrivateKey
from pydantic import BaseModel

from deploy.key_folder import read_file, write_once
from schemas.passes.issue import make_issuer_key
from schemas.passes.trust_list import KeyUsage, SigningAlgorithm
from schemas.trust.chain import station_key
from schemas.trust.key_files import (
    IssuerKeyFile,
    MasterKeyFile,
    PassesKeyFile,
    RefKeysFile,
    SealingKeysFile,
    SigningKeyFile,
    StationKeysFile,
    VerifyingKeyFile,
)

SEALING_KEY_ID = "sealing-1"
PASSES_KEY_ID = "passes-1"
ENROLMENT = 1
COUNTRY = "VN"


@dataclass(frozen=True)
class Lane:
    """Where a station stands."""

    station_id: str
    post_id: str
    lane: int = 1


@dataclass(frozen=True)
class IssuerKind:
    """An issuer of the province, as its passes state it."""

    file: str
    issuer: str
    algorithm: SigningAlgorithm
    usages: tuple[KeyUsage, ...]


HEALTH_ES256 = IssuerKind(
    "health-es256", "Sở Y tế Bến Tre", SigningAlgorithm.ES256, (KeyUsage.TEST, KeyUsage.PERSON)
)
HEALTH_PS256 = IssuerKind(
    "health-ps256",
    "CDC Bến Tre",
    SigningAlgorithm.PS256,
    (KeyUsage.TEST, KeyUsage.VACCINATION, KeyUsage.RECOVERY),
)
GREEN_LANE = IssuerKind(
    "green-lane", "Sở Giao thông vận tải Bến Tre", SigningAlgorithm.ES256, (KeyUsage.GREEN_LANE,)
)
ISSUERS = (HEALTH_ES256, HEALTH_PS256, GREEN_LANE)


@dataclass(frozen=True)
class KeyFolder:
    """Where each key file is."""

    root: Path

    @property
    def sealing(self) -> Path:
        return self.root / "centre" / "sealing.json"

    @property
    def passes(self) -> Path:
        return self.root / "centre" / "passes.json"

    @property
    def refs(self) -> Path:
        return self.root / "centre" / "refs.json"

    @property
    def master(self) -> Path:
        return self.root / "centre" / "stations-master.json"

    @property
    def signing(self) -> Path:
        return self.root / "centre" / "signing.json"

    @property
    def signing_public(self) -> Path:
        return self.root / "centre" / "signing-public.json"

    def issuer(self, kind: IssuerKind) -> Path:
        return self.root / "issuers" / f"{kind.file}.json"

    @property
    def former_issuers(self) -> Path:
        """Keys that sign no more: they verify until they are retired, and are listed for ever."""
        return self.root / "issuers" / "former"

    def station(self, station_id: str) -> Path:
        return self.root / "stations" / f"{station_id}.json"

    def read_issuer(self, kind: IssuerKind) -> IssuerKeyFile:
        return read_file(self.issuer(kind), IssuerKeyFile)

    def read_station(self, station_id: str) -> StationKeysFile:
        return read_file(self.station(station_id), StationKeysFile)


def make_keys(folder: KeyFolder, lanes: Iterable[Lane]) -> list[Path]:
    """Make every file that is missing; those made now, in order."""
    return [
        path for path, model in _missing(folder, lanes) if write_once(path, model.model_dump_json(by_alias=True))
    ]


def _missing(folder: KeyFolder, lanes: Iterable[Lane]) -> Iterator[tuple[Path, BaseModel]]:
    """A file is made from the ones before it, which the caller has written by then."""
    for path, make in (
        (folder.sealing, sealing_keys),
        (folder.passes, passes_keys),
        (folder.refs, _ref_keys),
        (folder.master, lambda: MasterKeyFile(master=_random_key())),
        (folder.signing, _signing_key),
    ):
        if not path.exists():
            yield path, make()
    if not folder.signing_public.exists():
        yield folder.signing_public, _public_half(read_file(folder.signing, SigningKeyFile))
    for kind in ISSUERS:
        if not folder.issuer(kind).exists():
            yield folder.issuer(kind), issuer_key(kind)
    for lane in lanes:
        if not folder.station(lane.station_id).exists():
            yield folder.station(lane.station_id), _station_keys(folder, lane)


def _encoded(key: bytes) -> bytes:
    return b64encode(key)


def _random_key() -> bytes:
    return _encoded(secrets.token_bytes(32))


def passes_keys() -> PassesKeyFile:
    private = PrivateKey.generate()
    return PassesKeyFile(
        current=PASSES_KEY_ID,
        private={PASSES_KEY_ID: _encoded(bytes(private))},
        public={PASSES_KEY_ID: _encoded(bytes(private.public_key))},
    )


def sealing_keys() -> SealingKeysFile:
    private = PrivateKey.generate()
    return SealingKeysFile(
        current=SEALING_KEY_ID,
        private={SEALING_KEY_ID: _encoded(bytes(private))},
        public={SEALING_KEY_ID: _encoded(bytes(private.public_key))},
    )


def _ref_keys() -> RefKeysFile:
    return RefKeysFile(person=_random_key(), vehicle=_random_key(), **{"pass": _random_key()})


def _signing_key() -> SigningKeyFile:
    private = Ed25519PrivateKey.generate()
    return SigningKeyFile(
        private=_encoded(private.private_bytes_raw()), public=_encoded(private.public_key().public_bytes_raw())
    )


def _public_half(signing: SigningKeyFile) -> VerifyingKeyFile:
    return VerifyingKeyFile(public=_encoded(signing.public))


def issuer_key(kind: IssuerKind) -> IssuerKeyFile:
    made = make_issuer_key(kind.algorithm, issuer=kind.issuer, country=COUNTRY, usages=kind.usages)
    return IssuerKeyFile(private_pem=made.private_pem.decode(), entry=made.entry)


def _station_keys(folder: KeyFolder, lane: Lane) -> StationKeysFile:
    """The HMAC key is derived, never stored at the centre; the other two are the station's alone."""
    sealing = read_file(folder.sealing, SealingKeysFile)
    master = read_file(folder.master, MasterKeyFile)
    return StationKeysFile(
        station_id=lane.station_id,
        post_id=lane.post_id,
        lane=lane.lane,
        enrolment=ENROLMENT,
        hmac=_encoded(station_key(master.master, lane.station_id, ENROLMENT)),
        signing_private=_encoded(Ed25519PrivateKey.generate().private_bytes_raw()),
        sealing_private=_encoded(bytes(PrivateKey.generate())),
        sealing_key_id=f"{lane.station_id}-{ENROLMENT}",
        centre_signing_public=_encoded(read_file(folder.signing_public, VerifyingKeyFile).public),
        centre_sealing_key_id=sealing.current,
        centre_sealing_public=_encoded(sealing.public[sealing.current]),
    )
