"""What should be seen of a morning, and what was seen, as one kind of value. Pure.

A sighting is one thing at one place about one crossing. Expected and seen are counted alike, so what is
missing, what came twice and what nobody planted all show as a difference.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from deploy.checking.queue_page import QueuePage
from deploy.simulator.truth import CrossingTruth
from schemas.bounded import instant_text
from schemas.ids import derived_id, recall_id

STATION, ALERTS, QUEUE, RECALLS = "station", "alerts", "queue", "recalls"
HEALTH, HEALTH_ALERT = "health", "GL13"


@dataclass(frozen=True, order=True)
class Sighting:
    sheet_id: str
    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.sheet_id} {self.place}: {self.what}"


Sightings = Counter[Sighting]


def expected(truths: Iterable[CrossingTruth]) -> Sightings:
    return Counter(sighting for truth in truths for sighting in _of(truth))


def _of(truth: CrossingTruth) -> Iterable[Sighting]:
    def at(place: str, what: str) -> Sighting:
        return Sighting(truth.sheet_id, place, what)

    yield at(STATION, _readings(truth.reading_reasons))
    yield at(STATION, f"advice {truth.advised.value}")
    yield at(STATION, _verdict(truth.verdict.value, truth.reasons))
    yield from (at(ALERTS, code) for code in truth.alerts)
    yield from (at(QUEUE, f"occupant {number}") for number in truth.referred)
    if truth.recalled:
        yield at(RECALLS, "recall")


def at_station(rows: Iterable[Mapping[str, Any]], truths: Iterable[CrossingTruth]) -> Sightings:
    """From ``/api/crossings``. A verdict that has not come yet is not seen."""
    sheets = {str(truth.crossing_id): truth.sheet_id for truth in truths}
    seen: Sightings = Counter()
    for row in rows:
        sheet_id = sheets.get(row["crossing_id"])
        if sheet_id is None:
            continue
        seen[Sighting(sheet_id, STATION, _readings(reading["reason"] for reading in row["readings"]))] += 1
        if row["advice"]:
            seen[Sighting(sheet_id, STATION, f"advice {row['advice']['outcome']}")] += 1
        if row["verdict"]:
            verdict = _verdict(row["verdict"]["outcome"], row["verdict"]["reasons"])
            seen[Sighting(sheet_id, STATION, verdict)] += 1
    return seen


def in_alerts(alerts: Iterable[Mapping[str, Any]], truths: Iterable[CrossingTruth]) -> Sightings:
    """From ``GET /v1/alerts``. An alert that ended, lacks its plate or tells too much is seen as just that."""
    places = places_of(truths)
    seen: Sightings = Counter()
    for alert in alerts:
        truth = places.get((alert["post_id"], alert["seen_at"]))
        if truth is not None:
            for code in alert["codes"] or _said_by_class(alert):
                seen[Sighting(truth.sheet_id, ALERTS, code + _fault_of(alert, truth))] += 1
    return seen


def _said_by_class(alert: Mapping[str, Any]) -> tuple[str, ...]:
    """An alert of health tells the police where to look and what to do, and not why: it names no code."""
    return (HEALTH_ALERT,) if alert["class"] == HEALTH else ()


def places_of(truths: Iterable[CrossingTruth]) -> dict[tuple[str, str], CrossingTruth]:
    """Post and instant tell a crossing of this run from any other."""
    return {(truth.post_id, instant_text(truth.closed_at)): truth for truth in truths}


def _fault_of(alert: Mapping[str, Any], truth: CrossingTruth) -> str:
    if not alert["still_active"]:
        return f" (ended: {alert['ended_because']})"
    if alert["plate"] != truth.plate:
        return " (without its plate)"
    if not alert["task"]["vi"]:
        return " (without a task)"
    said = str(dict(alert))
    if any(text in said for text in truth.planted if text != truth.plate):
        return " (tells more than plate, place and task)"
    if alert["class"] == HEALTH and (alert["codes"] or alert["evidence"]):
        return " (tells the reason of health)"
    return ""


def in_queue(page: QueuePage, truths: Iterable[CrossingTruth]) -> Sightings:
    """From the queue page: a row is a person of a group, and a group is the people of one crossing."""
    sheets = {str(derived_id("group", truth.crossing_id)): truth.sheet_id for truth in truths}
    return Counter(
        Sighting(sheets[row.group_id], QUEUE, f"occupant {row.occupant}")
        for row in page.rows
        if row.group_id in sheets
    )


def in_recalls(page: QueuePage, truths: Iterable[CrossingTruth]) -> Sightings:
    """From the recalls on the queue page; a withdrawn one is seen as withdrawn."""
    sheets = {str(recall_id(truth.crossing_id)): truth.sheet_id for truth in truths}
    return Counter(
        Sighting(sheets[recall.recall_id], RECALLS, "recall" + (" (withdrawn)" if recall.withdrawn else ""))
        for recall in page.recalls
        if recall.recall_id in sheets
    )


def _readings(reasons: Iterable[str | None]) -> str:
    """One word a picture, in no order: two codes of one crossing may be read either way round."""
    return "read " + ", ".join(sorted(reason or "accepted" for reason in reasons))


def _verdict(outcome: str, reasons: Iterable[str]) -> str:
    return f"verdict {outcome} ({', '.join(sorted(set(reasons))) or 'no reason'})"
