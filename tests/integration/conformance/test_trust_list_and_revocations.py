"""The signed demo trust list, the quality-assurance pictures it should verify, and the revocation sample."""

import json

import pytest

from deploy.command_line import main
from schemas.passes import envelope
from schemas.passes.certificates import TrustListNotBelieved, read_signed_list
from schemas.passes.revocations import certificate_id_hash, country_and_id_hash, signature_hash
from schemas.passes.trust_list import SigningAlgorithm, TrustList
from tests.shared_data import DATA, needs

LIST = DATA / "dcc" / "trust-list" / "dsc-list.json"
KEY = DATA / "dcc" / "trust-list" / "dsc-list-signing-key.pem"
PICTURES = DATA / "dcc" / "quality-assurance"
SAMPLE = DATA / "cwa" / "RevocationCalculationSampleData.json"
TRUSTING = ["--trust-list", str(LIST), "--trust-list-key", str(KEY), "--at", "2022-03-01T00:00:00Z"]
ISSUERS_ABSENT_FROM_THE_LIST = 14
"""Pictures whose key id the list does not have."""


def readings(capsys, *arguments):
    assert main(["pass", "read", *map(str, arguments)]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@needs("dcc", "trust-list")
def test_all_certificates_of_the_signed_list_are_read():
    read = read_signed_list(LIST.read_bytes(), KEY.read_bytes())
    assert len(read.trust_list.entries) == 610
    assert read.unusable == ()
    assert TrustList.model_validate_json(read.trust_list.model_dump_json()) == read.trust_list
    # One is on another curve: listed, and no pass may be signed with it.
    assert sum(entry.algorithm is None for entry in read.trust_list.entries) == 1


@needs("dcc", "trust-list")
@pytest.mark.parametrize("change", ["body", "signature", "no signature", "nothing"])
def test_a_list_whose_own_signature_is_wrong_is_not_looked_at(change):
    signed = LIST.read_bytes()
    signature, _, body = signed.partition(b"\n")
    altered = {
        "body": signature + b"\n" + body.replace(b'"DE"', b'"FR"', 1),
        "signature": signature[:-6] + b"AAAA==\n" + body,
        "no signature": body,
        "nothing": b"",
    }[change]
    with pytest.raises(TrustListNotBelieved):
        read_signed_list(altered, KEY.read_bytes())


@needs("dcc", "quality-assurance")
def test_every_quality_assurance_picture_decodes_and_verifies_where_its_key_is_known(capsys):
    """Verifies: the signature is right under the listed key. At any one clock many are expired."""
    pictures = {str(path) for path in PICTURES.rglob("*") if path.suffix.lower() == ".png"}
    read = readings(capsys, PICTURES, *TRUSTING, "--revocations", "none")

    assert len(pictures) == 222
    assert [reading["input"] for reading in read if not reading["key_id"]] == []
    assert {reading["input"] for reading in read} == pictures
    known = [reading for reading in read if reading["reason"] != "KEY_UNKNOWN"]
    assert [reading["input"] for reading in known if reading["confidence"] != "signed"] == []
    assert len(read) - len(known) == ISSUERS_ABSENT_FROM_THE_LIST
    assert all(reading["claims"]["entries"] for reading in known)


@needs("dcc", "quality-assurance")
def test_the_german_pictures_under_a_key_of_no_country_name_the_issuer_as_the_list_does(capsys):
    read = readings(capsys, *sorted((PICTURES / "DE" / "1.3.0").glob("*revoked0*")), *TRUSTING)
    assert [(reading["issuer"], reading["confidence"]) for reading in read] == [("WW", "signed")] * 3


@needs("cwa")
def test_the_three_revocation_hashes_are_those_of_the_sample():
    for sample in json.loads(SAMPLE.read_text("utf-8")):
        opened = envelope.opened(sample["barcodeData"], "HC1:")
        eu_pass = opened.payload[-260][1]
        (entry,) = eu_pass.get("v") or eu_pass.get("t") or eu_pass.get("r")
        assert opened.algorithm in SigningAlgorithm
        assert certificate_id_hash(entry["ci"]) == sample["expUCI"]
        assert country_and_id_hash(opened.payload[1], entry["ci"]) == sample["expCOUNTRYCODEUCI"]
        assert signature_hash(opened.signature, opened.algorithm) == sample["expSIGNATURE"]


@needs("cwa")
@pytest.mark.parametrize(
    ("field", "hash_"),
    [("certificate_ids", "expUCI"), ("countries_and_ids", "expCOUNTRYCODEUCI"), ("signatures", "expSIGNATURE")],
)
def test_a_sample_is_rejected_by_each_of_its_hashes_and_by_no_other(field, hash_, capsys, tmp_path):
    samples = json.loads(SAMPLE.read_text("utf-8"))
    revoked = tmp_path / "revoked.json"
    revoked.write_text(json.dumps({field: [samples[0][hash_]]}))
    texts = [f"--text={sample['barcodeData']}" for sample in samples]
    read = readings(capsys, *texts, *TRUSTING, "--revocations", revoked)
    assert [reading["reason"] for reading in read] == ["PASS_REVOKED", *[None] * (len(samples) - 1)]
