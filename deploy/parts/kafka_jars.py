"""Fetches Kafka's jars, each checked against the SHA-256 in ``deploy/kafka.lock``. Runs none of them.

The lock names jars by their Maven coordinates and holds no address. A jar gets its own name in the
cache only after its hash was right, so an interrupted set-up goes on where it stopped.
"""

import hashlib
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.home import Home
from deploy.parts.progress import Progress, say
from deploy.refusals import CannotStart

KAFKA_VERSION = "4.4.0"
KAFKA = f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}"
# Without it Kafka's log goes nowhere. All that it needs is among Kafka's own; its version is that of
# Kafka's log4j-core. It is not resolved together with Kafka: its parent would change Kafka's versions.
LOG_BINDING = "org.apache.logging.log4j:log4j-slf4j-impl:2.25.5"
LOCK = Path(__file__).parent.parent / "kafka.lock"
AT_ONCE = 6
TIMEOUT_S = 60


@dataclass(frozen=True)
class LockedJar:
    coordinates: str
    """group:artifact:version, with ``:classifier`` where there is one."""
    sha256: str

    @property
    def file_name(self) -> str:
        return "-".join(self.coordinates.split(":")[1:]) + ".jar"

    def is_in(self, path: Path) -> bool:
        return path.is_file() and sha256_of(path) == self.sha256


def ensure_kafka_jars(home: Home, *, lock: Path = LOCK) -> Path:
    """The folder with exactly the locked jars, fetched where missing or damaged. May take half a minute."""
    folder = home.cache / "kafka" / KAFKA_VERSION
    folder.mkdir(parents=True, exist_ok=True)
    jars = read_lock(lock)
    missing = [jar for jar in jars if not jar.is_in(folder / jar.file_name)]
    if missing:
        _fetch_all(missing, folder)
    wanted = {jar.file_name for jar in jars}
    for stranger in (path for path in folder.iterdir() if path.name not in wanted):
        stranger.unlink()  # it would be on the class path
    return folder


def read_lock(lock: Path) -> list[LockedJar]:
    lines = [line for line in lock.read_text().splitlines() if line and not line.startswith("#")]
    return [LockedJar(*line.split()) for line in lines]


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fetch_all(jars: list[LockedJar], folder: Path) -> None:
    say(f"fetching Apache Kafka {KAFKA_VERSION} ({len(jars)} jars, 43 MB in all)")
    with (
        tempfile.TemporaryDirectory(dir=folder.parent, prefix="unfinished-") as temporary,
        ThreadPoolExecutor(AT_ONCE) as pool,
        Progress("Kafka's jars", of=len(jars)) as progress,
    ):
        for size in pool.map(lambda jar: _fetch(jar, Path(temporary), folder), jars):
            progress.step(size)


def _fetch(jar: LockedJar, temporary: Path, folder: Path) -> int:
    """Raises CannotStart when the jar cannot be had or is not the one that was locked."""
    from jgo.maven import MavenContext

    group, name, version, *classifier = jar.coordinates.split(":")
    maven = MavenContext(repo_cache=temporary / jar.sha256, local_repos=[], timeout=TIMEOUT_S)
    artifact = maven.project(group, name).at_version(version).artifact(*classifier)
    try:
        fetched = Path(artifact.resolve())
    except (OSError, RuntimeError) as exc:  # requests' errors are OSErrors
        raise CannotStart(
            f"Kafka's jar {jar.coordinates} could not be fetched from Maven Central ({type(exc).__name__}): "
            "is there a way to the Internet? Set CHOTXANH_KAFKA_BOOTSTRAP to use a Kafka that runs already."
        ) from exc
    if not jar.is_in(fetched):
        raise CannotStart(
            f"Kafka's jar {jar.coordinates} is not the one named in deploy/kafka.lock: it was not used."
        )
    size = fetched.stat().st_size
    shutil.move(fetched, folder / jar.file_name)
    return size


def make_lock(lock: Path = LOCK) -> None:
    """Resolve Kafka's dependencies afresh and write what was found. Run by deploy/make_locks only."""
    from jgo.maven import MavenContext

    with tempfile.TemporaryDirectory() as temporary:
        maven = MavenContext(repo_cache=Path(temporary), local_repos=[], timeout=TIMEOUT_S)
        kafka, binding = (maven.create_dependency(each) for each in (KAFKA, LOG_BINDING))
        _, transitive = maven.resolver.resolve([kafka])
        wanted = [kafka, binding, *(d for d in transitive if d.scope in ("compile", "runtime"))]
        artifacts = [dependency.artifact for dependency in wanted]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            lines = sorted(pool.map(_lock_line, artifacts))
    lock.write_text("# Made by deploy/make_locks: coordinates and SHA-256 of each jar.\n" + "".join(lines))


def _lock_line(artifact: Any) -> str:
    parts = (artifact.groupId, artifact.artifactId, artifact.version, artifact.classifier)
    return f"{':'.join(filter(None, parts))} {sha256_of(Path(artifact.resolve()))}\n"


if __name__ == "__main__" and sys.argv[1:] == ["--lock"]:
    make_lock()
