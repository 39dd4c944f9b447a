"""What doses and recoveries prove, by the day, on both sides of local midnight."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from schemas.events.crossing import OccupantSeen
from schemas.passes.claims import HealthClaims, HealthEntry, PaperClaims, PersonClaims
from schemas.policy.matters import ImmunityDefinition
from schemas.rules.facts import OccupantFacts
from schemas.rules.immunity import immunity_of, months_after
from schemas.words import Immunity, OccupantRole
from tests.builders import DRIVER, a_test_reading, facts

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
DEFINITION = ImmunityDefinition(full_from_day=14, full_months=12, part_from_day=14, recovered_months=6)


def proved(at, **protection):
    occupant = OccupantFacts(occupant=1, role=OccupantRole.DRIVER, **protection)
    return immunity_of(occupant, DEFINITION, datetime.fromisoformat(at).replace(tzinfo=ZONE).astimezone(UTC), ZONE)


TWO = {"doses": 2, "doses_needed": 2, "last_dose_on": "2021-09-22"}
ONE = {"doses": 1, "doses_needed": 2, "last_dose_on": "2021-09-22"}


@pytest.mark.parametrize(
    ("at", "protection", "immunity"),
    [
        ("2021-10-05T23:59:59", TWO, Immunity.PART),  # 13 days after: the first dose still counts
        ("2021-10-06T00:00:00", TWO, Immunity.FULL),  # the 14th day begins
        ("2022-09-22T23:59:59", TWO, Immunity.FULL),
        ("2022-09-23T00:00:00", TWO, Immunity.PART),  # over a year
        ("2021-10-05T23:59:59", ONE, Immunity.NONE),
        ("2021-10-06T00:00:00", ONE, Immunity.PART),
        ("2021-10-05T23:59:59", {"recovered_on": "2021-04-05"}, Immunity.RECOVERED),
        ("2021-10-06T00:00:00", {"recovered_on": "2021-04-05"}, Immunity.NONE),  # over six months
        ("2021-10-06T00:00:00", {"recovered_on": "2021-10-07"}, Immunity.NONE),  # a date to come proves nothing
        ("2021-10-06T00:00:00", {}, Immunity.NONE),
        ("2021-10-06T00:00:00", {"doses": 2, "doses_needed": 2}, Immunity.NONE),  # no date
        ("2021-10-06T00:00:00", TWO | {"last_dose_on": "2021"}, Immunity.NONE),
        ("2021-10-06T00:00:00", TWO | {"last_dose_on": "2021-10-07"}, Immunity.NONE),
        ("2021-10-06T00:00:00", TWO | {"doses_needed": None}, Immunity.PART),
    ],
)
def test_immunity_is_counted_in_local_days(at, protection, immunity):
    assert proved(at, **protection) is immunity


def test_a_month_later_is_the_same_day_or_the_months_last():
    assert months_after(datetime(2021, 8, 31, tzinfo=UTC).date(), 6).isoformat() == "2022-02-28"
    assert months_after(datetime(2021, 12, 15, tzinfo=UTC).date(), 1).isoformat() == "2022-01-15"


def shot(dose, on):
    fields = {"entry": "vaccination", "certificate_id": f"URN:{dose}", "disease": "840539006"}
    return HealthEntry(**fields, dose=dose, doses_needed=2, on=on)


def occupant_showing(claims, **reading):
    crossing = facts(
        readings=(a_test_reading(1, **reading),),
        occupants=(OccupantSeen(occupant=1, role=OccupantRole.DRIVER),),
        secrets={"claims": (claims,)},
    )
    return crossing.occupants[0]


def test_the_highest_dose_of_accepted_papers_counts():
    claims = HealthClaims(person=DRIVER, entries=(shot(2, "2021-09-22"), shot(1, "2021-08-01")))
    seen = occupant_showing(claims)
    assert (seen.doses, seen.doses_needed, seen.last_dose_on) == (2, 2, "2021-09-22")
    assert occupant_showing(claims, status="rejected", reason="PASS_SIGNATURE_WRONG").doses is None


def test_a_slip_without_a_code_counts_as_far_as_the_officer_entered_it():
    slip = PaperClaims(
        paper_kind="vaccination_slip", doses=1, doses_needed=2, last_dose_on="2021-09-01", person=PersonClaims()
    )
    seen = occupant_showing(slip, kind="paper", confidence="paper_seen")
    assert (seen.doses, seen.last_dose_on) == (1, "2021-09-01")
