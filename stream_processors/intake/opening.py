"""Opens the box of a believed record and keeps what names nobody: facts and refs. Raises nothing past here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from schemas.events.base import Event
from schemas.events.crossing import CrossingAbandoned, CrossingRecord, CrossingSecrets
from schemas.events.decision import DecisionMade
from schemas.events.operations import CommandGiven
from schemas.events.registry import (
    NoticePublished,
    NoticeSecrets,
    PolicyPublished,
    PostRegistered,
    StationEnrolled,
    UnitsPublished,
    VehiclePassRegistered,
    VehiclePassSecrets,
    ZonesAssigned,
)
from schemas.events.test_result import TestedAtPost, TestResultReported, TestResultSecrets
from schemas.rules.facts import facts_of
from schemas.trust.numbers import NumberOpener
from schemas.trust.refs import RefKeys, vehicle_ref
from schemas.trust.sealing import BoxRefused, Opener
from schemas.words import FactState
from stream_processors.intake.records import Believed, Derived, Refused, Taken
from stream_processors.intake.refs import (
    certificate_ref,
    hash_ref,
    misread_plates,
    number_ref,
    numbered,
    refs_by_kind,
    refs_of_crossing,
    token_ref,
)
from stream_processors.judging.context import KnownPass, KnownResult, PersonMatch

CROSSING, DECISION, RESULT, COMMAND = "crossing", "decision", "result", "command"
NOTICE, POLICY, PASS, POST, STATION, OTHER = "notice", "policy", "pass", "post", "station", "other"
UNITS, ZONES = "units", "zones"
REGISTRY_KINDS = frozenset({UNITS, ZONES, NOTICE, POLICY, PASS, POST, STATION, OTHER})


@dataclass(frozen=True, repr=False)
class Opening:
    """What it takes to read a box. Has no repr."""

    opener: Opener
    ref_keys: RefKeys
    time_zone: Callable[[], str]
    """The time zone of the policy, for ages on a local day."""
    numbers: NumberOpener = field(default_factory=lambda: NumberOpener(()))


def take_all(believed: Sequence[Believed], opening: Opening) -> list[Taken | Refused]:
    """The fact of each record, or why its box cannot be taken, in their order."""
    crossings = [one.event for one in believed if isinstance(one.event, CrossingRecord)]
    derived = iter(_crossings(crossings, opening))
    return [
        _taken(one, next(derived) if isinstance(one.event, CrossingRecord) else _derived(one.event, opening))
        for one in believed
    ]


def _taken(believed: Believed, derived: Derived | BoxRefused) -> Taken | Refused:
    event = believed.event
    if isinstance(derived, BoxRefused):
        return Refused(believed.record, derived.reason, event=event)
    kind, subject = _subject(event)
    return Taken(believed, kind, subject, int(getattr(event, "revision", 1)), derived)


def _subject(event: Event) -> tuple[str, str]:
    match event:
        case CrossingRecord() | CrossingAbandoned():
            return CROSSING, str(event.crossing_id)
        case DecisionMade():
            return DECISION, str(event.crossing_id)
        case TestedAtPost() | TestResultReported():
            return RESULT, str(event.result_id)
        case NoticePublished():
            return NOTICE, str(event.notice_id)
        case PolicyPublished():
            # Each version stays what was in force at its time, and is a fact of its own.
            return POLICY, f"{event.policy.policy_id}/{event.policy.version}"
        case VehiclePassRegistered():
            return PASS, str(event.pass_id)
        case PostRegistered():
            return POST, event.post_id
        case StationEnrolled():
            return STATION, f"{event.station_id}/{event.enrolment}"
        case CommandGiven():
            return COMMAND, str(event.event_id)
        case UnitsPublished():
            return UNITS, event.province
        case ZonesAssigned():
            return ZONES, str(event.event_id)
        case _:
            return OTHER, str(event.event_id)


def _crossings(records: Sequence[CrossingRecord], opening: Opening) -> list[Derived | BoxRefused]:
    """Step by step for all of them, not one record after the other: a processor has at hand what it just did."""
    boxes = opening.opener.open_all([(one.sealed, one.event_id) for one in records], CrossingSecrets)
    read = [(one, box) for one, box in zip(records, boxes, strict=True) if not isinstance(box, BoxRefused)]
    opened = [numbered(secrets, opening.numbers) for _, secrets in read]
    pairs = list(zip(read, opened, strict=True))
    facts = [facts_of(one, box, time_zone=opening.time_zone(), numbered=whole) for (one, box), whole in pairs]
    refs = [refs_of_crossing(opening.ref_keys, one, whole) for (one, _), whole in pairs]
    derived = iter(
        [
            Derived(crossing=fact, refs=shown, secrets=secrets)
            for fact, shown, (_, secrets) in zip(facts, refs, read, strict=True)
        ]
    )
    return [box if isinstance(box, BoxRefused) else next(derived) for box in boxes]


def _derived(event: Event, opening: Opening) -> Derived | BoxRefused:
    """Of what is no crossing."""
    try:
        match event:
            case TestedAtPost() | TestResultReported():
                return _result(event, opening)
            case VehiclePassRegistered():
                return _vehicle_pass(event, opening)
            case NoticePublished():
                return _notice(event, opening)
            case _:
                return Derived()
    except BoxRefused as exc:
        return exc


def _result(event: TestedAtPost | TestResultReported, opening: Opening) -> Derived:
    secrets = opening.opener.open(event.sealed, event.event_id, TestResultSecrets)
    keys = opening.ref_keys
    persons = [PersonMatch(refs_by_kind(keys, secrets.person))]
    persons += [PersonMatch(refs_by_kind(keys, person), covered=True) for person in secrets.covered]
    at_post = event if isinstance(event, TestedAtPost) else None
    result = KnownResult(
        result_id=event.result_id,
        event_id=event.event_id,
        at=event.occurred_at,
        state=event.state,
        kind=secrets.kind,
        basis=secrets.basis,
        standing=secrets.standing,
        outcome=secrets.outcome,
        sampled_at=secrets.sampled_at,
        resulted_at=secrets.resulted_at,
        persons=tuple(person for person in persons if person.refs),
        certificate_ref=certificate_ref(keys, secrets.certificate_id) if secrets.certificate_id else None,
        crossing_id=at_post.crossing_id if at_post else None,
        occupant=at_post.occupant if at_post else None,
    )
    return Derived(result=result)


def _vehicle_pass(event: VehiclePassRegistered, opening: Opening) -> Derived:
    secrets = opening.opener.open(event.sealed, event.event_id, VehiclePassSecrets)
    keys = opening.ref_keys
    known = KnownPass(
        pass_id=event.pass_id,
        event_id=event.event_id,
        at=event.occurred_at,
        state=FactState(event.state),
        registered_crew=secrets.registered_crew,
        issuer=event.issuer,
        carrier_id=event.carrier_id,
        valid_from=event.valid_from,
        valid_until=event.valid_until,
        number_ref=number_ref(keys, secrets.pass_number),
        token_ref=token_ref(keys, event.token_sha256) if event.token_sha256 else None,
        plate_ref=vehicle_ref(keys, secrets.plate),
        misreads=misread_plates(keys, secrets.plate),
        crew=tuple(refs_by_kind(keys, opening.numbers.with_number(person)) for person in secrets.crew),
        vehicle_class=event.vehicle_class,
        route=event.route,
    )
    return Derived(vehicle_pass=known)


def _notice(event: NoticePublished, opening: Opening) -> Derived:
    if event.token_sha256 is not None:
        return Derived(notice_pass_ref=token_ref(opening.ref_keys, event.token_sha256))
    by_hash = hash_ref(opening.ref_keys, event.revocation) if event.revocation is not None else None
    if event.sealed is None:
        return Derived(notice_pass_ref=by_hash)
    secrets = opening.opener.open(event.sealed, event.event_id, NoticeSecrets)
    if event.notice == "to_be_checked":
        return Derived(notice_pass_ref=vehicle_ref(opening.ref_keys, secrets.plate) if secrets.plate else None)
    number = secrets.pass_number
    return Derived(notice_pass_ref=number_ref(opening.ref_keys, number) if number else by_hash)
