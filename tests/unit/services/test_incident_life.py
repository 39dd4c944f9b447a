"""What an alert says and how its life goes on, as pure functions."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from schemas.words import FactState, FindingClass, Severity
from services.alerts.incident import AlertState, Change, Found, change_of, content_of, why_ended
from tests.builders import NOON, an_id

FOUND = Found(
    finding_id=an_id("finding"),
    state=FactState.IN_FORCE,
    code="GL01",
    finding_class=FindingClass.SUSPECTED_MISUSE,
    also_misuse=False,
    severity=Severity.MEDIUM,
    subject="vehicle",
    weak=False,
    confirmed=False,
    post_id="rach-mieu",
    station_id="rach-mieu-1",
    direction="in",
    vehicle_class="truck",
    seen_at=NOON,
    evidence=[{"code": "MORE_PEOPLE_THAN_CREW"}],
    withdrawn_because=None,
    sealed={"key_id": "k", "box": "AAAA"},
)
LOW = content_of([replace(FOUND, severity=Severity.LOW)])
HIGH = content_of([replace(FOUND, severity=Severity.HIGH)])


@pytest.mark.parametrize(
    "finding",
    [
        replace(FOUND, state=FactState.WITHDRAWN),
        replace(FOUND, finding_class=FindingClass.PAPER),
        replace(FOUND, severity=Severity.INFORMATION),  # stands beside a second sign only
        replace(FOUND, weak=True, subject="person"),
    ],
)
def test_these_findings_open_no_alert(finding):
    assert content_of([finding]) is None


def test_a_weak_match_counts_once_a_person_confirmed_it_and_a_vehicles_at_once():
    assert content_of([replace(FOUND, weak=True, subject="person", confirmed=True)])
    assert content_of([replace(FOUND, weak=True, subject="vehicle")])


def test_health_beside_misuse_leaves_no_trace_of_itself_in_codes_or_evidence():
    health = replace(
        FOUND, finding_id=an_id("health"), code="GL13", finding_class=FindingClass.HEALTH, evidence=[{}]
    )
    both = content_of([FOUND, health])
    assert (both.alert_class, both.codes, both.evidence) == (
        FindingClass.SUSPECTED_MISUSE,
        ("GL01",),
        FOUND.evidence,
    )


def test_the_worst_and_newest_finding_says_where():
    later = replace(
        FOUND, finding_id=an_id("later"), post_id="co-chien", seen_at=NOON + timedelta(minutes=5), code="GL07"
    )
    assert content_of([later, FOUND]).post_id == "co-chien"
    assert content_of([replace(later, severity=Severity.LOW), FOUND]).post_id == "rach-mieu"


def test_content_is_the_same_in_every_order_of_arrival():
    other = replace(FOUND, finding_id=an_id("other"), code="GL03")
    assert content_of([FOUND, other]) == content_of([other, FOUND])


@pytest.mark.parametrize(
    ("state", "before", "now", "change"),
    [
        (None, None, None, None),
        (None, None, LOW, Change("new", AlertState.NEW)),
        (AlertState.NEW, LOW, LOW, None),
        (AlertState.NEW, LOW, None, Change("end", AlertState.ENDED)),
        (AlertState.ENDED, LOW, None, None),
        (AlertState.ENDED, LOW, LOW, Change("update", AlertState.NEW)),
        (AlertState.ACKNOWLEDGED, HIGH, LOW, Change("update", AlertState.ACKNOWLEDGED)),
        (AlertState.ACKNOWLEDGED, LOW, HIGH, Change("update", AlertState.NEW)),  # it rose: eyes again
    ],
)
def test_an_alert_lives_like_this(state, before, now, change):
    assert change_of(state, before, now) == change


def test_an_alert_that_ends_says_why():
    withdrawn = replace(FOUND, state=FactState.WITHDRAWN, withdrawn_because="LATE_DECISION")
    assert why_ended([withdrawn]) == "LATE_DECISION"
    assert why_ended([replace(withdrawn, withdrawn_because=None)]) == "FINDING_WITHDRAWN"
