"""What the decoding child may say, and what is not believed."""

import json

import pytest

from checkpoint_agent.decoding import DecodedCode, Hint, HintReason, Step, StepReading, wire

SQUARE = ((0, 0), (9, 0), (9, 9), (0, 9))


def test_a_reading_comes_through_the_pipe_as_it_was():
    code = DecodedCode(text="Đào\n|", corners=SQUARE, step=Step.FALLBACK)
    reading = StepReading((code,), (Hint(HintReason.TOO_DARK, SQUARE), Hint(HintReason.TOO_BRIGHT)))
    message = wire.reading_to_wire(reading)
    body = message[wire.HEADER_BYTES :]
    assert wire.body_length(message[: wire.HEADER_BYTES]) == len(body)
    assert wire.reading_from_wire(body) == reading


def test_a_request_comes_through_the_pipe_as_it_was():
    request = wire.Request(720, 1280, Step.AZTEC)
    assert wire.request_from_wire(wire.request_to_wire(request)[wire.HEADER_BYTES :]) == request


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff",
        b"{}",
        b"[" * 100_000,
        json.dumps({"codes": [["a\x00b", SQUARE, "first", "qr"]], "hints": []}).encode(),
        json.dumps({"codes": [["secret", [[1, 2]], "first", "qr"]], "hints": []}).encode(),
        json.dumps({"codes": [["secret", SQUARE, "no step", "qr"]], "hints": []}).encode(),
        json.dumps({"codes": [[7, SQUARE, "first", "qr"]], "hints": []}).encode(),
        json.dumps({"codes": [], "hints": [["why", None]]}).encode(),
    ],
)
def test_a_malformed_answer_is_refused_without_repeating_it(body):
    with pytest.raises(wire.MalformedMessage) as caught:
        wire.reading_from_wire(body)
    assert "secret" not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_an_endless_answer_is_refused_before_it_is_read():
    with pytest.raises(wire.MalformedMessage):
        wire.body_length((1 << 30).to_bytes(4, "big"))
