"""The key files' contents, parsed. Reading the files is the programs' affair; no repr here tells a key."""

from __future__ import annotations

from typing import Annotated

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field

from schemas.bounded import Instant, KeyId, Positive, PostId, StationId
from schemas.passes.issue import IssuerKey, PassSigner
from schemas.passes.trust_list import TrustListEntry
from schemas.trust.numbers import NumberOpener, NumberSealer
from schemas.trust.refs import RefKeys
from schemas.trust.sealing import Opener, Sealer

Key32 = Annotated[Base64Bytes, Field(repr=False)]


class KeyFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class SealingKeysFile(KeyFile):
    """``centre/sealing.json``: held by processors and services, backed up apart from the data."""

    current: KeyId
    private: Annotated[dict[KeyId, Base64Bytes], Field(repr=False)]
    """Those that are still kept: destroying one is how the data of its month dies."""
    public: dict[KeyId, Base64Bytes]
    from_at: dict[KeyId, Instant] = {}
    """Since when each is used; missing for the first one."""

    def opener(self) -> Opener:
        return Opener(self.private)

    def sealer(self) -> Sealer:
        return Sealer(self.current, self.public[self.current])


class PassesKeyFile(KeyFile):
    """``centre/passes.json``: numbers inside issued passes. It lives as long as the passes, not a month."""

    current: KeyId
    private: Annotated[dict[KeyId, Base64Bytes], Field(repr=False)]
    public: dict[KeyId, Base64Bytes]

    def opener(self) -> NumberOpener:
        return NumberOpener(tuple(self.private.values()))

    def sealer(self) -> NumberSealer:
        return NumberSealer(self.public[self.current])


class IssuerKeyFile(KeyFile):
    """``issuers/<name>.json``: held where passes are issued, and by nobody else."""

    private_pem: Annotated[str | None, Field(repr=False)]
    """None once it was destroyed: the public half still verifies what it signed."""
    entry: TrustListEntry

    def signer(self) -> PassSigner:
        """Raises ValueError when there is no private half any more, or not one that may sign passes."""
        if self.private_pem is None:
            raise ValueError("the private half was destroyed")
        return PassSigner.of(IssuerKey(self.private_pem.encode(), self.entry))


class RefKeysFile(KeyFile):
    """``centre/refs.json``: as secret as what the refs stand for."""

    person: Key32
    vehicle: Key32
    pass_: Annotated[Key32, Field(alias="pass")]

    def ref_keys(self) -> RefKeys:
        return RefKeys(person=self.person, vehicle=self.vehicle, pass_=self.pass_)


class MasterKeyFile(KeyFile):
    """``centre/stations-master.json``: the HMAC keys of all stations derive from it."""

    master: Key32


class SigningKeyFile(KeyFile):
    """``centre/signing.json``: Ed25519; only services hold it."""

    private: Key32
    public: Key32


class VerifyingKeyFile(KeyFile):
    """``centre/signing-public.json``: what processors hold of it."""

    public: Key32


class StationKeysFile(KeyFile):
    """``stations/<station_id>.json``: all that one station holds, and nothing of any other."""

    station_id: StationId
    post_id: PostId
    lane: Positive
    enrolment: Positive
    hmac: Key32
    signing_private: Key32
    sealing_private: Key32
    sealing_key_id: KeyId
    centre_signing_public: Key32
    centre_sealing_key_id: KeyId
    centre_sealing_public: Key32
