"""The issuers' private keys, where this registry was given a folder of them. Read at each issue, kept nowhere.

So a rotated key signs the next pass without a restart, and services that issue nothing hold nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from schemas.passes.issue import PassSigner
from schemas.passes.trust_list import KeyUsage, SigningAlgorithm
from schemas.trust.key_files import IssuerKeyFile, KeyFile, PassesKeyFile
from schemas.trust.numbers import NumberSealer
from services.errors import CannotIssue

K = TypeVar("K", bound=KeyFile)


@dataclass(frozen=True)
class IssuingKeys:
    issuers: Path | None = None
    """Folder of ``<name>.json``; what is in folders below it signs no more."""
    passes: Path | None = None
    """The key of the numbers inside passes."""

    def signer(self, use: KeyUsage, named: str | None = None) -> PassSigner:
        """The issuer's key for such a pass, ES256 before PS256 for a small code. Raises CannotIssue."""
        files = [_read(path, IssuerKeyFile) for path in self._files(named)]
        fitting = [file for file in files if use in file.entry.usages and file.private_pem is not None]
        fitting.sort(key=lambda file: file.entry.algorithm is not SigningAlgorithm.ES256)
        if not fitting:
            raise CannotIssue(
                f"Trong thư mục khóa chưa có khóa nào được ký loại giấy này ({use.value}).",
                f"No key in the folder of issuers may sign such a pass ({use.value}); see `chotxanh keys list`.",
            )
        return fitting[0].signer()

    def numbers(self) -> NumberSealer:
        """Raises CannotIssue."""
        if self.passes is None:
            raise _not_set_up()
        return _read(self.passes, PassesKeyFile).sealer()

    def _files(self, named: str | None) -> list[Path]:
        if self.issuers is None:
            raise _not_set_up()
        return [path for path in sorted(self.issuers.glob("*.json")) if named is None or path.stem == named]


def _not_set_up() -> CannotIssue:
    return CannotIssue(
        "Máy chủ này không giữ khóa của nơi cấp nên không cấp giấy được: đặt CHOTXANH_ISSUERS.",
        "This registry holds no issuer's key and issues nothing: set CHOTXANH_ISSUERS to the folder of the keys.",
    )


def _read(path: Path, model: type[K]) -> K:
    try:
        return model.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        # Its path is for whoever runs the machine, who sees it in `chotxanh keys list`.
        raise CannotIssue(
            "Không đọc được một tệp khóa của nơi cấp: báo bộ phận kỹ thuật.",
            f"The key file {path.name} cannot be read: tell whoever runs the machine.",
        ) from None
