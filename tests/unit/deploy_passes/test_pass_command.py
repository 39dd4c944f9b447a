"""``chotxanh pass read``: what goes in, what is shown of it, and how it refuses."""

import io
import json
import sys
from base64 import b64encode
from datetime import timedelta
from pathlib import Path

import cv2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

sys.path.insert(0, str(Path(__file__).parents[1] / "passes"))

from passes_made import (
    NOON,
    a_card,
    a_green_lane_pass,
    a_group_test,
    a_health_pass,
    health_claims,
    issuer,
    opened,
)

from deploy.command_line import main
from schemas.passes.revocations import signature_hash
from schemas.passes.trust_list import TrustList
from tests.code_pictures import a_code, a_frame

AT = ["--at", NOON.isoformat()]


@pytest.fixture
def trust_list(tmp_path):
    path = tmp_path / "trust.json"
    path.write_text(TrustList(entries=(issuer().entry,)).model_dump_json())
    return ["--trust-list", str(path)]


@pytest.fixture
def read(capsys):
    """The readings that a command line prints."""

    def run(*arguments):
        status = main(["pass", "read", *map(str, arguments)])
        out = capsys.readouterr().out
        assert status == 0
        return [json.loads(line) for line in out.splitlines()]

    return run


@pytest.fixture
def refusal(capsys):
    def run(*arguments):
        assert main(["pass", "read", *map(str, arguments)]) == 1
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.startswith("✗ ")
        assert printed.err.count("\n") == 1
        return printed.err

    return run


def test_a_genuine_text_is_accepted(read, trust_list):
    (reading,) = read(a_health_pass(), *trust_list, "--revocations", "none", *AT)
    assert (reading["input"], reading["kind"], reading["status"], reading["reason"]) == (
        "text 1", "health_pass", "accepted", None,
    )  # fmt: skip
    assert reading["confidence"] == "signed"
    assert reading["passed"] == "revocation"
    assert reading["claims"]["entries"][0]["test_outcome"] == "negative"
    assert reading["timings"]["read_us"] > 0


@pytest.mark.parametrize("text", [a_health_pass(health_claims(a_group_test())), a_green_lane_pass()])
def test_nobody_is_named_unless_it_was_asked_for(text, trust_list, capsys):
    secrets = ["Nguy", "Lê Thị", "Trần", "1990", "sealed", "000123", "71C", "UVCI", "HTX"]
    assert main(["pass", "read", text, *trust_list, "--revocations", "none", *AT]) == 0
    shown = capsys.readouterr().out
    assert [secret for secret in secrets if secret in shown] == []
    assert text not in shown

    assert main(["pass", "read", text, *trust_list, "--revocations", "none", *AT, "--show-person"]) == 0
    assert "Nguyễn Văn A" in capsys.readouterr().out


def test_an_unsigned_card_shows_its_kind_alone(read):
    text = "083090001234|320123456|Nguyễn Văn A|31011990|Nam|ấp 3, Mỏ Cày|25042021"
    (reading,) = read(text)
    assert reading["kind"] == "citizen_card"
    assert reading["claims"] == {"claims": "citizen"}
    assert read(text, "--show-person")[0]["claims"]["person"]["number"] == a_card().person.number


def test_without_lists_nothing_signed_is_accepted(read, trust_list):
    assert read(a_health_pass(), *AT)[0]["reason"] == "TRUST_LIST_MISSING"
    without_revocations = read(a_health_pass(), *trust_list, *AT)[0]
    assert (without_revocations["status"], without_revocations["reason"], without_revocations["confidence"]) == (
        "could_not_check", "REVOCATION_LIST_MISSING", "signed",
    )  # fmt: skip


def test_a_pass_is_judged_as_of_the_instant_given(read, trust_list):
    text = a_health_pass(valid_until=NOON)
    arguments = [text, *trust_list, "--revocations", "none", "--at"]
    assert read(*arguments, NOON.isoformat())[0]["status"] == "accepted"
    late = read(*arguments, (NOON + timedelta(seconds=1)).isoformat())[0]
    assert (late["status"], late["reason"]) == ("rejected", "PASS_EXPIRED")
    assert late["claims"] is not None


def test_a_file_of_lines_gives_one_reading_a_line(read, tmp_path, trust_list):
    lines = tmp_path / "scans.txt"
    lines.write_bytes(a_health_pass().encode() + b"\r\n\nTKVT_1\n\xff\xfe\n")
    readings = read(lines, *trust_list, "--revocations", "none", *AT)
    assert [(reading["input"], reading["kind"]) for reading in readings] == [
        (f"{lines}:1", "health_pass"),
        (f"{lines}:3", "declaration"),
        (f"{lines}:4", "unknown"),
    ]
    assert readings[2]["reason"] == "TEXT_NOT_ALLOWED"


def test_standard_input_is_a_file_of_lines(read, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"TKVT_1\nTKVT_2\n")))
    assert [reading["input"] for reading in read("-")] == ["standard input:1", "standard input:2"]


