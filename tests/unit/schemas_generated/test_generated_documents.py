"""The committed JSON Schemas and AsyncAPI document are what the models say; old readers can live with new ones."""

import json

import jsonschema
import pytest

from deploy.demo.posts import SIMULATED
from deploy.schema_documents import broken_by, documents, event_schema
from deploy.schemas_command import committed_documents, drift, main
from schemas.events.decision import DecisionMade
from schemas.topics import ALL, CROSSINGS, DECISIONS

MODELS = sorted({model for topic in ALL for model in topic.events}, key=lambda model: model.type_name)
NOW = documents()
EVENT = "vn.chotxanh.decision.made.json"


def changed(change):
    schema = json.loads(NOW[EVENT])
    change(schema)
    return broken_by(NOW, NOW | {EVENT: json.dumps(schema)})


def test_the_committed_documents_have_not_drifted():
    assert drift(committed_documents()) == [], "run .venv/bin/chotxanh schemas"


def test_every_event_has_its_schema():
    assert set(NOW) == {f"{model.type_name}.json" for model in MODELS} | {"asyncapi.json"}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.type_name)
def test_each_schema_is_a_valid_one(model):
    jsonschema.Draft202012Validator.check_schema(event_schema(model))


def test_the_asyncapi_document_names_every_topic_and_refers_only_to_what_is_there():
    document = json.loads(NOW["asyncapi.json"])
    addresses = {channel["address"] for channel in document["channels"].values()}
    assert addresses == {topic.name.replace("<post>", "{post}") for topic in ALL}
    for channel in document["channels"].values():
        assert set(channel["messages"]) <= set(document["components"]["messages"])
    for message in document["components"]["messages"].values():
        assert message["payload"]["schema"]["$ref"] in NOW


def test_a_record_of_a_station_is_valid_by_its_schema():
    decision = DecisionMade.model_validate_json(
        json.dumps(
            {
                "event_id": "6f1d6c0e-2f5c-5a3e-9c55-2b8f0c1a7d21",
                "occurred_at": "2021-10-07T01:00:00.000Z",
                "station_id": SIMULATED[0].station_id,
                "post_id": SIMULATED[0].post_id,
                "lane": 1,
                "enrolment": 1,
                "number": 2,
                "previous": "0" * 64,
                "clock_error_ms": None,
                "crossing_id": "6f1d6c0e-2f5c-5a3e-9c55-2b8f0c1a7d22",
                "revision": 1,
                "outcome": "let_through",
                "shown": {"what": "advice", "outcome": "let_through"},
                "officer_id": "an",
            }
        )
    )
    jsonschema.validate(json.loads(decision.model_dump_json()), event_schema(DecisionMade))
    assert DECISIONS.name != CROSSINGS.name


def test_a_field_that_is_gone_is_named():
    assert changed(lambda schema: schema["properties"].pop("reason")) == [f"{EVENT}: the field reason is gone"]


def test_a_field_that_is_now_required_is_named():
    assert changed(lambda schema: schema["required"].append("reason")) == [
        f"{EVENT}: the field reason is now required"
    ]


def test_an_outcome_that_is_no_longer_known_is_named():
    assert changed(lambda schema: schema["$defs"]["Outcome"]["enum"].remove("hold")) == [
        f"{EVENT}: Outcome no longer knows hold"
    ]


def test_a_new_optional_field_breaks_nobody():
    assert changed(lambda schema: schema["properties"].update(colour={"type": "string"})) == []


def test_an_event_that_is_gone_is_named():
    left = {name: text for name, text in NOW.items() if name != EVENT}
    assert broken_by(NOW, left) == [f"{EVENT}: the event is gone"]


def test_the_command_refuses_to_write_what_would_break_a_reader(tmp_path, capsys):
    assert main(["--folder", str(tmp_path)]) == 0
    assert main(["--folder", str(tmp_path), "--check"]) == 0
    old = json.loads((tmp_path / EVENT).read_text())
    old["properties"]["bridge_toll"] = {"type": "integer"}
    (tmp_path / EVENT).write_text(json.dumps(old))
    assert main(["--folder", str(tmp_path), "--check"]) == 1
    assert main(["--folder", str(tmp_path)]) == 1
    assert "bridge_toll is gone" in capsys.readouterr().err
    assert main(["--folder", str(tmp_path), "--break-readers"]) == 0
    assert main(["--folder", str(tmp_path), "--check"]) == 0
