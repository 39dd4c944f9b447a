"""Keys that change while they are in use: what is old verifies and opens on, and what is destroyed is gone."""

from datetime import timedelta
from uuid import uuid4

import pytest

from deploy import key_rotation
from deploy.key_folder import read_file
from deploy.key_rotation import (
    destroy_sealing,
    issuers_in,
    merged,
    retire_issuer,
    rotate_issuer,
    rotate_passes,
    rotate_sealing,
    sealing_keys_in,
    trust_list_in,
)
from deploy.keys import GREEN_LANE, HEALTH_ES256, KeyFolder, make_keys
from deploy.keys_command import main
from deploy.refusals import CannotStart
from schemas.events.base import Secrets
from schemas.passes.claims import GreenLaneClaims, PersonClaims
from schemas.passes.issue import issue_green_lane_pass
from schemas.passes.read import PassLists, read_pass
from schemas.passes.revocations import Revoked
from schemas.passes.trust_list import Trusted, TrustList
from schemas.trust.key_files import IssuerKeyFile, PassesKeyFile, SealingKeysFile
from schemas.trust.sealing import BoxRefused
from schemas.words import VehicleClass
from tests.builders import NOON


@pytest.fixture
def keys(tmp_path):
    folder = KeyFolder(tmp_path / "keys")
    make_keys(folder, [])
    return folder


def a_pass(file: IssuerKeyFile):
    claims = GreenLaneClaims(pass_number="1", plate="71C-1", vehicle_class=VehicleClass.TRUCK, registered_crew=1)
    return issue_green_lane_pass(
        claims, signer=file.signer(), issued_at=NOON - timedelta(hours=1), valid_until=NOON + timedelta(days=9)
    )


def reason(text, keys, at=NOON):
    lists = PassLists(trusted=Trusted.of(trust_list_in(keys)), revoked=Revoked())
    return read_pass(text, lists, at=at).reading.reason


def test_a_pass_of_the_former_key_verifies_until_that_key_is_retired(keys):
    old = keys.read_issuer(GREEN_LANE)
    before = a_pass(old)
    new = rotate_issuer(keys, GREEN_LANE)
    assert new.entry.key_id != old.entry.key_id
    assert reason(before, keys) is None
    assert reason(a_pass(keys.read_issuer(GREEN_LANE)), keys) is None
    retire_issuer(keys, old.entry.key_id, at=NOON)
    assert reason(before, keys, NOON) is None
    assert reason(before, keys, NOON + timedelta(seconds=1)) == "PASS_KEY_RETIRED"


def test_a_current_or_unknown_key_is_not_retired(keys):
    with pytest.raises(CannotStart, match="rotate it first"):
        retire_issuer(keys, keys.read_issuer(GREEN_LANE).entry.key_id, at=NOON)
    with pytest.raises(CannotStart, match="no issuer's key"):
        retire_issuer(keys, "AAAAAAAAAAA=", at=NOON)


def test_a_destroyed_private_half_signs_nothing_and_its_public_half_stays_listed(keys):
    old = keys.read_issuer(HEALTH_ES256)
    rotate_issuer(keys, HEALTH_ES256)
    retire_issuer(keys, old.entry.key_id, at=NOON, destroy=True)
    (left,) = [one for one in issuers_in(keys) if one.file.entry.key_id == old.entry.key_id]
    with pytest.raises(ValueError, match="destroyed"):
        left.file.signer()
    assert left.file.entry.public_key == old.entry.public_key
    assert old.private_pem.splitlines()[1] not in "".join(
        path.read_text() for path in keys.root.rglob("*") if path.is_file()
    )


