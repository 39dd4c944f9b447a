"""Draws the papers that people in the plan carry: tests in time, passes in force or not. Issues nothing."""

import random
from datetime import datetime, timedelta

from deploy.simulator.people import Cast, Person
from deploy.simulator.places import CARGO, CARRIERS
from deploy.simulator.plan_model import GreenLanePass, NationalCard, OtherCode, TestPass
from schemas.passes.trust_list import SigningAlgorithm
from schemas.policy.policy import Policy
from schemas.words import TestKind, VehicleClass

LATEST_PART = 0.8
"""Tests are shown in the first four fifths of their validity, so none ends while its owner waits."""


class Papers:
    def __init__(self, cast: Cast, policy: Policy, rng: random.Random) -> None:
        self._cast, self._rng = cast, rng
        self._lasts = {test.kind: test.lasts for test in policy.tests}

    def test(
        self, person: Person, at: datetime, *, sampled_at: datetime | None = None, forged: bool = False
    ) -> TestPass:
        """A negative test that is in time at ``at``."""
        rng = self._rng
        kind = rng.choice([TestKind.PCR, TestKind.RAPID_ACCREDITED, TestKind.RAPID_ACCREDITED])
        if sampled_at is not None:
            kind = TestKind.RAPID_ACCREDITED
        lasts = self._lasts[kind]
        sampled_at = sampled_at or _minute(at - lasts * (0.2 + (LATEST_PART - 0.2) * rng.random()))
        return TestPass(
            person=person,
            certificate_id=self._cast.code("URN:UVCI:01:VN:BT", 10),
            kind=kind,
            sampled_at=sampled_at,
            valid_until=sampled_at + lasts,
            algorithm=rng.choice([SigningAlgorithm.ES256, SigningAlgorithm.ES256, SigningAlgorithm.PS256]),
            forged=forged,
        )

    def green_lane(
        self,
        plate: str,
        at: datetime,
        crew: tuple[Person, ...],
        *,
        registered: int,
        expired: bool = False,
        forged: bool = False,
    ) -> GreenLanePass:
        """A pass in force at ``at``, unless it is ``expired``, by one to five days."""
        rng = self._rng
        age = timedelta(days=rng.randrange(5, 25), minutes=rng.randrange(600))
        left = timedelta(days=rng.randrange(3, 20), minutes=rng.randrange(600))
        ago = timedelta(days=rng.randrange(1, 5), minutes=rng.randrange(600))
        return GreenLanePass(
            pass_number=self._cast.code("LX71-", 8),
            plate=plate,
            vehicle_class=VehicleClass.TRUCK,
            registered_crew=registered,
            crew=crew,
            issued_at=_minute(at - age - ago),
            valid_until=_minute(at - ago if expired else at + left),
            cargo=rng.choice(CARGO),
            carrier=rng.choice(CARRIERS),
            forged=forged,
        )

    def national_card(self, plate: str, at: datetime) -> NationalCard:
        until = _minute(at + timedelta(days=self._rng.randrange(2, 20)))
        return NationalCard(self._cast.token(), plate, VehicleClass.TRUCK, until)

    def other_code(self) -> OtherCode:
        return OtherCode(self._cast.code("PHIEU-GUI-XE ", 9))


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
