"""Cases that only two posts show together, and look-alikes on the same road that are lawful and raise nothing."""

from dataclasses import replace

from deploy.simulator.cases import PASSED
from deploy.simulator.pass_cases import PassCases
from deploy.simulator.people import Person
from deploy.simulator.plan_model import Case, CitizenCard, Expected, PlannedCrossing, Shown
from deploy.simulator.slots import Slot
from schemas.events.crossing import ChangeOrdered
from schemas.rules.codes import Note, Rule
from schemas.words import CargoSpace, Direction, OrderedChange, Outcome, Purpose

Pair = tuple[PlannedCrossing, PlannedCrossing]


class WayCases(PassCases):
    """One truck with one pass, inward at two posts, at a time that the road explains."""

    def boarded(self, one: Slot, other: Slot) -> Pair:
        """GL09: somebody got in between the posts."""
        crew = self._crew(2)
        return self._way(one, other, (crew[:1], crew), Rule.GL09, Outcome.CHECK_MORE)

    def dropped(self, one: Slot, other: Slot) -> Pair:
        """GL09: somebody was dropped after the first post."""
        crew = self._crew(2)
        return self._way(one, other, (crew, crew[:1]), Rule.GL09, Outcome.CHECK_MORE)

    def seal_changed(self, one: Slot, other: Slot) -> Pair:
        """GL17: the seal that was put on is another one now. Let through by a station that cannot know."""
        return self._sealed(one, other, "0001", "0002", Rule.GL17)

    def seen_elsewhere(self, one: Slot, other: Slot) -> Pair:
        """GL16: turned back for want of a test; at another post with one that was taken before that."""
        rider = self._cast.person()
        card = Shown(CitizenCard(rider), 1)
        expected = Expected(Outcome.TURN_BACK, Outcome.TURN_BACK, (Note.OCCUPANT_HEALTH.value,))
        first = self._rider(one, Case.ON_THE_WAY, rider, [card], expected, direction=Direction.IN)
        code = Rule.GL16.value
        found = Expected(Outcome.LET_THROUGH, Outcome.CHECK_MORE, (code,), alerts=(code,), findings=(code,))
        test = Shown(self._papers.test(rider, one.opened_at), 1)
        second = self._rider(other, Case.ON_THE_WAY, rider, [test, card], found, direction=Direction.IN)
        return first, replace(second, plate=first.plate)

    def stays_inside(self, slot: Slot) -> PlannedCrossing:
        """GL10: in transit, and never out again."""
        plate, crew = self._cast.truck_plate(), self._crew(1)
        code = Rule.GL10.value
        expected = Expected(Outcome.LET_THROUGH, Outcome.CHECK_MORE, (code,), alerts=(code,), findings=(code,))
        shown = [Shown(self._pass(plate, slot, crew), None)]
        truck = self._truck(slot, Case.STAYS_INSIDE, plate, crew, shown, expected)
        return replace(truck, direction=Direction.IN, purpose=Purpose.TRANSIT)

    def slow(self, one: Slot, other: Slot) -> Pair:
        """GL12: far too long between two posts. Information by itself: no alert, and nobody is stopped for it."""
        crew = self._crew(2)
        first, second = self._way(one, other, (crew, crew), Rule.GL12, Outcome.LET_THROUGH)
        return first, replace(second, expected=replace(second.expected, alerts=()))

    # Look-alikes

    def held_up(self, one: Slot, other: Slot) -> Pair:
        """As slow, and lawful: the ferry was closed, or everybody stood in the same jam."""
        crew = self._crew(2)
        return self._way(one, other, (crew, crew), None, Outcome.LET_THROUGH)

    def exit_silent(self, slot: Slot) -> PlannedCrossing:
        """In transit, and nobody knows whether it left: a post where it could has not been heard since."""
        truck = self.stays_inside(slot)
        return replace(truck, case=Case.LAWFUL, expected=PASSED)

    def ordered_driver(self, one: Slot, other: Slot) -> Pair:
        """An authority had the driver changed, who is on no pass; the first officer enters the order, and the next
        post sees him too."""
        crew, plate = self._crew(1), self._cast.truck_plate()
        driver = self._crew_unlike(crew)
        paper = Shown(self._pass(plate, one, crew), None)
        first = _inward(self._truck(one, Case.LAWFUL_WAY, plate, driver, [paper], PASSED))
        second = _inward(self._truck(other, Case.LAWFUL_WAY, plate, driver, [paper], PASSED))
        ordered = ChangeOrdered(change=OrderedChange.CHANGE_OF_DRIVER, document="3111/UBND-KT")
        return replace(first, ordered_change=ordered), second

    def driver_changed(self, one: Slot, other: Slot) -> Pair:
        """An authority had one of the two get out at a transfer point; the officer enters the order."""
        crew = self._crew(2)
        first, second = self._way(one, other, (crew, crew[:1]), None, Outcome.LET_THROUGH)
        ordered = ChangeOrdered(change=OrderedChange.CHANGE_OF_DRIVER, document="3111/UBND-KT")
        return first, replace(second, ordered_change=ordered)

    def seal_held(self, one: Slot, other: Slot) -> Pair:
        """The same seal, written in another way."""
        return self._sealed(one, other, "0003", "bt 0003", None)

    def passed_through(self, one: Slot, other: Slot) -> Pair:
        """In transit, and out again within its window."""
        crew = self._crew(2)
        first, second = self._way(one, other, (crew, crew), None, Outcome.LET_THROUGH)
        return (
            replace(first, purpose=Purpose.TRANSIT),
            replace(second, purpose=Purpose.TRANSIT, direction=Direction.OUT),
        )

    def _sealed(self, one: Slot, other: Slot, put_on: str, found: str, rule: Rule | None) -> Pair:
        crew = self._crew(1)
        outcome = Outcome.HOLD if rule else Outcome.LET_THROUGH
        first, second = self._way(one, other, (crew, crew), rule, outcome, recalled=rule is not None)
        prefix = "" if found.startswith("bt") else "BT-"
        return (
            replace(first, cargo_space=CargoSpace.SEAL_PUT_ON, seal_number=f"BT-{put_on}"),
            replace(second, cargo_space=CargoSpace.SEAL_CHECKED, seal_number=f"{prefix}{found}"),
        )

    def _way(
        self,
        one: Slot,
        other: Slot,
        crews: tuple[tuple[Person, ...], tuple[Person, ...]],
        rule: Rule | None,
        verdict: Outcome,
        *,
        recalled: bool = False,
    ) -> Pair:
        plate = self._cast.truck_plate()
        paper = self._pass(plate, one, max(crews, key=len))
        case = Case.LAWFUL_WAY if rule is None else Case.ON_THE_WAY
        codes = () if rule is None else (rule.value,)
        found = Expected(Outcome.LET_THROUGH, verdict, codes, alerts=codes, findings=codes, recalled=recalled)
        first = self._truck(one, case, plate, crews[0], [Shown(paper, None)], PASSED)
        second = self._truck(other, case, plate, crews[1], [Shown(paper, None)], found)
        return _inward(first), _inward(second)


def _inward(crossing: PlannedCrossing) -> PlannedCrossing:
    return replace(crossing, direction=Direction.IN, purpose=Purpose.DESTINATION_HERE)
