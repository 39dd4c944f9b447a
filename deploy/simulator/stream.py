"""A plan as the events that its stations would send: read, advised, decided, sealed and chained. No pictures.

The station's own pure functions make them, so they cannot drift from what a real station says. For load
tests and for killing processors; the stations named must not send anything themselves at the same time.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from checkpoint_agent.crossing.advising import Advising, Rules, advising
from checkpoint_agent.crossing.building import Crossing, closed, decided, digest_of, with_occupant, with_reading
from checkpoint_agent.crossing.link import Link
from checkpoint_agent.crossing.papers import paper_digest, paper_read
from checkpoint_agent.crossing.people import NOBODY, Occupant
from checkpoint_agent.crossing.records import Desk, closed_record, decision_record, secrets_of
from checkpoint_agent.headless.officer import crossing_id_of
from deploy.keys import KeyFolder, Lane
from deploy.simulator.issuing import Issuers, token_list_of
from deploy.simulator.notices import notices_of
from deploy.simulator.plan_model import Plan, PlannedCrossing
from schemas.events.base import FIRST_PREVIOUS, StationEvent
from schemas.events.crossing import HeadCount
from schemas.events.decision import Shown
from schemas.events.operations import StationHealth
from schemas.ids import derived_id
from schemas.passes.read import PassLists, read_pass
from schemas.passes.revocations import Revoked
from schemas.passes.token_list import Tokens
from schemas.passes.trust_list import Trusted
from schemas.policy.policy import Policy
from schemas.topics import CROSSINGS, DECISIONS, STATION_HEALTH, Headers, Topic, encode
from schemas.trust.chain import MAC_HEADER, record_hash, record_mac
from schemas.trust.key_files import StationKeysFile
from schemas.trust.sealing import Sealer

OFFICER = "simulated"


@dataclass(frozen=True)
class Record:
    """What goes to Kafka."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers


def events_of(
    plan: Plan, keys: KeyFolder, policies: Sequence[Policy], *, after: dict[str, Link] | None = None
) -> Iterator[Record]:
    """A crossing and its decision, one after the other, in the order of closing.

    ``after`` is where each station's chain stands (the next number, and the hash of the record before);
    a chain that is not named begins with 1.
    """
    issuers = Issuers.of(keys)
    lists = lists_of(plan, issuers)
    stations = {
        station_id: _Station(keys.read_station(station_id), (after or {}).get(station_id))
        for station_id in {crossing.station_id for crossing in plan.crossings}
    }
    rules = Rules(tuple(policies), tuple(notices_of(plan)))
    for crossing in plan.crossings:
        yield from stations[crossing.station_id].records(crossing, issuers, lists, rules)


def heartbeats_of(
    keys: KeyFolder, station_ids: Sequence[str], sent: Sequence[Record], *, at: datetime
) -> Iterator[Record]:
    """What each station says of itself at ``at``: that all it has written is in ``sent``, or was before."""
    for station_id in station_ids:
        station = keys.read_station(station_id)
        numbers = [json.loads(one.value)["number"] for one in sent if one.key == station_id.encode()]
        health = StationHealth(
            event_id=derived_id("simulated heartbeat", station_id, at),
            occurred_at=at,
            station_id=station_id,
            post_id=station.post_id,
            lane=station.lane,
            enrolment=station.enrolment,
            unsent=0,
            last_number=max(numbers, default=0),
            version="simulated",
        )
        key, value, headers = encode(STATION_HEALTH, health)
        mac = record_mac(station.hmac, STATION_HEALTH.name, health.type_name, value)
        yield Record(STATION_HEALTH.name, key, value, [*headers, (MAC_HEADER, mac)])


def last_heard_of(keys: KeyFolder, lanes: Sequence[Lane], plan: Plan, sent: Sequence[Record]) -> Iterator[Record]:
    """What each station says of itself a day after ``plan``; a post that falls silent said its last before."""
    later = max(crossing.decided_at for crossing in plan.crossings) + timedelta(days=1)
    for lane in lanes:
        silence = plan.silence if plan.silence is not None and plan.silence.post_id == lane.post_id else None
        at = silence.since if silence else later
        yield from heartbeats_of(keys, [lane.station_id], sent, at=at)


