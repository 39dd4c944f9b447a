"""What a worker answers: health to everybody, metrics to whoever has the key, and nothing else."""

import hashlib
import json
from datetime import UTC, datetime
from http import HTTPStatus

import pytest

from stream_processors.seen import metrics
from stream_processors.seen.health import Health
from stream_processors.seen.serving import answered

KEY = "a-scrape-key"
SHA256 = hashlib.sha256(KEY.encode()).hexdigest()


def ask(path, *headers, health=None, sha256=SHA256):
    head = "\r\n".join([f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *headers, "", ""])
    return answered(head.encode(), health or a_health(), sha256)


def a_health(**changes):
    return Health(**{"name": "w1", "since": datetime(2021, 10, 6, tzinfo=UTC), "ready": True} | changes)


def test_health_says_since_when_what_is_away_and_how_much_waits():
    health = a_health(backlog=7)
    health.found("database", away=True)
    status, _, body = ask("/health", health=health)
    assert status == HTTPStatus.OK
    assert json.loads(body) == {
        "program": "processors",
        "name": "w1",
        "live": True,
        "ready": True,
        "since": "2021-10-06T00:00:00.000Z",
        "away": ["database"],
        "backlog": 7,
        "stuck_for_s": 0,
    }


@pytest.mark.parametrize("changes", [{"ready": False}, {"live": False}])
def test_a_worker_that_is_not_ready_or_does_not_get_on_answers_503(changes):
    assert ask("/health", health=a_health(**changes))[0] == HTTPStatus.SERVICE_UNAVAILABLE


def test_metrics_are_told_to_the_key():
    status, content_type, body = ask("/metrics", f"authorization: Bearer {KEY}")
    assert status == HTTPStatus.OK
    assert content_type.startswith("text/plain")
    assert b"chotxanh_batch_seconds_bucket" in body


@pytest.mark.parametrize(
    ("headers", "sha256"),
    [
        ((), SHA256),
        (("Authorization: Bearer another",), SHA256),
        ((f"Authorization: Basic {KEY}",), SHA256),
        ((f"Authorization: Bearer {KEY}",), None),  # no key was set: nobody has it
    ],
)
def test_metrics_are_told_to_nobody_else(headers, sha256):
    status, _, body = ask("/metrics", *headers, sha256=sha256)
    assert status == HTTPStatus.UNAUTHORIZED
    assert b"chotxanh_" not in body


def test_anything_else_is_not_found():
    assert ask("/")[0] == HTTPStatus.NOT_FOUND
    assert answered(b"POST /health HTTP/1.1\r\n\r\n", a_health(), SHA256)[0] == HTTPStatus.NOT_FOUND
    assert answered(b"\r\n\r\n", a_health(), SHA256)[0] == HTTPStatus.NOT_FOUND


LABELS_OF_OURS = {"outcome", "code", "kind", "reason", "topic", "what", "part", "name", "le"}


def test_no_label_could_name_a_person_a_plate_or_a_pass():
    found = {
        label for metric in metrics.REGISTRY.collect() for sample in metric.samples for label in sample.labels
    }
    declared = {label for metric in metrics.REGISTRY._collector_to_names for label in metric._labelnames}
    assert found | declared <= LABELS_OF_OURS
