"""Fetches what ours is measured beside: python-cwt and Quix Streams by pip, certlogic-js by npm; locked, each in
a folder of its own.

Not part of the project's environment: python-cwt needs an older cbor2 than ours, Quix Streams an older pydantic.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from deploy.home import Home
from deploy.parts.front_end import find_node, make_lock
from deploy.refusals import CannotStart

HERE = Path(__file__).parent
WITHIN_S = 300
_PYTHON = f"py{sys.version_info[0]}{sys.version_info[1]}"


class BaselineMissing(Exception):
    """It could not be fetched; the sentence says why. Ours is measured alone then."""


def ensure_cwt(home: Home) -> Path:
    """A folder to import python-cwt from. Raises BaselineMissing."""
    return _ensure(home, f"bench-cwt-{_PYTHON}", [HERE / "baselines.lock"], _install_by_pip)


def ensure_quix(home: Home) -> Path:
    """A folder to import quixstreams from, behind ours on the path: its pydantic is then never reached.
    Raises BaselineMissing.
    """
    return _ensure(home, f"bench-quix-{_PYTHON}", [HERE / "quix.lock"], _install_by_pip)


def ensure_certlogic_js(home: Home) -> Path:
    """A folder with node_modules/certlogic-js. Raises BaselineMissing."""
    folder = HERE / "certlogic_js"
    wanted = [folder / "package.json", folder / "package-lock.json"]
    return _ensure(home, "bench-certlogic-js", wanted, _install_certlogic_js)


def node() -> Path:
    """Raises BaselineMissing."""
    try:
        return find_node()[0]
    except CannotStart as exc:
        raise BaselineMissing(str(exc)) from exc


def _ensure(home: Home, name: str, wanted: list[Path], install: Callable[[Path, list[Path]], None]) -> Path:
    fingerprint = hashlib.sha256(b"".join(path.read_bytes() for path in wanted)).hexdigest()[:12]
    folder = home.cache / f"{name}-{fingerprint}"
    if folder.is_dir():
        return folder
    home.cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.cache, prefix="unfinished-") as temporary:
        laid = Path(temporary) / "laid"
        laid.mkdir()
        install(laid, wanted)
        laid.rename(folder)
    return folder


def _install_by_pip(folder: Path, wanted: list[Path]) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
    _run([*pip, "--no-deps", "--require-hashes", "--target", str(folder), "-r", str(wanted[0])], folder)


def _install_certlogic_js(folder: Path, wanted: list[Path]) -> None:
    for path in wanted:
        shutil.copy(path, folder)
    try:
        node_, npm = find_node()
    except CannotStart as exc:
        raise BaselineMissing(str(exc)) from exc
    search = f"{node_.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    _run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"], folder, PATH=search)


def _run(command: list[str], folder: Path, **environment: str) -> None:
    try:
        said = subprocess.run(
            command, cwd=folder, env=os.environ | environment, capture_output=True, text=True, timeout=WITHIN_S
        )
    except subprocess.TimeoutExpired as exc:
        raise BaselineMissing(f"fetching took more than {WITHIN_S} s") from exc
    if said.returncode != 0:
        raise BaselineMissing(f"it could not be fetched: {said.stderr.strip()[-300:]}")


if __name__ == "__main__" and sys.argv[1:] == ["--lock"]:
    make_lock(HERE / "certlogic_js")
