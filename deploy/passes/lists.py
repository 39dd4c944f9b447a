"""The lists that a reader needs, from files. A signed list is believed only after its signature was checked."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate
from pydantic import ValidationError

from deploy.documents import DocumentRefused, bytes_of, first_fault, model_in
from schemas.passes.certificates import (
    SignedListRead,
    TrustListNotBelieved,
    entry_from_certificate,
    read_signed_list,
)
from schemas.passes.revocations import Revocations
from schemas.passes.trust_list import TrustList, TrustListEntry

_HASH_TYPES = {"SIGNATURE": "signatures", "UCI": "certificate_ids", "COUNTRYCODEUCI": "countries_and_ids"}
"""Of the EU's revocation batches, and our names for them."""
_FIELDS = tuple(_HASH_TYPES.values())
_HEX_HASH = re.compile(r"[0-9a-fA-F]{32}")


def trust_list_in(path: Path, key_path: Path | None) -> SignedListRead:
    """Our own JSON as it is, whoever gives it vouches for it; a signed list after its signature."""
    raw = bytes_of(path)
    if raw.lstrip()[:1] == b"{":
        if key_path is not None:
            raise DocumentRefused(f"{path} is not signed, so --trust-list-key cannot vouch for it.")
        return SignedListRead(model_in(path, TrustList), ())
    if key_path is None:
        raise DocumentRefused(f"{path} is a signed list: give the key that signs it by --trust-list-key.")
    try:
        return read_signed_list(raw, bytes_of(key_path))
    except TrustListNotBelieved as exc:
        raise DocumentRefused(f"{path} is not signed by {key_path}: nothing in it is believed.") from exc
    except (ValueError, TypeError) as exc:
        raise DocumentRefused(f"{key_path} holds no public key for ECDSA.") from exc


def entries_in(paths: Iterable[Path]) -> tuple[TrustListEntry, ...]:
    """The keys of X.509 certificates: PEM, DER, or DER in base64."""
    return tuple(_entry_in(path) for path in paths)


def _entry_in(path: Path) -> TrustListEntry:
    raw = bytes_of(path)
    try:
        if raw.lstrip().startswith(b"-----BEGIN"):
            der = load_pem_x509_certificate(raw).public_bytes(Encoding.DER)
        else:
            der = raw if raw[:1] == b"\x30" else b64decode(raw.strip(), validate=True)
        return entry_from_certificate(der)
    except ValueError as exc:
        raise DocumentRefused(f"{path} is no certificate whose key can be read.") from exc


def revocations_in(path: Path) -> Revocations:
    """Our own JSON, the EU's batches (one or a list), or lines of hashes, each tried as all three types."""
    raw = bytes_of(path)
    if raw.lstrip()[:1] in (b"{", b"["):
        return _from_json(path, raw)
    return _from_lines(path, raw.decode("utf-8", "replace").split())


def _from_json(path: Path, raw: bytes) -> Revocations:
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError) as exc:
        raise DocumentRefused(f"{path} is not JSON.") from exc
    batches = document if isinstance(document, list) else [document]
    if all(isinstance(batch, dict) and "hashType" in batch for batch in batches):
        return _from_batches(path, batches)
    if all(isinstance(hash_, str) for hash_ in batches):
        return _from_lines(path, batches)
    try:
        return Revocations.model_validate_json(raw)
    except ValidationError as exc:
        raise DocumentRefused(f"{path} is no list of revocations: {first_fault(exc)}.") from exc


def _from_batches(path: Path, batches: Sequence[dict[str, Any]]) -> Revocations:
    found: dict[str, list[str]] = {field: [] for field in _FIELDS}
    for batch in batches:
        field = _HASH_TYPES.get(batch["hashType"])
        entries = batch.get("entries")
        if field is None or not isinstance(entries, list):
            raise DocumentRefused(f"{path} has a batch of an unknown hashType, or without entries.")
        for entry in entries:
            found[field].append(_hash(path, entry.get("hash") if isinstance(entry, dict) else entry))
    return Revocations(**{field: tuple(hashes) for field, hashes in found.items()})


def _from_lines(path: Path, lines: Iterable[str]) -> Revocations:
    hashes = tuple(_hash(path, line) for line in lines)
    return Revocations(certificate_ids=hashes, countries_and_ids=hashes, signatures=hashes)


def _hash(path: Path, stated: object) -> str:
    """Sixteen bytes, in hexadecimal or base64, as hexadecimal."""
    if isinstance(stated, str):
        if _HEX_HASH.fullmatch(stated):
            return stated.lower()
        try:
            plain = b64decode(stated, validate=True)
        except ValueError:
            plain = b""
        if len(plain) == 16:
            return plain.hex()
    raise DocumentRefused(f"{path} has an entry that is no hash of 16 bytes, in hexadecimal or base64.")
