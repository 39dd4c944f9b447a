"""Changing keys that are in use: a new one signs or seals, the old ones verify or open until they are retired.

An interrupted rotation is completed by the next one, and loses nothing: what is old is written away first.
Prints nothing, and publishes nothing: the lists that follow are values.
"""

import os
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from deploy.key_folder import read_file, replace, write_once
from deploy.keys import ISSUERS, IssuerKind, KeyFolder, issuer_key, passes_keys, sealing_keys
from deploy.refusals import CannotStart
from schemas.bounded import EARLIEST
from schemas.events.registry import SealingKeyPublished
from schemas.passes.trust_list import TrustList, TrustListEntry
from schemas.trust.key_files import IssuerKeyFile, PassesKeyFile, SealingKeysFile

Keyring = TypeVar("Keyring", SealingKeysFile, PassesKeyFile)
_NUMBERED = re.compile(r"(.*?)-(\d+)")


@dataclass(frozen=True)
class ListedIssuer:
    """A key file of an issuer. ``current`` signs new passes."""

    path: Path
    kind: IssuerKind
    file: IssuerKeyFile
    current: bool


def issuers_in(folder: KeyFolder) -> Iterator[ListedIssuer]:
    """The current key of each issuer, then its former ones. A key stands once, however a rotation was cut off."""
    for kind in ISSUERS:
        seen = set()
        former = sorted(folder.former_issuers.glob(f"{kind.file}.*.json"))
        for path in (folder.issuer(kind), *former):
            if not path.exists():
                continue
            file = read_file(path, IssuerKeyFile)
            if file.entry.key_id not in seen:
                yield ListedIssuer(path, kind, file, current=path == folder.issuer(kind))
            seen.add(file.entry.key_id)


def trust_list_in(folder: KeyFolder) -> TrustList:
    """Every key of ours that ever signed, retired ones included: they say until when."""
    return TrustList(entries=tuple(one.file.entry for one in issuers_in(folder)))


def merged(published: TrustList, ours: TrustList) -> TrustList:
    """``published`` with our keys as they are now; what others entered there stays."""
    known = {entry.key_id for entry in ours.entries}
    return TrustList(entries=(*ours.entries, *(entry for entry in published.entries if entry.key_id not in known)))


def sealing_keys_in(folder: KeyFolder) -> tuple[SealingKeyPublished, ...]:
    """What stations seal to, and from when."""
    keys = read_file(folder.sealing, SealingKeysFile)
    return tuple(
        SealingKeyPublished(
            key_id=key_id,
            public_key=b64encode(public).decode(),
            from_at=keys.from_at.get(key_id, EARLIEST),
        )
        for key_id, public in keys.public.items()
        if key_id in keys.private
    )


def rotate_issuer(folder: KeyFolder, kind: IssuerKind) -> IssuerKeyFile:
    """A new key for new passes. The old one goes to the former keys, and verifies on."""
    old = folder.read_issuer(kind)
    write_once(_former(folder, kind, old), old.model_dump_json())
    new = issuer_key(kind)
    replace(folder.issuer(kind), new.model_dump_json())
    return new


def rotate_sealing(folder: KeyFolder, *, from_at: datetime) -> str:
    """A new sealing key, current from now for the centre and ``from_at`` for stations. Its id."""
    made, keys = sealing_keys(), read_file(folder.sealing, SealingKeysFile)
    grown = _grown(keys, made)
    since = {**grown.from_at, grown.current: from_at}
    replace(folder.sealing, grown.model_copy(update={"from_at": since}).model_dump_json())
    return grown.current


def rotate_passes(folder: KeyFolder) -> str:
    """A new key for numbers inside passes; every old one stays as long as passes carry it. Its id."""
    grown = _grown(read_file(folder.passes, PassesKeyFile), passes_keys())
    replace(folder.passes, grown.model_dump_json())
    return grown.current


def retire_issuer(folder: KeyFolder, key_id: str, *, at: datetime, destroy: bool = False) -> TrustListEntry:
    """The former key verifies nothing after ``at``. Raises CannotStart for a current or an unknown one."""
    former = next((one for one in issuers_in(folder) if one.file.entry.key_id == key_id), None)
    if former is None:
        raise CannotStart(f"There is no issuer's key {key_id} here: `chotxanh keys list` shows those that are.")
    if former.current:
        raise CannotStart(
            f"The key {key_id} is the one that {former.kind.file} signs with: rotate it first, then retire it."
        )
    not_after = min(at, former.file.entry.not_after or at)
    entry = former.file.entry.model_copy(update={"not_after": not_after})
    changes: dict[str, object] = {"entry": entry} | ({"private_pem": None} if destroy else {})
    _written_over(former.path, former.file.model_copy(update=changes).model_dump_json(), destroy=destroy)
    return entry


def destroy_sealing(folder: KeyFolder, key_id: str) -> None:
    """What was sealed to it can be opened by nobody any more. Raises CannotStart for the current one."""
    keys = read_file(folder.sealing, SealingKeysFile)
    if key_id == keys.current:
        raise CannotStart(f"The key {key_id} is the one that is sealed to: rotate it first, then destroy it.")
    if key_id not in keys.private:
        raise CannotStart(f"There is no private half of {key_id} here: it was destroyed, or never was.")
    left = {name: private for name, private in keys.private.items() if name != key_id}
    _written_over(folder.sealing, keys.model_copy(update={"private": left}).model_dump_json(), destroy=True)


def _grown(keys: Keyring, made: Keyring) -> Keyring:
    """``keys`` with the one of ``made``, which becomes current under the next number."""
    ((private, public),) = zip(made.private.values(), made.public.values(), strict=True)
    numbered = [_NUMBERED.fullmatch(key_id) for key_id in keys.public]
    name = made.current.rpartition("-")[0]
    key_id = f"{name}-{max((int(one[2]) for one in numbered if one), default=0) + 1}"
    return keys.model_copy(
        update={
            "current": key_id,
            "private": {**keys.private, key_id: private},
            "public": {**keys.public, key_id: public},
        }
    )


def _former(folder: KeyFolder, kind: IssuerKind, old: IssuerKeyFile) -> Path:
    return folder.former_issuers / f"{kind.file}.{b64decode(old.entry.key_id).hex()}.json"


def _written_over(path: Path, content: str, *, destroy: bool) -> None:
    """Never a moment without a whole file: the new one stands before the old bytes are destroyed."""
    old = path.with_name(f".{path.name}.destroyed")
    if destroy:
        old.unlink(missing_ok=True)
        os.link(path, old)
    replace(path, content)
    if destroy:
        _overwrite(old)
        old.unlink()


def _overwrite(path: Path) -> None:
    """Best effort: on a disk that moves blocks about, and in backups, only the destruction of those helps."""
    with path.open("r+b") as file:
        file.write(b"\x00" * path.stat().st_size)
        file.flush()
        os.fsync(file.fileno())
