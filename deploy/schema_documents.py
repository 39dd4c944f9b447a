"""JSON Schemas of all events and an AsyncAPI 3 document of all topics, from the models themselves. Writes nothing.

A new version of an event lives beside the old one, so it may not drop a field or ask for one more.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from schemas.events.base import Event
from schemas.topics import ALL, Topic

JSON_SCHEMA = "https://json-schema.org/draft/2020-12/schema"
Document = dict[str, Any]


def documents() -> dict[str, str]:
    """File name to contents: one file an event, and ``asyncapi.json``."""
    files = {f"{model.type_name}.json": _text(event_schema(model)) for model in _models()}
    return files | {"asyncapi.json": _text(asyncapi())}


def _text(document: Document) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _models() -> list[type[Event]]:
    return sorted({model for topic in ALL for model in topic.events}, key=lambda model: model.type_name)


def event_schema(model: type[Event]) -> Document:
    """As it stands on the wire, default values included."""
    schema = model.model_json_schema(mode="serialization")
    return {"$schema": JSON_SCHEMA, "$id": f"urn:{model.type_name}", **_as_read(model, schema)}


def _as_read(model: type[Event], schema: Document) -> Document:
    """Serialised forms, but required only what a reader insists on."""
    asked = model.model_json_schema(mode="validation")
    for name, part in schema.get("$defs", {}).items():
        part["required"] = asked.get("$defs", {}).get(name, {}).get("required", [])
    return {**schema, "required": asked.get("required", [])}


def asyncapi() -> Document:
    """https://www.asyncapi.com/docs/reference/specification/v3.0.0"""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Chốt Xanh",
            "version": "1",
            "description": "Events between stations, processors and services. CloudEvents 1.0 in binary mode.",
        },
        "defaultContentType": "application/json",
        "channels": {_channel_id(topic): _channel(topic) for topic in ALL},
        "operations": {f"receive-{_channel_id(topic)}": _operation(topic) for topic in ALL},
        "components": {"messages": {model.type_name: _message(model) for model in _models()}},
    }


def _channel_id(topic: Topic) -> str:
    return topic.name.replace("<post>", "post").replace(".", "-")


def _channel(topic: Topic) -> Document:
    kept = "compacted" if topic.keep is None else f"kept {topic.keep.days} days"
    channel: Document = {
        "address": topic.name.replace("<post>", "{post}"),
        "messages": {
            model.type_name: {"$ref": f"#/components/messages/{model.type_name}"} for model in topic.events
        },
        "description": f"Keyed by {topic.key.replace('+', ' and ')}; {kept}.",
        "bindings": {
            "kafka": {
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "cleanup.policy": ["compact"] if topic.keep is None else ["delete"],
                    "max.message.bytes": topic.max_bytes,
                },
            }
        },
    }
    if topic.per_post:
        channel["parameters"] = {"post": {"description": "Only this post's stations may read it."}}
    return channel


def _operation(topic: Topic) -> Document:
    channel = f"#/channels/{_channel_id(topic)}"
    messages = [{"$ref": f"{channel}/messages/{model.type_name}"} for model in topic.events]
    return {"action": "receive", "channel": {"$ref": channel}, "messages": messages}


def _message(model: type[Event]) -> Document:
    return {
        "name": model.type_name,
        "contentType": "application/json",
        "summary": (model.__doc__ or "").strip().split("\n")[0],
        "headers": {
            "type": "object",
            "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "content-type"],
            "properties": {"ce_type": {"const": model.type_name}, "ce_specversion": {"const": "1.0"}},
        },
        "x-trust": model.trust.value,
        "payload": {
            "schemaFormat": f"application/schema+json;version={JSON_SCHEMA}",
            "schema": {"$ref": f"{model.type_name}.json"},
        },
    }


def broken_by(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """What a reader or writer of the ``old`` documents would stumble over, one sentence each."""
    found = []
    for name in sorted(old.keys() - {"asyncapi.json"}):
        if name not in new:
            found.append(f"{name}: the event is gone")
            continue
        found += [f"{name}: {what}" for what in _broken(json.loads(old[name]), json.loads(new[name]))]
    return found


def _broken(old: Document, new: Document) -> Iterator[str]:
    parts = [("", old, new)]
    parts += [(name, part, new.get("$defs", {}).get(name)) for name, part in old.get("$defs", {}).items()]
    for name, before, after in parts:
        yield from _broken_part(f"{name}." if name else "", before, after)


def _broken_part(place: str, before: Document, after: Document | None) -> Iterator[str]:
    if after is None:
        yield f"{place[:-1]} is gone"
        return
    for field in sorted(before.get("properties", {}).keys() - after.get("properties", {}).keys()):
        yield f"the field {place}{field} is gone"
    for field in sorted(set(after.get("required", [])) - set(before.get("required", []))):
        yield f"the field {place}{field} is now required"
    for value in sorted(set(map(str, before.get("enum", []))) - set(map(str, after.get("enum", [])))):
        yield f"{place[:-1]} no longer knows {value}"
