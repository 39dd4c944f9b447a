"""Key files: one each, private, never overwritten, completed after an interruption."""

import os
import stat
import subprocess
import sys

import pytest

from deploy import key_folder
from deploy.demo.posts import LANES
from deploy.key_folder import read_file, write_once
from deploy.keys import GREEN_LANE, HEALTH_PS256, ISSUERS, KeyFolder, make_keys
from deploy.keys_command import main
from deploy.refusals import CannotStart
from schemas.passes.trust_list import KeyUsage
from schemas.trust.chain import station_key
from schemas.trust.key_files import (
    MasterKeyFile,
    RefKeysFile,
    SealingKeysFile,
    SigningKeyFile,
    StationKeysFile,
    VerifyingKeyFile,
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = KeyFolder(tmp_path_factory.mktemp("province") / "keys")
    make_keys(folder, LANES)
    return folder


def test_every_file_of_the_contract_is_made_and_parses(made):
    assert read_file(made.sealing, SealingKeysFile).opener()
    assert read_file(made.refs, RefKeysFile).ref_keys()
    assert (
        read_file(made.signing, SigningKeyFile).public == read_file(made.signing_public, VerifyingKeyFile).public
    )
    assert sorted(path.stem for path in (made.root / "stations").iterdir()) == sorted(
        lane.station_id for lane in LANES
    )
    assert len(list((made.root / "issuers").iterdir())) == len(ISSUERS)


def test_files_are_readable_by_their_owner_only_and_so_are_their_folders(made):
    for path in made.root.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_a_stations_hmac_key_is_the_one_that_the_centre_derives(made):
    master = read_file(made.master, MasterKeyFile).master
    station = made.read_station("pha-rach-mieu-1")
    assert station.hmac == station_key(master, "pha-rach-mieu-1", 1)
    assert station.centre_sealing_public == read_file(made.sealing, SealingKeysFile).public["sealing-1"]


def test_two_stations_share_no_private_key(made):
    one, other = (made.read_station(lane.station_id) for lane in LANES[:2])
    assert len({one.hmac, other.hmac, one.signing_private, other.signing_private}) == 4
    assert one.sealing_private != other.sealing_private


def test_issuers_may_sign_only_their_own_passes(made):
    assert made.read_issuer(GREEN_LANE).entry.usages == (KeyUsage.GREEN_LANE,)
    assert made.read_issuer(HEALTH_PS256).signer().algorithm == "PS256"
    assert KeyUsage.GREEN_LANE not in made.read_issuer(HEALTH_PS256).entry.usages


def test_a_second_run_makes_nothing_and_changes_nothing(made):
    before = {path: path.read_bytes() for path in made.root.rglob("*.json")}
    assert make_keys(made, LANES) == []
    assert {path: path.read_bytes() for path in made.root.rglob("*.json")} == before


def test_what_an_interrupted_run_left_out_is_made_from_what_is_there(made):
    made.signing_public.unlink()
    assert make_keys(made, LANES) == [made.signing_public]
    assert (
        read_file(made.signing, SigningKeyFile).public == read_file(made.signing_public, VerifyingKeyFile).public
    )


def test_a_write_that_dies_leaves_no_file_under_the_name(tmp_path, monkeypatch):
    def die(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(key_folder.os, "fsync", die)
    with pytest.raises(OSError, match="No space"):
        write_once(tmp_path / "keys" / "master.json", "{}")
    assert list((tmp_path / "keys").iterdir()) == []


def test_of_two_writers_the_first_wins(tmp_path):
    path = tmp_path / "one.json"
    assert write_once(path, "first")
    assert not write_once(path, "second")
    assert path.read_text() == "first"


def test_a_broken_key_file_is_named_and_not_quoted(tmp_path):
    path = tmp_path / "refs.json"
    write_once(path, '{"person": "c2VjcmV0LXNlY3JldA=="}')
    with pytest.raises(CannotStart) as refused:
        read_file(path, RefKeysFile)
    assert str(path) in str(refused.value)
    assert "c2Vj" not in str(refused.value)


def test_a_station_key_does_not_show_in_its_repr(made):
    shown = repr(made.read_station("rach-mieu-1")) + repr(made.read_issuer(GREEN_LANE))
    assert "private" not in shown.replace("sealing_key", "")


def test_the_command_makes_lists_and_warns_of_a_file_that_others_may_read(tmp_path, capsys):
    folder = tmp_path / "keys"
    assert main(["make", "--folder", str(folder), "--station", "ba-tri-2:ba-tri:2"]) == 0
    assert "made stations/ba-tri-2.json" in capsys.readouterr().out
    os.chmod(folder / "centre" / "refs.json", 0o644)
    assert main(["list", "--folder", str(folder)]) == 0
    listed = capsys.readouterr().out
    assert listed.count("others may read it") == 1
    station = read_file(folder / "stations" / "ba-tri-2.json", StationKeysFile)
    assert (station.post_id, station.lane) == ("ba-tri", 2)


def test_help_says_what_the_command_does():
    said = subprocess.run(
        [sys.executable, "-c", "from deploy.keys_command import main; main(['--help'])"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "never overwritten" in said.stdout
