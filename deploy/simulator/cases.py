"""One function a case: what it puts on the road, and what must come of it under the demonstration's policy."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from deploy.simulator.papers import Papers
from deploy.simulator.people import Cast, Person
from deploy.simulator.plan_model import (
    Aboard,
    Case,
    CitizenCard,
    Expected,
    GreenLanePass,
    PlannedCrossing,
    PlannedResult,
    Shown,
)
from deploy.simulator.slots import Slot
from schemas.passes.kinds import ReadingReason
from schemas.rules.codes import Note, Rule
from schemas.words import CargoSpace, Direction, OccupantRole, Outcome, Purpose, TestKind, VehicleClass

PASSED = Expected(Outcome.LET_THROUGH, Outcome.LET_THROUGH)
EXPIRED = ReadingReason.PASS_EXPIRED.value
FORGED = ReadingReason.PASS_SIGNATURE_WRONG.value
UNKNOWN = ReadingReason.CODE_UNKNOWN.value


class Cases:
    """Draws from ``cast`` and ``papers``. A crossing gets its sheet's name when the whole plan is in order."""

    def __init__(self, cast: Cast, papers: Papers, direction: Callable[[], Direction]) -> None:
        self._cast, self._papers, self._direction = cast, papers, direction

    def clean_rider(self, slot: Slot, *, typed: bool = False) -> PlannedCrossing:
        rider = self._cast.person()
        return self._rider(
            slot, Case.CLEAN, rider, self._in_time(rider, slot, card=not typed), PASSED, typed=typed
        )

    def clean_truck(self, slot: Slot) -> PlannedCrossing:
        plate, crew = self._cast.truck_plate(), self._crew(2)
        return self._truck(slot, Case.CLEAN, plate, crew, [Shown(self._pass(plate, slot, crew), None)], PASSED)

    def clean_national_card(self, slot: Slot) -> PlannedCrossing:
        plate, crew = self._cast.truck_plate(), self._crew(1)
        card = Shown(self._papers.national_card(plate, slot.closed_at), None)
        return self._truck(slot, Case.CLEAN, plate, crew, [card], PASSED)

    def expired(self, slot: Slot) -> PlannedCrossing:
        plate, crew = self._cast.truck_plate(), self._crew(2)
        paper = self._papers.green_lane(plate, slot.closed_at, crew, registered=2, expired=True)
        reasons, findings = (EXPIRED, Rule.GL05.value), (Rule.GL05.value,)
        expected = Expected(Outcome.CHECK_MORE, Outcome.CHECK_MORE, reasons, findings=findings)
        return self._truck(slot, Case.EXPIRED, plate, crew, [Shown(paper, None, EXPIRED)], expected)

    def forged_truck(self, slot: Slot) -> PlannedCrossing:
        plate, crew = self._cast.truck_plate(), self._crew(1)
        paper = self._papers.green_lane(plate, slot.closed_at, crew, registered=1, forged=True)
        return self._truck(slot, Case.FORGED, plate, crew, [Shown(paper, None, FORGED)], _FORGED_EXPECTED)

    def forged_test(self, slot: Slot) -> PlannedCrossing:
        rider = self._cast.person()
        paper = self._papers.test(rider, slot.closed_at, forged=True)
        shown = [Shown(paper, 1, FORGED), Shown(CitizenCard(rider), 1)]
        expected = replace(_FORGED_EXPECTED, reasons=(*_FORGED_EXPECTED.reasons, Note.OCCUPANT_HEALTH.value))
        return self._rider(slot, Case.FORGED, rider, shown, expected, direction=Direction.IN)

    def head_count(self, slot: Slot, hidden: int) -> PlannedCrossing:
        """Ten people in a vegetable truck's cargo space, undeclared at two provinces' posts."""
        plate, crew = self._cast.truck_plate(), self._crew(2)
        expected = _misuse(Rule.GL01, Outcome.HOLD, Outcome.HOLD)
        shown = [Shown(self._pass(plate, slot, crew), None)]
        truck = self._truck(slot, Case.HEAD_COUNT, plate, crew, shown, expected)
        return replace(truck, cargo=hidden, cargo_space=CargoSpace.OPENED)

    def cloned(self, one: Slot, other: Slot) -> tuple[PlannedCrossing, PlannedCrossing]:
        """One plate and one pass, copied: two trucks with different drivers at two posts at nearly one time."""
        plate = self._cast.truck_plate()
        paper = self._papers.green_lane(plate, one.closed_at, (), registered=2)
        first = self._truck(one, Case.CLONED, plate, self._crew(1), [Shown(paper, None)], PASSED)
        expected = _misuse(Rule.GL07, Outcome.LET_THROUGH, Outcome.CHECK_MORE)
        second = self._truck(other, Case.CLONED, plate, self._crew(1), [Shown(paper, None)], expected)
        return first, replace(second, direction=first.direction, purpose=first.purpose)

    def positive_later(
        self, slot: Slot, end: datetime, crew_size: int, result_id: UUID
    ) -> tuple[PlannedCrossing, PlannedResult]:
        """The case that this system is for: let through in the green lane, and positive afterwards."""
        plate, crew = self._cast.truck_plate(), self._crew(crew_size)
        expected = Expected(
            Outcome.LET_THROUGH,
            Outcome.REFER,
            (Note.OCCUPANT_HEALTH.value,),
            alerts=(Rule.GL13.value,),
            findings=(Rule.GL13.value,),
            referred=tuple(range(1, crew_size + 1)),  # the driver, and whoever sat beside him
            recalled=True,
        )
        shown = [Shown(self._pass(plate, slot, crew), None)]
        truck = self._truck(slot, Case.POSITIVE_LATER, plate, crew, shown, expected)
        return truck, _positive(result_id, crew[0], slot.closed_at, end)

    def turned_back(self, one: Slot, other: Slot) -> tuple[PlannedCrossing, PlannedCrossing]:
        """No test at the first post; tested, and let through at another at a time that the road explains."""
        rider = self._cast.person()
        card = Shown(CitizenCard(rider), 1)
        expected = Expected(Outcome.TURN_BACK, Outcome.TURN_BACK, (Note.OCCUPANT_HEALTH.value,))
        first = self._rider(one, Case.TURNED_BACK, rider, [card], expected, direction=Direction.IN)
        sampled_at = one.closed_at + (other.opened_at - one.closed_at) / 3
        test = self._papers.test(rider, other.closed_at, sampled_at=sampled_at)
        second = self._rider(
            other, Case.TURNED_BACK, rider, [Shown(test, 1), card], PASSED, direction=Direction.IN
        )
        return first, replace(second, plate=first.plate)

    def turned_back_positive(
        self, slot: Slot, end: datetime, result_id: UUID
    ) -> tuple[PlannedCrossing, PlannedResult]:
        """A green-lane truck that was turned back did not cross: its driver's later result is no GL13."""
        plate, crew = self._cast.truck_plate(), self._crew(1)
        shown = [Shown(self._pass(plate, slot, crew), None), Shown(CitizenCard(crew[0]), 1)]
        untested = Rule.GL15.value
        reasons = (untested, Note.OCCUPANT_HEALTH.value)
        expected = Expected(Outcome.TURN_BACK, Outcome.REFER, reasons, findings=(untested,), referred=(1,))
        truck = self._truck(slot, Case.TURNED_BACK, plate, crew, shown, expected, tests=False)
        truck = replace(truck, direction=Direction.IN, purpose=Purpose.DESTINATION_HERE)
        return truck, _positive(result_id, crew[0], slot.closed_at, end)

    def unknown_code(self, slot: Slot) -> PlannedCrossing:
        rider = self._cast.person()
        shown = [Shown(self._papers.other_code(), None, UNKNOWN), *self._in_time(rider, slot)]
        expected = Expected(Outcome.CHECK_MORE, Outcome.CHECK_MORE, (UNKNOWN,))
        return self._rider(slot, Case.UNKNOWN_CODE, rider, shown, expected)

    def _crew(self, size: int) -> tuple[Person, ...]:
        return tuple(self._cast.person(male=True) for _ in range(size))

    def _pass(self, plate: str, slot: Slot, crew: tuple[Person, ...]) -> GreenLanePass:
        return self._papers.green_lane(plate, slot.closed_at, crew, registered=len(crew))

    def _in_time(self, person: Person, slot: Slot, *, occupant: int = 1, card: bool = True) -> list[Shown]:
        test = Shown(self._papers.test(person, slot.closed_at), occupant)
        return [test, Shown(CitizenCard(person), occupant)] if card else [test]

    def _rider(
        self,
        slot: Slot,
        case: Case,
        rider: Person,
        shown: list[Shown],
        expected: Expected,
        *,
        direction: Direction | None = None,
        typed: bool = False,
    ) -> PlannedCrossing:
        return _crossing(
            slot,
            case,
            direction or self._direction(),
            VehicleClass.MOTORBIKE,
            self._cast.motorbike_plate(),
            (Aboard(OccupantRole.DRIVER, rider, typed=typed),),
            tuple(shown),
            expected,
        )

    def _truck(
        self,
        slot: Slot,
        case: Case,
        plate: str,
        crew: tuple[Person, ...],
        shown: list[Shown],
        expected: Expected,
        *,
        tests: bool = True,
    ) -> PlannedCrossing:
        papers = [
            paper
            for number, person in enumerate(crew if tests else (), start=1)
            for paper in self._in_time(person, slot, occupant=number)
        ]
        roles = (OccupantRole.DRIVER, *[OccupantRole.CREW] * (len(crew) - 1))
        aboard = tuple(Aboard(role, person) for role, person in zip(roles, crew, strict=True))
        truck = _crossing(
            slot, case, self._direction(), VehicleClass.TRUCK, plate, aboard, (*shown, *papers), expected
        )
        return replace(truck, cargo_space=CargoSpace.NOT_OPENED)


