"""What is true of each occupant's test, from what the plan put on the road. Pure; asks no rule.

Said of those whom a verdict says something about: somebody with a test in order and no other matter is not
named there. A forged test shows nothing; somebody else's is a test, on papers that do not agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from checkpoint_agent.headless.officer import crossing_id_of
from deploy.benchmarks.judge.truth_table import Claim
from deploy.simulator.people import Person
from deploy.simulator.plan_model import Plan, PlannedCrossing, PlannedResult, Shown, TestPass
from schemas.rules.codes import Agreement, Note, TestStatus
from schemas.words import Outcome


def statuses_planted_in(plan: Plan) -> Iterator[Claim]:
    results = {result.after_sheet: result for result in plan.results}
    for crossing in plan.crossings:
        subject = crossing_id_of(crossing.station_id, crossing.sheet_id, crossing.opened_at)
        for occupant in range(1, len(crossing.occupants) + 1):
            for code in statuses_of(crossing, occupant, results.get(crossing.sheet_id)):
                yield "test status", code, f"{subject}/{occupant}"


def statuses_of(crossing: PlannedCrossing, occupant: int, result: PlannedResult | None) -> list[str]:
    """``result`` is a positive one that came after the crossing."""
    tested = [
        *_tests_of(crossing.shown, occupant),
        *(slip.person for slip in crossing.papers if slip.occupant == occupant),
    ]
    shows, person = bool(tested), crossing.occupants[occupant - 1].person
    positive = result is not None and result.person == person
    beside = result is not None and not positive and crossing.expected.advised is not Outcome.TURN_BACK
    matters = [
        *([] if shows else [TestStatus.NONE_SHOWN.value]),
        *([TestStatus.POSITIVE_AFTER.value] if positive else []),
        *([TestStatus.POSITIVE_SINCE_PASS.value] if positive and shows else []),
        *([Note.CONTACT_OF_POSITIVE.value] if beside else []),
        *sorted({code.value for other in tested for code in _not_agreeing(person, other)}),
    ]
    return [TestStatus.SHOWN_VALID.value, *matters] if matters and shows else matters


def _tests_of(papers: Iterable[Shown], occupant: int) -> Iterator[Person]:
    """Whose genuine tests this occupant showed."""
    for shown in papers:
        if isinstance(shown.paper, TestPass) and not shown.paper.forged and shown.occupant == occupant:
            yield shown.paper.person


def _not_agreeing(card: Person, test: Person) -> Iterator[Agreement]:
    """Between a citizen card and a test, which shows a name, a sex, a birth date and no number."""
    if card.name != test.name:
        yield Agreement.NAMES_DIFFER
    if card.birth_date != test.birth_date:
        yield Agreement.BIRTH_DATES_DIFFER
    if card.male != test.male:
        yield Agreement.SEXES_DIFFER
    if (card.birth_date.year, card.male) != (test.birth_date.year, test.male):
        yield Agreement.NUMBER_IMPOSSIBLE  # the card's number holds its owner's year and sex
