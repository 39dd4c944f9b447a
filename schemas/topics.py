"""Every topic: what it carries, how it is keyed, how long it is kept. One table.

How an event is trusted stands at the event (``Event.trust``).

A value is the JSON of one event; its CloudEvents attributes are in the Kafka headers, and ``ce_type`` says
which model reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from pydantic import ValidationError

from schemas.bounded import instant_text
from schemas.canonical import canonical
from schemas.events import crossing, decision, operations, registry, self_checks, test_result, verdict
from schemas.events.base import Event, StationEvent

Headers = list[tuple[str, bytes]]

LOG_APPEND_TIME = 1
"""A record's timestamp type where its time is the broker's own; any other is the sender's, and proves nothing."""


class Unreadable(Exception):
    """A record that cannot be read. ``reason`` is a stable code, ``detail`` says where and never what."""

    def __init__(self, reason: str, detail: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True)
class Topic:
    name: str
    events: tuple[type[Event], ...]
    key: str
    """Attribute of the event, several joined by ``+``. A record of a station's chain is keyed by the station."""
    keep: timedelta | None
    """None: compacted, the newest of each key is kept for ever."""
    per_post: bool = False
    """``name`` has a ``<post>`` in it; one topic a post, readable only by that post's stations."""
    partitions: int = 8
    max_bytes: int = 1_000_000
    """A larger value is a dead letter; the picture of a vehicle fits with room."""

    @property
    def models(self) -> Mapping[str, type[Event]]:
        return _models(self.events)

    def name_for(self, post_id: str) -> str:
        """The topic's real name; ``post_id`` counts only where there is one topic a post."""
        return self.name.replace("<post>", post_id) if self.per_post else self.name

    def key_of(self, event: Event) -> bytes:
        if isinstance(event, StationEvent):
            return event.station_id.encode()
        return "/".join(str(getattr(event, part)) for part in self.key.split("+")).encode()


@cache
def _models(events: tuple[type[Event], ...]) -> Mapping[str, type[Event]]:
    return {model.type_name: model for model in events}


def encode(topic: Topic, event: Event) -> tuple[bytes, bytes, Headers]:
    """Key, value and headers of a record that carries ``event``."""
    return topic.key_of(event), canonical(event), cloud_event_headers(event)


def cloud_event_headers(event: Event) -> Headers:
    """The CloudEvents 1.0 attributes in binary mode (Kafka protocol binding)."""
    source = getattr(event, "station_id", None) or "centre"
    return [
        ("ce_specversion", b"1.0"),
        ("ce_id", str(event.event_id).encode()),
        ("ce_source", f"/chotxanh/{source}".encode()),
        ("ce_type", event.type_name.encode()),
        ("ce_time", instant_text(event.occurred_at).encode()),
        ("content-type", b"application/json"),
    ]


def header(headers: Iterable[tuple[str, bytes | None]] | None, name: str) -> bytes | None:
    """The first header of that name, or None."""
    for key, value in headers or ():
        if key == name:
            return value
    return None


def decode(topic: Topic, value: bytes | None, headers: Iterable[tuple[str, bytes | None]] | None) -> Event:
    """The event of a record. Raises Unreadable, with a reason that a person can be shown."""
    if value is None:
        raise Unreadable("RECORD_EMPTY")
    if len(value) > topic.max_bytes:
        raise Unreadable("RECORD_TOO_LARGE")
    type_name = (header(headers, "ce_type") or b"").decode("ascii", "replace")
    model = topic.models.get(type_name)
    if model is None:
        raise Unreadable("RECORD_TYPE_UNKNOWN")
    try:
        return model.model_validate_json(value)
    except ValidationError as exc:
        raise Unreadable("RECORD_NOT_VALID", where(exc)) from None


def where(exc: ValidationError, *, most: int = 5) -> str:
    """Which fields are wrong and how, without what stood in them: ``sealed.box: missing``.

    Only names that our models know appear; a stranger's own key is written as ``?``.
    """
    errors = exc.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{_place(error['loc'])}: {error['type']}" for error in errors[:most])[:300]


def _place(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(part) if isinstance(part, int) or part in known_fields() else "?" for part in loc)


_TWO_WEEKS = timedelta(days=14)

