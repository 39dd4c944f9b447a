"""Every picture of the simulator holds its code, readable in the first tier and signed as the plan says."""

import json
import random

import cv2
import numpy as np
import pytest
import zxingcpp

from checkpoint_agent.headless.sheet import OfficerSheet
from deploy.simulator.issuing import Issuers
from deploy.simulator.pictures import HEIGHT, WIDTH, frame_with, jpeg
from deploy.simulator.plan_model import Counts
from deploy.simulator.sheets import lay
from deploy.simulator.stream import lists_of
from schemas.passes.read import read_pass
from tests.unit.simulator.mornings import a_plan


def texts_in(encoded):
    gray = cv2.imdecode(np.frombuffer(encoded, dtype=np.uint8), cv2.IMREAD_GRAYSCALE)
    return [found.text for found in zxingcpp.read_barcodes(gray, formats=zxingcpp.BarcodeFormat.QRCodeModel2)]


@pytest.fixture(scope="module")
def issuers(simulator_keys):
    return Issuers.of(simulator_keys)


def test_each_paper_reads_as_the_plan_says(issuers):
    drawn = a_plan(3)
    lists = lists_of(drawn, issuers)
    for crossing in drawn.crossings:
        for shown in crossing.shown:
            read = read_pass(issuers.text_of(shown.paper), lists, at=crossing.closed_at)
            assert read.reading.reason == shown.reason, crossing.case


def test_pictures_of_all_lengths_are_read_at_once(issuers):
    drawn = a_plan(4)
    longest = sorted({issuers.text_of(s.paper) for c in drawn.crossings for s in c.shown}, key=len)[-5:]
    texts = [*longest, *[issuers.text_of(s.paper) for c in drawn.crossings[:12] for s in c.shown]]
    assert max(map(len, texts)) > 700
    for seed, text in enumerate(texts):
        assert texts_in(jpeg(frame_with(text, random.Random(seed)))) == [text]


def test_a_picture_is_a_frame_of_a_camera_with_no_white_ground(issuers):
    frame = frame_with("HC1:TEST", random.Random(1))
    assert frame.shape == (HEIGHT, WIDTH, 3)
    assert (frame > 250).mean() < 0.01


def test_a_laid_sheet_is_the_stations_own_model_and_its_pictures_are_there(issuers, tmp_path):
    for crossing in a_plan(5, counts=Counts.of(10)).crossings:
        sheet = OfficerSheet.model_validate_json(lay(crossing, tmp_path, issuers.text_of).read_bytes())
        assert sheet.sheet_id == crossing.sheet_id
        assert len(sheet.occupants) == len(crossing.occupants)
        assert all((tmp_path / picture.file).exists() for picture in sheet.pictures)
    assert not list(tmp_path.glob(".*"))


def test_the_sheet_appears_after_its_pictures(issuers, tmp_path, monkeypatch):
    crossing = a_plan(5).crossings[0]
    seen = []
    real = __import__("os").replace

    def watched(source, target):
        seen.append(sorted(path.suffix for path in tmp_path.iterdir()))
        real(source, target)

    monkeypatch.setattr("deploy.simulator.sheets.os.replace", watched)
    path = lay(crossing, tmp_path, issuers.text_of)
    assert seen[0].count(".jpg") == len(crossing.shown)
    assert json.loads(path.read_text())["plate"] == crossing.plate


def test_the_same_crossing_is_always_the_same_pictures(issuers, tmp_path):
    crossing = a_plan(6).crossings[0]
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        lay(crossing, tmp_path / name, lambda paper: "TEXT")
    assert [p.read_bytes() for p in sorted((tmp_path / "one").glob("*.jpg"))] == [
        p.read_bytes() for p in sorted((tmp_path / "other").glob("*.jpg"))
    ]


def test_a_forged_pass_names_a_key_of_the_province_and_is_signed_with_another(issuers):
    for algorithm, signer in issuers.health.items():
        forger = issuers.forged_health[algorithm]
        assert (forger.key_id, forger.issuer) == (signer.key_id, signer.issuer)
        assert forger.private_key.public_key() != signer.private_key.public_key()
