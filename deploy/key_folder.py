"""Writes key files so that none is ever half-made, overwritten, or readable by others. Makes up no key itself."""

import os
import secrets
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from deploy.refusals import CannotStart

FOLDER_MODE = 0o700
FILE_MODE = 0o600

M = TypeVar("M", bound=BaseModel)


def make_folder(folder: Path) -> None:
    """``folder`` and those above it that are missing; others may not enter it."""
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    folder.chmod(FOLDER_MODE)


def write_once(path: Path, content: str | bytes) -> bool:
    """Write ``content`` under ``path`` unless a file is there; False when one was.

    The name appears only when every byte is on the disk, and linking (unlike renaming) never replaces.
    """
    if path.exists():
        return False
    make_folder(path.parent)
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        os.link(unfinished, path)
    except FileExistsError:
        return False
    finally:
        unfinished.unlink(missing_ok=True)
    _sync_folder(path.parent)
    return True


def replace(path: Path, content: str) -> None:
    """Write ``content`` under ``path``, whatever was there: a key that changes, or what is no key."""
    make_folder(path.parent)
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    write_once(unfinished, content)
    unfinished.rename(path)
    _sync_folder(path.parent)


def read_file(path: Path, model: type[M]) -> M:
    """A key file, parsed. Raises CannotStart, which names the file and nothing that stands in it."""
    try:
        return model.model_validate_json(path.read_bytes())
    except OSError as exc:
        raise CannotStart(f"The key file {path} cannot be read: {exc.strerror}.") from exc
    except ValidationError:
        raise CannotStart(f"The key file {path} is not what it should be: put back the copy of it.") from None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