def test_a_picture_is_decoded_and_read(read, tmp_path, trust_list):
    picture = tmp_path / "pass.png"
    cv2.imwrite(str(picture), a_frame((a_code(a_health_pass()), 200, 50)))
    (reading,) = read(picture, *trust_list, "--revocations", "none", *AT)
    assert (reading["input"], reading["status"]) == (str(picture), "accepted")
    assert reading["timings"]["decoded_by"] == "first"
    assert read(tmp_path, *trust_list, "--revocations", "none", *AT)[0]["status"] == "accepted"  # a folder


def test_a_picture_without_a_code_and_one_that_is_none_are_said_to_be_so(read, tmp_path):
    empty, broken = tmp_path / "empty.png", tmp_path / "broken.png"
    cv2.imwrite(str(empty), a_frame())
    broken.write_bytes(b"no picture")
    assert [reading["reason"] for reading in read(empty, broken)] == ["NO_CODE_SEEN", "PICTURE_BROKEN"]


@pytest.mark.parametrize("form", ["ours", "batch", "batches", "lines", "base64 lines"])
def test_a_revocation_is_found_in_every_form_of_the_list(form, read, tmp_path, trust_list):
    text = a_health_pass()
    envelope = opened(text).envelope
    hash_ = signature_hash(envelope.signature, envelope.algorithm)
    in_base64 = b64encode(bytes.fromhex(hash_)).decode()
    batch = {"country": "VN", "kid": "x", "hashType": "SIGNATURE", "entries": [{"hash": in_base64}]}
    path = tmp_path / "revoked"
    path.write_text(
        {
            "ours": json.dumps({"signatures": [hash_]}),
            "batch": json.dumps(batch),
            "batches": json.dumps([batch, {"hashType": "UCI", "entries": []}]),
            "lines": f"{'0' * 32}\n{hash_.upper()}\n",
            "base64 lines": in_base64,
        }[form]
    )
    (reading,) = read(text, *trust_list, "--revocations", path, *AT)
    assert reading["reason"] == "PASS_REVOKED"


def signed_list(body: bytes):
    """A list as the EU's apps fetch it, and the key that signs it."""
    key = ec.generate_private_key(ec.SECP256R1())
    r, s = decode_dss_signature(key.sign(body, ec.ECDSA(SHA256())))
    signature = b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    return signature + b"\n" + body, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def test_a_signed_list_is_believed_only_with_the_key_that_signs_it(read, refusal, tmp_path):
    list_, key, other = tmp_path / "list", tmp_path / "key.pem", tmp_path / "other.pem"
    signed, pem = signed_list(b'{"certificates": []}')
    list_.write_bytes(signed)
    key.write_bytes(pem)
    other.write_bytes(signed_list(b"")[1])
    assert read(a_health_pass(), "--trust-list", list_, "--trust-list-key", key)[0]["reason"] == "KEY_UNKNOWN"
    assert "give the key" in refusal(a_health_pass(), "--trust-list", list_)
    assert "nothing in it is believed" in refusal("x", "--trust-list", list_, "--trust-list-key", other)
    key.write_text("no key")
    assert "no public key" in refusal("x", "--trust-list", list_, "--trust-list-key", key)


def test_a_key_cannot_vouch_for_a_list_that_is_not_signed(refusal, trust_list, tmp_path):
    assert "is not signed" in refusal("x", *trust_list, "--trust-list-key", tmp_path / "key.pem")


@pytest.mark.parametrize(
    ("option", "content", "said"),
    [
        ("--trust-list", '{"entries": [{"key_id": "secret"}]}', "entries.0.key_id: string_pattern_mismatch"),
        ("--revocations", '{"signatures": ["secret"]}', "signatures.0: string_pattern_mismatch"),
        ("--revocations", "secret", "no hash of 16 bytes"),
        ("--revocations", "[{]", "is not JSON"),
        ("--revocations", '[{"hashType": "OTHER", "entries": []}]', "unknown hashType"),
        ("--certificate", "secret", "no certificate"),
        ("--tokens", "[]", "is no TokenList"),
    ],
)
def test_a_list_that_cannot_be_used_is_named_with_the_field_and_never_its_value(
    option, content, said, refusal, tmp_path
):
    path = tmp_path / "file"
    path.write_text(content)
    sentence = refusal("x", option, path)
    assert said in sentence
    assert "secret" not in sentence


def test_a_file_that_is_not_there_is_no_text(refusal, tmp_path):
    assert "There is no file" in refusal(tmp_path / "nothing.png")
    assert "cannot be read" in refusal("x", "--trust-list", tmp_path / "nothing")


@pytest.mark.parametrize("arguments", [["--at", "2021-10-06T12:00:00"], ["--at", "noon"], ["--colour"]])
def test_a_wrong_command_line_ends_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["pass", "read", "x", *arguments])
    assert ended.value.code == 2


def test_help_says_what_every_line_holds(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["pass", "read", "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert all(word in said for word in ("could_not_check", "--show-person", "--trust-list-key", "Exit status"))