def lists_of(plan: Plan, issuers: Issuers) -> PassLists:
    """What a station holds when everything is published."""
    return PassLists(
        trusted=Trusted.of(issuers.trust_list), tokens=Tokens.of(token_list_of(plan.cards)), revoked=Revoked()
    )


@dataclass
class _Station:
    keys: StationKeysFile
    link: Link | None
    counter: int = 0
    desk: Desk = field(init=False)
    sealer: Sealer = field(init=False)

    def __post_init__(self) -> None:
        keys = self.keys
        self.link = self.link or Link(1, FIRST_PREVIOUS)
        self.desk = Desk(keys.station_id, keys.post_id, keys.lane, keys.enrolment, OFFICER)
        self.sealer = Sealer(keys.centre_sealing_key_id, keys.centre_sealing_public)

    def records(
        self, planned: PlannedCrossing, issuers: Issuers, lists: PassLists, rules: Rules
    ) -> Iterator[Record]:
        self.counter += 1
        crossing = closed(as_entered(planned, issuers, lists, self.counter), at=planned.closed_at)
        said = advising(crossing, self.desk, rules, at=planned.closed_at)
        yield self._chained(CROSSINGS, self._closed(crossing, said, planned))
        shown = Shown(what="advice", outcome=said.outcome)
        crossing = decided(crossing, said.outcome, at=planned.decided_at, shown=shown, reason=None)
        yield self._chained(DECISIONS, decision_record(crossing, self.desk, link=self._link, clock_error_ms=None))

    @property
    def _link(self) -> Link:
        assert self.link is not None
        return self.link

    def _closed(self, crossing: Crossing, said: Advising, planned: PlannedCrossing) -> StationEvent:
        return closed_record(
            crossing,
            self.desk,
            link=self._link,
            at=planned.closed_at,
            clock_error_ms=None,
            advice=said.advice,
            sealed=self.sealer.seal(secrets_of(crossing, revision=1, advised=said.advised)),
        )

    def _chained(self, topic: Topic, event: StationEvent) -> Record:
        key, value, headers = encode(topic, event)
        mac = record_mac(self.keys.hmac, topic.name, event.type_name, value)
        self.link = Link(event.number + 1, record_hash(value))
        return Record(topic.name, key, value, [*headers, (MAC_HEADER, mac)])


def as_entered(planned: PlannedCrossing, issuers: Issuers, lists: PassLists, counter: int) -> Crossing:
    """As the officer entered it."""
    crossing = Crossing(
        crossing_id=crossing_id_of(planned.station_id, planned.sheet_id, planned.opened_at),
        opened_at=planned.opened_at,
        counter=counter,
        direction=planned.direction,
        vehicle_class=planned.vehicle_class,
        purpose=planned.purpose,
        plate=planned.plate,
        head_count=HeadCount(cab=planned.cab, cargo=planned.cargo),
        cargo_space=planned.cargo_space,
        seal_number=planned.seal_number,
        ordered_change=planned.ordered_change,
        destination_commune=planned.destination_commune,
        telephone=planned.occupants[0].person.telephone,
        sheet_id=planned.sheet_id,
    )
    for number, aboard in enumerate(planned.occupants, start=1):
        known = aboard.person.claims if aboard.typed else NOBODY
        occupant = Occupant(number, aboard.role, known, aboard.person.telephone, aboard.person.address)
        crossing = with_occupant(crossing, occupant)
    for shown in planned.shown:
        text = issuers.text_of(shown.paper)
        read = read_pass(text, lists, at=planned.closed_at)
        crossing = with_reading(crossing, digest_of(text), read, occupant=shown.occupant)
    for slip in planned.papers:
        claims = slip.claims.model_copy(update={"seen_by": OFFICER})
        digest = paper_digest(claims, slip.occupant)
        crossing = with_reading(crossing, digest, paper_read(claims), occupant=slip.occupant)
    return crossing
