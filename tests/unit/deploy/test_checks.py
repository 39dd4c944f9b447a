"""What is refused before anything starts, each in one sentence."""

import asyncio
import os
import socket
import subprocess
import sys

import pytest

from deploy import checks
from deploy.home import Home
from deploy.refusals import CannotStart


def test_a_taken_port_is_named_with_what_it_was_for():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(CannotStart, match=rf"Port {port} for the station page cannot be used"):
            checks.require_free_port(port, "the station page")
    checks.require_free_port(port, "the station page")


def test_a_free_port_is_none_that_a_connection_may_be_given_before_it_is_listened_on():
    first_given = int(checks.PORTS_GIVEN.read_text().split()[0])
    found = [checks.free_port() for _ in range(20)]
    assert all(checks.LOWEST_PORT <= port < first_given for port in found)
    for port in found:
        checks.require_free_port(port, "the station page")


def test_a_free_port_is_given_once_while_whoever_asked_for_it_lives(monkeypatch):
    first = checks.free_port()
    second = first + 1
    always_the_first_of_two = AlwaysInThisOrder((first, second))
    monkeypatch.setattr(checks.random, "SystemRandom", lambda: always_the_first_of_two)
    assert checks.free_port() == second
    asked_elsewhere = subprocess.run(
        [sys.executable, "-c", f"import socket; socket.socket().bind(('127.0.0.1', {first}))"],
        capture_output=True,
        check=False,
    )
    assert asked_elsewhere.returncode != 0
    with pytest.raises(CannotStart, match="none was found"):
        checks.free_port()


async def test_a_server_listens_on_the_port_that_is_held_for_it():
    port = checks.free_port()
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", port)
    async with server:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.read() == b""
        writer.close()


def test_where_connections_are_given_every_port_a_free_one_is_found_all_the_same(monkeypatch, tmp_path):
    monkeypatch.setattr(checks, "PORTS_GIVEN", tmp_path / "range")
    checks.PORTS_GIVEN.write_text("1024\t65535\n")
    checks.require_free_port(checks.free_port(), "the station page")


def test_too_little_disk_is_refused_with_how_much_there_is(tmp_path, monkeypatch):
    monkeypatch.setattr(checks.shutil, "disk_usage", lambda folder: Usage(1_900_000_000))
    with pytest.raises(CannotStart, match=r"has 1\.9 GB free and 2\.0 GB are needed"):
        checks.require_disk(tmp_path)


def test_exactly_enough_disk_is_enough(tmp_path, monkeypatch):
    monkeypatch.setattr(checks.shutil, "disk_usage", lambda folder: Usage(checks.LEAST_FREE_BYTES))
    checks.require_disk(tmp_path)


class AlwaysInThisOrder:
    """Finds the same ports each time."""

    def __init__(self, ports: tuple[int, ...]) -> None:
        self.ports = ports

    def sample(self, among: range, most: int) -> tuple[int, ...]:
        return self.ports


class Usage:
    def __init__(self, free: int) -> None:
        self.free = free


def test_a_home_that_cannot_be_a_folder_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CannotStart, match="cannot be written: Not a directory"):
        checks.require_writable(tmp_path / "file" / "home")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_home_without_the_right_to_write_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(CannotStart, match="cannot be written: Permission denied"):
        checks.require_writable(tmp_path / "home")


def test_the_check_of_a_folder_leaves_nothing_in_it(tmp_path):
    checks.require_writable(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_second_start_on_the_same_home_is_refused_until_the_first_ended(tmp_path):
    home = Home(tmp_path)
    home.make()
    refused = pytest.raises(CannotStart, match=rf"already runs on {tmp_path} \(process {os.getpid()}\)")
    with checks.only_run_on(home), refused, checks.only_run_on(home):
        pass
    with checks.only_run_on(home):
        pass


def test_keys_are_for_their_owner_alone_even_where_the_folder_was_open_before(tmp_path):
    home = Home(tmp_path / "home")
    home.make()
    home.keys.chmod(0o755)
    checks.prepare(home)
    assert home.keys.stat().st_mode & 0o777 == 0o700
    assert home.keys.parent == home.data.parent
