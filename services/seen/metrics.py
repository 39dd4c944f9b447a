"""The services' numbers, for Prometheus. Labels are codes and topics of ours: never a person, plate or pass.

One registry a process, as the client library means it; whoever counts says so in one line. What stands in the
database is counted there when it is asked for, so that several instances say the same.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

REGISTRY = CollectorRegistry()

RECORDS = Counter("chotxanh_services_records", "Records taken from Kafka and acknowledged.", registry=REGISTRY)
DEAD_LETTERS = Counter(
    "chotxanh_services_dead_letters",
    "Records buried, by reason.",
    ["reason", "topic"],
    registry=REGISTRY,
)
EVENTS_SENT = Counter("chotxanh_services_events_sent", "Events that Kafka acknowledged.", registry=REGISTRY)
RETRIES = Counter(
    "chotxanh_services_retries", "Tries that failed, by what was tried.", ["what"], registry=REGISTRY
)
FEEDS = Gauge("chotxanh_services_feeds_connected", "Live feeds that are followed.", registry=REGISTRY)
AWAY = Gauge("chotxanh_services_away", "1 while this part is out of reach.", ["part"], registry=REGISTRY)

OUTBOX = Gauge("chotxanh_services_outbox_events", "Events that Kafka does not have yet.", registry=REGISTRY)
OUTBOX_AGE = Gauge(
    "chotxanh_services_outbox_oldest_seconds", "Since the oldest of them was written.", registry=REGISTRY
)
ALERTS_OPEN = Gauge(
    "chotxanh_services_alerts_unacknowledged",
    "Open alerts that nobody acknowledged.",
    registry=REGISTRY,
)
ALERTS_AGE = Gauge(
    "chotxanh_services_alerts_unacknowledged_oldest_seconds", "Since the oldest was opened.", registry=REGISTRY
)
EPISODES = Gauge("chotxanh_services_episodes", "Episodes by state.", ["state"], registry=REGISTRY)
STATION_UNSENT = Gauge(
    "chotxanh_services_station_unsent",
    "Records that a station last said it had not sent.",
    ["station"],
    registry=REGISTRY,
)
STATION_SEEN = Gauge(
    "chotxanh_services_station_seen_seconds", "Since a station's last heartbeat.", ["station"], registry=REGISTRY
)

SELF_CHECKS = Gauge(
    "chotxanh_services_self_checks_open",
    "What was found out about ourselves and waits for a person: draws (days whose random draws differ or could not"
    " be repeated), head (stations whose chain does not agree with what they signed), timer (timers put aside).",
    ["kind"],
    registry=REGISTRY,
)
DRAWS_LOOKED = Gauge(
    "chotxanh_services_draws_looked_at_seconds",
    "Unix time of the newest look at a past day's random draws; 0 before the first.",
    registry=REGISTRY,
)


def text() -> bytes:
    """In Prometheus's text format."""
    return generate_latest(REGISTRY)
