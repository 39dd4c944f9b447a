"""Cases of what a pass and a test certificate cover, and look-alikes that are lawful and must raise nothing."""

from dataclasses import replace
from datetime import datetime, timedelta

from deploy.demo.posts import POSTS
from deploy.simulator.cases import PASSED, Cases
from deploy.simulator.people import Person
from deploy.simulator.plan_model import Case, CitizenCard, Expected, PaperSlip, PlannedCrossing, Shown
from deploy.simulator.slots import Slot
from schemas.rules.codes import Note, Rule
from schemas.rules.plates import plate_look
from schemas.words import CargoSpace, Direction, Outcome, Purpose, TestKind, VehicleClass

HEALTH = Note.OCCUPANT_HEALTH.value


class PassCases(Cases):
    def another_plate(self, slot: Slot) -> PlannedCrossing:
        """GL03: a pass that was issued for another truck."""
        plate, crew = self._cast.truck_plate(), self._crew(2)
        shown = [Shown(self._pass(self._plate_unlike(plate), slot, crew), None)]
        return self._truck(slot, Case.ANOTHER_PLATE, plate, crew, shown, _misuse(Rule.GL03, Outcome.HOLD))

    def another_driver(self, slot: Slot) -> PlannedCrossing:
        """GL02: a change of driver needs a new card."""
        plate, crew = self._cast.truck_plate(), self._crew(2)
        shown = [Shown(self._pass(plate, slot, self._crew_unlike(crew)), None)]
        expected = _misuse(Rule.GL02, Outcome.CHECK_MORE)
        return self._truck(slot, Case.NOT_ON_PASS, plate, crew, shown, expected)

    def private_car(self, slot: Slot) -> PlannedCrossing:
        """GL04: a private car with a green-lane QR."""
        plate, crew = self._cast.truck_plate(), self._crew(1)
        shown = [Shown(self._pass(plate, slot, crew), None)]
        truck = self._truck(slot, Case.WRONG_CLASS, plate, crew, shown, _misuse(Rule.GL04, Outcome.TURN_BACK))
        return replace(truck, vehicle_class=VehicleClass.CAR, cargo_space=CargoSpace.NONE)

    def off_route(self, slot: Slot) -> PlannedCrossing:
        """GL11: the pass names every post but this one."""
        plate, crew = self._cast.truck_plate(), self._crew(2)
        paper = replace(self._pass(plate, slot, crew), route=_others_than(slot.lane.post_id))
        expected = _misuse(Rule.GL11, Outcome.CHECK_MORE)
        return self._truck(slot, Case.OFF_ROUTE, plate, crew, [Shown(paper, None)], expected)

    def untested_mate(self, slot: Slot) -> PlannedCrossing:
        """GL15: the driver has a test and the mate has none, where everybody who comes in needs one."""
        plate, crew = self._cast.truck_plate(), self._crew(2)
        shown = [
            Shown(self._pass(plate, slot, crew), None),
            *self._in_time(crew[0], slot),
            Shown(CitizenCard(crew[1]), 2),
        ]
        code = Rule.GL15.value
        expected = Expected(Outcome.TURN_BACK, Outcome.TURN_BACK, (code, HEALTH), findings=(code,))
        return _inward(self._truck(slot, Case.CREW_UNTESTED, plate, crew, shown, expected, tests=False))

    def borrowed_test(self, slot: Slot) -> PlannedCrossing:
        """GL14: one paper used twice. Its owner stayed at home; by the name it is certain that it is another's."""
        rider = self._cast.person()
        (owner,) = self._crew_unlike((rider,))
        shown = [Shown(CitizenCard(rider), 1), Shown(self._papers.test(owner, slot.closed_at), 1)]
        code = Rule.GL14.value
        expected = Expected(Outcome.CHECK_MORE, Outcome.CHECK_MORE, (code, HEALTH), findings=(code,))
        return self._rider(slot, Case.CERTIFICATE, rider, shown, expected, direction=Direction.IN)

    def edited_date(self, one: Slot, other: Slot) -> tuple[PlannedCrossing, PlannedCrossing]:
        """GL14: the date on a paper without a code was edited by hand between two showings."""
        rider, number = self._cast.person(), self._cast.code("XN-", 7)
        sampled_at = _minute_of(one) - timedelta(hours=50)
        slips = [
            PaperSlip(1, rider, number, "TTYT huyện Ba Tri", TestKind.PCR, sampled_at + timedelta(days=days))
            for days in (0, 1)
        ]
        code = Rule.GL14.value
        edited = Expected(Outcome.LET_THROUGH, Outcome.CHECK_MORE, (code,), findings=(code,))
        first, second = (
            replace(
                self._rider(
                    slot, Case.CERTIFICATE, rider, [Shown(CitizenCard(rider), 1)], expected, direction=Direction.IN
                ),
                papers=(slip,),
            )
            for slot, slip, expected in ((one, slips[0], PASSED), (other, slips[1], edited))
        )
        return first, replace(second, plate=first.plate)

    def sold_card(self, one: Slot, other: Slot) -> tuple[PlannedCrossing, PlannedCrossing]:
        """GL08: one card on two plates. The list of tokens names no plate, so nothing else would tell."""
        first_plate = self._cast.truck_plate()
        second_plate = self._plate_unlike(first_plate)
        card = replace(self._papers.national_card(first_plate, other.closed_at), plate_listed=False)
        first = self._truck(one, Case.SOLD_CARD, first_plate, self._crew(1), [Shown(card, None)], PASSED)
        code = Rule.GL08.value
        expected = Expected(Outcome.LET_THROUGH, Outcome.CHECK_MORE, (code,), alerts=(code,), findings=(code,))
        second = self._truck(other, Case.SOLD_CARD, second_plate, self._crew(1), [Shown(card, None)], expected)
        return first, second

    # Look-alikes

    def co_driver_alone(self, slot: Slot) -> PlannedCrossing:
        """The registered driver fell ill; the co-driver, who is on the pass, drives alone."""
        plate, crew = self._cast.truck_plate(), self._crew(2)
        shown = [Shown(self._pass(plate, slot, crew), None)]
        return self._truck(slot, Case.LAWFUL, plate, crew[1:], shown, PASSED)

    def container_on_route(self, slot: Slot) -> PlannedCrossing:
        """A truck's pass covers a container truck too, and its route names this post among others."""
        plate, crew = self._cast.truck_plate(), self._crew(2)
        route = (slot.lane.post_id, *_others_than(slot.lane.post_id)[:1])
        paper = replace(self._pass(plate, slot, crew), route=route)
        truck = self._truck(slot, Case.LAWFUL, plate, crew, [Shown(paper, None)], PASSED)
        return replace(truck, vehicle_class=VehicleClass.CONTAINER)

    def one_misread(self, slot: Slot) -> PlannedCrossing:
        """GL03's look-alike: an 8 of the pass's plate is typed as a B. The officer is asked to read it again."""
        plate, crew = self._plate_with_an_8(), self._crew(2)
        note = Note.PLATE_MISREAD_POSSIBLE.value
        expected = Expected(Outcome.CHECK_MORE, Outcome.CHECK_MORE, (note,))
        shown = [Shown(self._pass(plate, slot, crew), None)]
        return self._truck(slot, Case.MISREAD, _misread(plate), crew, shown, expected)

    def misread_plate(self, one: Slot, other: Slot) -> tuple[PlannedCrossing, PlannedCrossing]:
        """One truck with one card; on its way back an 8 of its plate is read as a B."""
        plate, crew = self._plate_with_an_8(), self._crew(1)
        card = replace(self._papers.national_card(plate, other.closed_at), plate_listed=False)
        first = _inward(self._truck(one, Case.LAWFUL, plate, crew, [Shown(card, None)], PASSED))
        back = self._truck(other, Case.LAWFUL, _misread(plate), crew, [Shown(card, None)], PASSED)
        return first, replace(back, direction=Direction.OUT, purpose=Purpose.LEAVING)

    def _crew_unlike(self, crew: tuple[Person, ...]) -> tuple[Person, ...]:
        """As many others, of other names, birth dates and last digits: nobody could take them for these."""
        others: list[Person] = []
        while len(others) < len(crew):
            drawn = self._cast.person(male=True)
            if all(
                drawn.name != one.name
                and drawn.birth_date.year != one.birth_date.year
                and drawn.number[6:] != one.number[6:]
                for one in crew
            ):
                others.append(drawn)
        return tuple(others)

    def _plate_unlike(self, plate: str) -> str:
        """One that no misreading makes of ``plate``."""
        while True:
            drawn = self._cast.truck_plate()
            if plate_look(drawn) != plate_look(plate):
                return drawn

    def _plate_with_an_8(self) -> str:
        while True:
            plate = self._cast.truck_plate()
            if "8" in plate[4:]:
                return plate


def _misread(plate: str) -> str:
    return plate[:4] + plate[4:].replace("8", "B", 1)


def _others_than(post_id: str) -> tuple[str, ...]:
    return tuple(str(post["post_id"]) for post in POSTS if post["post_id"] != post_id)


def _inward(crossing: PlannedCrossing) -> PlannedCrossing:
    return replace(crossing, direction=Direction.IN, purpose=Purpose.DESTINATION_HERE)


def _minute_of(slot: Slot) -> datetime:
    return slot.closed_at.replace(second=0, microsecond=0)


def _misuse(rule: Rule, outcome: Outcome) -> Expected:
    return Expected(outcome, outcome, (rule.value,), alerts=(rule.value,), findings=(rule.value,))
