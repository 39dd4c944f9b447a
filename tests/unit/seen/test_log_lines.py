"""A log line is one JSON object: constant message, facts as fields, and who wrote it."""

import json
import logging
import sys

from schemas.log_lines import JsonLines


def line(formatter, message, *, exc_info=None, **facts):
    record = logging.LogRecord("a.logger", logging.WARNING, __file__, 1, message, (), exc_info)
    vars(record).update(facts)
    return json.loads(formatter.format(record))


def test_facts_are_fields_and_the_message_stays_constant():
    said = line(JsonLines("station", "rach-mieu-1"), "the broker is away", error="KafkaError", tries=3)
    at = said.pop("at")
    assert at.endswith("+00:00")
    assert said == {
        "level": "warning",
        "program": "station",
        "name": "rach-mieu-1",
        "logger": "a.logger",
        "message": "the broker is away",
        "error": "KafkaError",
        "tries": 3,
    }


def test_a_traceback_is_a_field_and_still_one_line():
    try:
        raise ValueError("x")
    except ValueError:
        formatted = JsonLines("services").format(
            logging.LogRecord("a", logging.ERROR, __file__, 1, "a bug", (), sys.exc_info())
        )
    assert "\n" not in formatted
    assert "ValueError" in json.loads(formatted)["traceback"]
    assert "name" not in json.loads(formatted)