def _misuse(rule: Rule, advised: Outcome, verdict: Outcome) -> Expected:
    return Expected(advised, verdict, (rule.value,), alerts=(rule.value,), findings=(rule.value,))


_FORGED_EXPECTED = replace(_misuse(Rule.GL06, Outcome.HOLD, Outcome.HOLD), reasons=(FORGED, Rule.GL06.value))


def _positive(result_id: UUID, person: Person, crossed_at: datetime, end: datetime) -> PlannedResult:
    """Sampled and known between the crossing and the end of the morning."""
    left = min(end - crossed_at, timedelta(hours=1))
    sampled_at, resulted_at = crossed_at + left * 0.4, crossed_at + left * 0.8
    return PlannedResult(result_id, "", person, TestKind.PCR, sampled_at, resulted_at)


def _crossing(
    slot: Slot,
    case: Case,
    direction: Direction,
    vehicle_class: VehicleClass,
    plate: str,
    aboard: tuple[Aboard, ...],
    shown: tuple[Shown, ...],
    expected: Expected,
) -> PlannedCrossing:
    return PlannedCrossing(
        sheet_id="",
        case=case,
        post_id=slot.lane.post_id,
        station_id=slot.lane.station_id,
        opened_at=slot.opened_at,
        closed_at=slot.closed_at,
        decided_at=slot.decided_at,
        direction=direction,
        purpose=Purpose.DESTINATION_HERE if direction is Direction.IN else Purpose.LEAVING,
        vehicle_class=vehicle_class,
        plate=plate,
        cab=len(aboard),
        cargo=0,
        occupants=aboard,
        shown=shown,
        destination_commune=aboard[0].person.commune,
        expected=expected,
    )
