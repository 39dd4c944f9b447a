"""The real process: it starts by its settings, says what is missing, and ends cleanly on SIGTERM."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import timedelta
from pathlib import Path

import pytest

from checkpoint_agent.page.officers import add_device
from deploy.checks import free_port
from schemas.bounded import instant_text
from tests.builders import NOON
from tests.station_parts import a_centre, a_sheet, put_sheet, station_keys

ROOT = Path(__file__).parents[3]


@pytest.fixture
def settings(tmp_path):
    port = free_port()
    (tmp_path / "keys.json").write_text(station_keys(a_centre()).model_dump_json())
    (tmp_path / "sheets").mkdir()
    return {
        "CHOTXANH_STATION_HOME": str(tmp_path / "home"),
        "CHOTXANH_STATION_KEYS": str(tmp_path / "keys.json"),
        "CHOTXANH_KAFKA_BOOTSTRAP": "127.0.0.1:1",
        "CHOTXANH_STATION_PORT": str(port),
        "CHOTXANH_STATION_SHEETS": str(tmp_path / "sheets"),
    }


def started(settings, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "checkpoint_agent", *(arguments or ("station",))],
        env={**os.environ, **settings},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def asked(settings, path, key=None):
    request = urllib.request.Request(f"http://127.0.0.1:{settings['CHOTXANH_STATION_PORT']}{path}")
    if key:
        request.add_header("Authorization", f"Bearer {key}")
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.load(answer)


def until(condition, within_s=20):
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        try:
            if (found := condition()) is not None:
                return found
        except (OSError, urllib.error.URLError):
            pass
        time.sleep(0.05)
    raise AssertionError("not in time")


def test_it_works_a_sheet_answers_a_device_and_ends_cleanly(tmp_path, settings):
    key = add_device(tmp_path / "home", "checks")
    station = started(settings)
    try:
        assert until(lambda: asked(settings, "/health"))["live"]
        put_sheet(tmp_path / "sheets", a_sheet("s1"))
        (crossing,) = until(lambda: asked(settings, "/api/crossings", key) or None)
        until(lambda: (asked(settings, "/api/crossings", key)[0]["decision"]) or None)
        state = asked(settings, "/api/state", key)
    finally:
        station.send_signal(signal.SIGTERM)
        out, err = station.communicate(timeout=15)
    assert station.returncode == 0
    assert (crossing["sheet_id"], crossing["written"], crossing["sent"]) == ("s1", True, False)
    assert crossing["closed_at"] == instant_text(NOON + timedelta(minutes=1))  # the sheet's time, not ours
    assert (state["online"], state["unsent"] >= 1) == (False, True)
    assert err.count("out of reach") == 1
    assert "71C" not in out + err


def test_without_a_key_nothing_is_told(tmp_path, settings):
    station = started(settings)
    try:
        until(lambda: asked(settings, "/health"))
        with pytest.raises(urllib.error.HTTPError, match="401"):
            asked(settings, "/api/state")
        with pytest.raises(urllib.error.HTTPError, match="401"):
            asked(settings, "/picture.jpg")
    finally:
        station.send_signal(signal.SIGTERM)
        station.communicate(timeout=15)


def test_health_is_open_and_metrics_are_for_a_device(tmp_path, settings):
    key = add_device(tmp_path / "home", "prometheus")
    station = started(settings)
    try:
        health = until(lambda: asked(settings, "/health"))
        put_sheet(tmp_path / "sheets", a_sheet("s1"))
        until(lambda: asked(settings, "/api/crossings", key) or None)
        with pytest.raises(urllib.error.HTTPError, match="401"):
            asked(settings, "/metrics")
        url = f"http://127.0.0.1:{settings['CHOTXANH_STATION_PORT']}/metrics"
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"})
        with urllib.request.urlopen(request, timeout=5) as answer:
            said = answer.read().decode()
    finally:
        station.send_signal(signal.SIGTERM)
        _, err = station.communicate(timeout=15)
    assert (health["program"], health["live"], health["away"]) == ("station", True, ["broker"])
    assert 'chotxanh_station_online{station="rach-mieu-1"} 0.0' in said
    unsent = next(line for line in said.splitlines() if line.startswith("chotxanh_station_unsent_records{"))
    assert float(unsent.split()[-1]) >= 1
    assert "71C" not in said
    lines = [json.loads(line) for line in err.splitlines()]
    assert {(line["program"], line["name"]) for line in lines} == {("station", "rach-mieu-1")}


def test_a_broken_file_is_said_and_ends_in_no_crash_loop(tmp_path, settings):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "station.sqlite3").write_bytes(b"once a database" * 1000)
    station = started(settings)
    try:

        def trouble():
            try:
                asked(settings, "/health")
            except urllib.error.HTTPError as refused:
                return json.load(refused)
            return None

        assert until(trouble)["trouble"] == "OUTBOX_FILE_BROKEN"
        assert station.poll() is None
    finally:
        station.send_signal(signal.SIGTERM)
        station.communicate(timeout=15)


@pytest.mark.parametrize("missing", ["CHOTXANH_STATION_KEYS", "CHOTXANH_KAFKA_BOOTSTRAP"])
def test_a_missing_setting_stops_the_start_with_its_name(settings, missing):
    station = started({**settings, missing: ""})
    _, err = station.communicate(timeout=20)
    assert station.returncode != 0
    assert err == f"{missing} is not set\n"


def test_an_officer_is_entered_by_the_command_and_gets_a_pin(settings):
    command = started(settings, "add-officer", "minh", "police")
    out, _ = command.communicate(timeout=20)
    assert out.strip().isdigit()
    assert len(out.strip()) == 6
