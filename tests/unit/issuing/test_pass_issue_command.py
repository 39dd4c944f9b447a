"""``chotxanh pass issue``: three private files, once, and nothing of anybody on the terminal."""

import json
import stat

import pytest

from deploy.key_rotation import trust_list_in
from deploy.keys import KeyFolder, make_keys
from deploy.pass_command import main
from deploy.refusals import CannotStart
from schemas.passes.read import PassLists, read_pass
from schemas.passes.revocations import Revoked
from schemas.passes.trust_list import Trusted
from tests.builders import NOON

ORDER = {
    "asked": "green_lane",
    "pass_id": "00000000-0000-4000-8000-000000000001",
    "valid_until": "2021-10-20T00:00:00Z",
    "pass_number": "BT-000001",
    "plate": "71C-123.45",
    "vehicle_class": "truck",
    "registered_crew": 1,
    "crew": [{"name": "Nguyễn Văn Thử", "number": "083090000001"}],
}


@pytest.fixture
def keys(tmp_path):
    folder = KeyFolder(tmp_path / "keys")
    make_keys(folder, [])
    return folder


def issue(tmp_path, keys, **changes):
    order = tmp_path / "order.json"
    order.write_text(json.dumps(ORDER | changes))
    at = NOON.isoformat()
    return main(["issue", str(order), "--keys", str(keys.root), "--out", str(tmp_path / "out"), "--at", at])


def test_a_pass_issued_where_the_keys_are_is_accepted_and_its_files_are_private(tmp_path, keys, capsys):
    assert issue(tmp_path, keys) == 0
    said = capsys.readouterr().out
    assert "Nguyễn" not in said
    assert "71C" not in said
    files = {path.suffix: path for path in (tmp_path / "out" / ORDER["pass_id"]).iterdir()}
    assert set(files) == {".txt", ".png", ".html"}
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in files.values())
    lists = PassLists(trusted=Trusted.of(trust_list_in(keys)), revoked=Revoked())
    assert read_pass(files[".txt"].read_text(), lists, at=NOON).reading.status == "accepted"


def test_a_pass_is_issued_once(tmp_path, keys):
    issue(tmp_path, keys)
    with pytest.raises(CannotStart, match="there already"):
        issue(tmp_path, keys)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"plate": ""}, "green_lane.plate: string_too_short"),
        ({"registered_crew": 0}, "crew: MORE_CREW_THAN_REGISTERED"),
        ({"asked": "anything"}, "union_tag_invalid"),
    ],
)
def test_a_wrong_order_is_refused_by_its_field_and_says_nothing_of_its_content(tmp_path, keys, changes, sentence):
    with pytest.raises(CannotStart) as refused:
        issue(tmp_path, keys, **changes)
    assert sentence in str(refused.value)
    assert "083090000001" not in str(refused.value)


def test_without_keys_it_says_so(tmp_path):
    with pytest.raises(CannotStart, match="No key in the folder"):
        issue(tmp_path, KeyFolder(tmp_path / "nowhere"))
