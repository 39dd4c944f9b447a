"""The simulator's own file of what is true: one JSON line a crossing, and one a result. Nobody else reads it.

Holds the names, numbers and plates that were planted, so that a search can show that they are nowhere else.
"""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from checkpoint_agent.headless.officer import crossing_id_of
from deploy.key_folder import replace
from deploy.simulator.plan_model import (
    Case,
    CitizenCard,
    GreenLanePass,
    NationalCard,
    OtherCode,
    Plan,
    PlannedCrossing,
    TestPass,
)
from schemas.bounded import Instant
from schemas.words import Outcome


class Truth(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CrossingTruth(Truth):
    run_id: str
    sheet_id: str
    crossing_id: UUID
    case: Case
    post_id: str
    station_id: str
    closed_at: Instant
    plate: str
    reading_reasons: tuple[str | None, ...]
    """One for each picture, then for each paper; None where it is accepted."""
    advised: Outcome
    verdict: Outcome
    reasons: tuple[str, ...]
    findings: tuple[str, ...]
    alerts: tuple[str, ...]
    referred: tuple[int, ...]
    recalled: bool
    partner: str | None
    result_id: str | None
    planted: tuple[str, ...]
    """Names, numbers, plates, telephones, addresses, certificate ids, tokens."""


def truths_of(plan: Plan) -> Iterator[CrossingTruth]:
    results = {result.after_sheet: str(result.result_id) for result in plan.results}
    for crossing in plan.crossings:
        expected = crossing.expected
        yield CrossingTruth(
            run_id=plan.run_id,
            sheet_id=crossing.sheet_id,
            crossing_id=crossing_id_of(crossing.station_id, crossing.sheet_id, crossing.opened_at),
            case=crossing.case,
            post_id=crossing.post_id,
            station_id=crossing.station_id,
            closed_at=crossing.closed_at,
            plate=crossing.plate,
            reading_reasons=(*(shown.reason for shown in crossing.shown), *(None for _ in crossing.papers)),
            advised=expected.advised,
            verdict=expected.verdict,
            reasons=expected.reasons,
            findings=expected.findings,
            alerts=expected.alerts,
            referred=expected.referred,
            recalled=expected.recalled,
            partner=crossing.partner,
            result_id=results.get(crossing.sheet_id),
            planted=tuple(dict.fromkeys(planted_in(crossing))),
        )


def planted_in(crossing: PlannedCrossing) -> Iterator[str]:
    """Every text that names a person or a vehicle, or that is as good as a key."""
    yield crossing.plate
    for aboard in crossing.occupants:
        person = aboard.person
        yield from (person.name, person.number, person.telephone, person.address)
    for shown in crossing.shown:
        match shown.paper:
            case TestPass(certificate_id=certificate_id, person=person):
                yield from (certificate_id, person.name, person.number)
            case GreenLanePass(pass_number=pass_number, crew=crew):
                yield pass_number
                for person in crew:
                    yield from (person.name, person.number)
            case NationalCard(token=token):
                yield token
            case OtherCode(text=text):
                yield text
            case CitizenCard():
                pass
    for slip in crossing.papers:
        yield slip.number


def write_truth(plan: Plan, path: Path) -> None:
    """Private, as it names everybody; whole or not at all."""
    replace(path, "".join(truth.model_dump_json() + "\n" for truth in truths_of(plan)))


def read_truth(path: Path) -> list[CrossingTruth]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [CrossingTruth.model_validate_json(line) for line in lines if line]
