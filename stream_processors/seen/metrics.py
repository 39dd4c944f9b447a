"""The worker's numbers, for Prometheus. Labels are codes and topics of ours: never a person, plate or pass.

One registry a process, as the client library means it; whoever counts says so in one line.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

REGISTRY = CollectorRegistry()

RECORDS = Counter("chotxanh_records", "Records taken from Kafka and acknowledged.", registry=REGISTRY)
BATCH_SECONDS = Histogram(
    "chotxanh_batch_seconds",
    "From a batch's first step to its acknowledgement.",
    registry=REGISTRY,
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
)
VERDICTS = Counter("chotxanh_verdicts", "Verdicts that changed, by what they say.", ["outcome"], registry=REGISTRY)
RULE_HITS = Counter("chotxanh_rule_hits", "Findings that came into force, by code.", ["code"], registry=REGISTRY)
WITHDRAWN = Counter("chotxanh_withdrawn", "Statements that were withdrawn, by kind.", ["kind"], registry=REGISTRY)
DEAD_LETTERS = Counter(
    "chotxanh_dead_letters", "Records buried, by reason and topic.", ["reason", "topic"], registry=REGISTRY
)
TIMERS_PUT_ASIDE = Counter(
    "chotxanh_timers_put_aside",
    "Timers whose judging ended the process again and again, by kind: a bug of ours.",
    ["kind"],
    registry=REGISTRY,
)
HEADS_WRONG = Counter(
    "chotxanh_chain_heads_wrong",
    "Signed heads of stations' chains that do not agree with what stands here, by how.",
    ["reason"],
    registry=REGISTRY,
)
DRAW_ROUNDS = Counter(
    "chotxanh_draw_rounds",
    "Rounds in which the random inspection draws of past days were repeated, by how they ended.",
    ["outcome"],
    registry=REGISTRY,
)
OUTPUTS = Counter(
    "chotxanh_outputs_sent", "Records that Kafka acknowledged to us, the repeated ones too.", registry=REGISTRY
)
RETRIES = Counter(
    "chotxanh_retries",
    "Tries that the database or the broker did not take, by what was tried.",
    ["what"],
    registry=REGISTRY,
)
AWAY = Gauge("chotxanh_away", "1 while this part is out of reach.", ["part"], registry=REGISTRY)
BACKLOG = Gauge(
    "chotxanh_backlog_records",
    "Records of our partitions that are not acknowledged yet.",
    ["topic"],
    registry=REGISTRY,
)
OLDEST_UNJUDGED = Gauge(
    "chotxanh_oldest_unjudged_seconds",
    "Since the oldest crossing of our partitions that is not acknowledged came to the broker.",
    registry=REGISTRY,
)
PARTITIONS = Gauge("chotxanh_partitions", "Partitions that this worker holds.", registry=REGISTRY)
WORKER = Gauge("chotxanh_worker", "1; names the worker.", ["name"], registry=REGISTRY)


def text() -> bytes:
    """In Prometheus's text format."""
    return generate_latest(REGISTRY)