def test_an_interrupted_rotation_lists_no_key_twice(keys, monkeypatch):
    def die(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(key_rotation, "replace", die)
    with pytest.raises(OSError, match="No space"):
        rotate_issuer(keys, GREEN_LANE)
    key_ids = [entry.key_id for entry in trust_list_in(keys).entries]
    assert len(key_ids) == len(set(key_ids)) == 3
    assert next(one.current for one in issuers_in(keys) if one.kind is GREEN_LANE)


def test_retiring_again_never_makes_a_key_live_longer(keys):
    old = keys.read_issuer(GREEN_LANE).entry.key_id
    rotate_issuer(keys, GREEN_LANE)
    retire_issuer(keys, old, at=NOON)
    assert retire_issuer(keys, old, at=NOON + timedelta(days=1)).not_after == NOON


def test_publishing_keeps_the_keys_of_others_and_replaces_ours(keys):
    other = trust_list_in(keys).entries[0].model_copy(update={"key_id": "AAAAAAAAAAA=", "issuer": "VN-79"})
    before = trust_list_in(keys)
    old = keys.read_issuer(GREEN_LANE).entry.key_id
    rotate_issuer(keys, GREEN_LANE)
    retire_issuer(keys, old, at=NOON)
    result = merged(TrustList(entries=(*before.entries, other)), trust_list_in(keys))
    assert other in result.entries
    assert len(result.entries) == 5
    assert [entry.not_after for entry in result.entries if entry.key_id == old] == [NOON]


def test_what_was_sealed_before_a_rotation_opens_after_it_until_its_key_is_destroyed(keys):
    secret = Secrets(record_id=uuid4())
    before = read_file(keys.sealing, SealingKeysFile).sealer().seal(secret)
    assert rotate_sealing(keys, from_at=NOON) == "sealing-2"
    now = read_file(keys.sealing, SealingKeysFile)
    assert now.sealer().key_id == "sealing-2"
    for box in (before, now.sealer().seal(secret)):
        assert now.opener().open(box, secret.record_id, Secrets) == secret
    assert [(key.key_id, key.from_at >= NOON) for key in sealing_keys_in(keys)] == [
        ("sealing-1", False),
        ("sealing-2", True),
    ]
    destroy_sealing(keys, "sealing-1")
    left = read_file(keys.sealing, SealingKeysFile)
    with pytest.raises(BoxRefused, match="BOX_KEY_UNKNOWN"):
        left.opener().open(before, secret.record_id, Secrets)
    assert [key.key_id for key in sealing_keys_in(keys)] == ["sealing-2"]
    assert list(keys.sealing.parent.glob(".*")) == []


def test_the_current_sealing_key_is_not_destroyed(keys):
    with pytest.raises(CannotStart, match="rotate it first"):
        destroy_sealing(keys, "sealing-1")


def test_a_number_inside_a_pass_opens_with_the_passes_key_after_it_was_rotated(keys):
    person = PersonClaims(name="A", number="083090001234", birth_date="1990")
    on_pass = read_file(keys.passes, PassesKeyFile).sealer().for_a_pass(person)
    rotate_passes(keys)
    opener = read_file(keys.passes, PassesKeyFile).opener()
    assert on_pass.number is None
    assert on_pass.masked_number == "******001234"
    assert opener.with_number(on_pass).number == "083090001234"
    old = read_file(keys.passes, PassesKeyFile).sealer().for_a_pass(PersonClaims(old_number="320123456"))
    assert opener.with_number(old).old_number == "320123456"
    assert len(old.sealed_number) == len(on_pass.sealed_number)
    assert opener.opened("AAAA") is None


def test_the_command_rotates_retires_and_prints_the_list_that_results_and_no_secret(keys, capsys):
    old = keys.read_issuer(GREEN_LANE)
    folder = ["--folder", str(keys.root)]
    assert main(["rotate", "green-lane", *folder]) == 0
    assert main(["rotate", "sealing", "--at", "2021-11-01T00:00:00+07:00", *folder]) == 0
    with pytest.raises(CannotStart, match="--confirm"):
        main(["retire", old.entry.key_id, "--destroy", *folder])
    capsys.readouterr()
    assert main(["retire", old.entry.key_id, "--destroy", "--confirm", old.entry.key_id, *folder]) == 0
    listed = TrustList.model_validate_json(capsys.readouterr().out.partition("\n")[2])
    assert [entry.not_after is None for entry in listed.entries if entry.key_id == old.entry.key_id] == [False]
    assert main(["list", *folder]) == 0
    said = capsys.readouterr().out
    assert "retired from" in said
    assert "no private half" in said
    assert "sealing-2  current" in said
    secrets = [*read_file(keys.sealing, SealingKeysFile).private.values()]
    assert "PRIVATE KEY" not in said
    assert all(secret.hex() not in said for secret in secrets)