CROSSINGS = Topic(
    "crossings.v1",
    (crossing.CrossingClosed, crossing.CrossingCorrected, crossing.CrossingAbandoned),
    # A station's order is kept. Which crossings belong together is asked of the database, never of partitions.
    key="station_id",
    keep=_TWO_WEEKS,
)
DECISIONS = Topic("decisions.v1", (decision.DecisionMade,), "station_id", _TWO_WEEKS)
TEST_RESULTS = Topic(
    "test-results.v1",
    (test_result.TestedAtPost, test_result.TestResultReported),
    key="result_id",
    keep=_TWO_WEEKS,
)
VERDICTS = Topic(
    "verdicts.<post>.v1",
    (verdict.VerdictReached,),
    "station_id",
    _TWO_WEEKS,
    per_post=True,
    partitions=2,
)
STATION_REQUESTS = Topic(
    "station-requests.<post>.v1",
    (operations.SendAgain, operations.ListsChanged, operations.StationRevoked),
    "station_id",
    _TWO_WEEKS,
    per_post=True,
    partitions=1,
)
FINDINGS = Topic("findings.v1", (verdict.Finding,), "event_id", _TWO_WEEKS)
REFERRALS = Topic("referrals.v1", (verdict.Referral,), "event_id", _TWO_WEEKS)
RECALLS = Topic("recalls.v1", (verdict.Recall,), "event_id", _TWO_WEEKS)
POSTS = Topic("posts.v1", (registry.PostRegistered,), "post_id", None, partitions=1)
STATIONS = Topic("stations.v1", (registry.StationEnrolled,), "station_id+enrolment", None, partitions=1)
ZONES = Topic("zones.v1", (registry.ZonesAssigned, registry.UnitsPublished), "event_id", None, partitions=1)
LISTS = Topic("lists.v1", (registry.ListPublished,), "list_id", None, partitions=1)
NOTICES = Topic("notices.v1", (registry.NoticePublished,), "notice_id", None, partitions=1)
POLICIES = Topic("policies.v1", (registry.PolicyPublished,), "event_id", None, partitions=1)
VEHICLE_PASSES = Topic("vehicle-passes.v1", (registry.VehiclePassRegistered,), "pass_id", None)
STATION_HEALTH = Topic("station-health.v1", (operations.StationHealth,), "station_id", _TWO_WEEKS, partitions=2)
ALERT_ACTIONS = Topic("alert-actions.v1", (operations.AlertActed,), "alert_id", _TWO_WEEKS)
EPISODES = Topic("episodes.v1", (operations.EpisodeChanged,), "episode_id", _TWO_WEEKS)
COMMANDS = Topic("commands.v1", (operations.CommandGiven,), "event_id", _TWO_WEEKS, partitions=1)
WHATIF_RESULTS = Topic("whatif-results.v1", (operations.CommandAnswered,), "command_id", _TWO_WEEKS, partitions=1)
AUDIT_HEADS = Topic("audit-heads.v1", (operations.AuditHead,), "source", _TWO_WEEKS, partitions=1)
# What was found out here about ourselves. Heads of audit chains (above) are for others, to hold us to them.
# Compacted: what nobody mended yet is known for longer than two weeks, and to services that lost their database.
SELF_CHECKS = Topic(
    "self-checks.v1",
    (self_checks.DrawsRepeated, self_checks.ChainHeadWrong, self_checks.TimerPutAside),
    "event_id",
    None,
    partitions=1,
)
DEAD_LETTERS = Topic(
    "dead-letters.v1",
    (operations.DeadLetter, operations.DeadLetterTaken),
    "event_id",
    _TWO_WEEKS,
    partitions=2,
    max_bytes=4_000_000,
)

ALL = (
    CROSSINGS,
    DECISIONS,
    TEST_RESULTS,
    VERDICTS,
    STATION_REQUESTS,
    FINDINGS,
    REFERRALS,
    RECALLS,
    POSTS,
    STATIONS,
    ZONES,
    LISTS,
    NOTICES,
    POLICIES,
    VEHICLE_PASSES,
    STATION_HEALTH,
    ALERT_ACTIONS,
    EPISODES,
    COMMANDS,
    WHATIF_RESULTS,
    AUDIT_HEADS,
    SELF_CHECKS,
    DEAD_LETTERS,
)


@cache
def known_fields() -> frozenset[str]:
    """Every field name that any event's schema knows, nested ones included. Takes a quarter of a second, once."""
    names: set[str] = set()

    def visit(schema: object) -> None:
        if isinstance(schema, dict):
            properties = schema.get("properties")
            if isinstance(properties, dict):
                names.update(properties)
            for part in schema.values():
                visit(part)
        elif isinstance(schema, list):
            for part in schema:
                visit(part)

    for topic in ALL:
        for model in topic.events:
            visit(model.model_json_schema())
    return frozenset(names)
