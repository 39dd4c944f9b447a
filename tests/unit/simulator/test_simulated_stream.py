"""The plan as events: chained and sealed as a station does it, and advised as the plan expects."""

from collections import Counter
from itertools import pairwise

import pytest

from checkpoint_agent.crossing.link import Link
from checkpoint_agent.headless.officer import crossing_id_of as id_of_sheet
from deploy.demo.posts import SIMULATED
from deploy.key_folder import read_file
from deploy.simulator.plan_model import Case, Counts
from deploy.simulator.registry_stream import Registry
from deploy.simulator.stream import events_of
from deploy.simulator.truth import planted_in
from schemas.events.crossing import CrossingSecrets
from schemas.events.test_result import TestResultSecrets
from schemas.topics import ALL, CROSSINGS, DECISIONS, TEST_RESULTS, decode, header
from schemas.trust.chain import MAC_HEADER, mac_is_right, record_hash
from schemas.trust.key_files import SealingKeysFile, VerifyingKeyFile
from schemas.trust.signing import SIGNATURE_HEADER, CentreVerifier
from tests.unit.simulator.mornings import END, POLICY, a_plan


def crossing_id_of(crossing):
    return id_of_sheet(crossing.station_id, crossing.sheet_id, crossing.opened_at)


TOPICS = {topic.name: topic for topic in ALL}


def event_of(record):
    return decode(TOPICS[record.topic], record.value, record.headers)


@pytest.fixture(scope="module")
def drawn():
    return a_plan(11, counts=Counts.of(120))


@pytest.fixture(scope="module")
def records(drawn, simulator_keys):
    return list(events_of(drawn, simulator_keys, [POLICY]))


def test_a_crossing_and_its_decision_each(drawn, records):
    assert Counter(record.topic for record in records) == {CROSSINGS.name: 120, DECISIONS.name: 120}


def test_every_station_advises_what_the_plan_expects_and_is_followed(drawn, records):
    closed = {e.crossing_id: e for e in map(event_of, records) if e.type_name.endswith("closed")}
    decided = {e.crossing_id: e for e in map(event_of, records) if e.type_name.endswith("made")}
    for crossing in drawn.crossings:
        crossing_id = crossing_id_of(crossing)
        assert closed[crossing_id].advice.outcome is crossing.expected.advised, crossing.case
        assert decided[crossing_id].outcome is crossing.expected.advised
        # What only another crossing or a later result tells, no station can advise.
        if crossing.expected.advised is crossing.expected.verdict or crossing.case is Case.TURNED_BACK:
            named = set(closed[crossing_id].advice.reasons)
            assert set(crossing.expected.reasons) <= named, crossing.case


def test_each_stations_chain_is_gapless_linked_and_signed(records, simulator_keys):
    for lane in SIMULATED:
        mine = [record for record in records if record.key.decode() == lane.station_id]
        key = simulator_keys.read_station(lane.station_id).hmac
        assert [event_of(record).number for record in mine] == list(range(1, len(mine) + 1))
        for one, other in pairwise(mine):
            assert event_of(other).previous == record_hash(one.value)
        for record in mine:
            type_name = header(record.headers, "ce_type").decode()
            assert mac_is_right(key, record.topic, type_name, record.value, header(record.headers, MAC_HEADER))


def test_a_chain_goes_on_where_it_stood(drawn, simulator_keys):
    after = {SIMULATED[0].station_id: Link(41, "a" * 64)}
    first = next(
        event_of(record)
        for record in events_of(drawn, simulator_keys, [POLICY], after=after)
        if record.key.decode() == SIMULATED[0].station_id
    )
    assert (first.number, first.previous) == (41, "a" * 64)


def test_nothing_planted_is_in_the_clear_and_everything_is_in_the_box(drawn, records, simulator_keys):
    opener = read_file(simulator_keys.sealing, SealingKeysFile).opener()
    everything = b"".join(record.value for record in records).decode()
    for crossing in drawn.crossings:
        for text in planted_in(crossing):
            assert text not in everything
    closed = {e.crossing_id: e for e in map(event_of, records) if e.type_name.endswith("closed")}
    crossing = drawn.crossings[0]
    event = closed[crossing_id_of(crossing)]
    secrets = opener.open(event.sealed, event.event_id, CrossingSecrets)
    assert secrets.plate == crossing.plate
    assert secrets.occupants[0].person.number == crossing.occupants[0].person.number


def test_what_the_centre_publishes_is_signed_and_results_are_sealed(drawn, simulator_keys):
    registry = Registry(simulator_keys, END)
    verifier = CentreVerifier(read_file(simulator_keys.signing_public, VerifyingKeyFile).public)
    published = [*registry.records(drawn, SIMULATED, [POLICY]), *map(registry.result, drawn.results)]
    for record in published:
        type_name = header(record.headers, "ce_type").decode()
        assert event_of(record)
        assert verifier.is_right(record.topic, type_name, record.value, header(record.headers, SIGNATURE_HEADER))
    result = event_of(next(record for record in published if record.topic == TEST_RESULTS.name))
    opener = read_file(simulator_keys.sealing, SealingKeysFile).opener()
    secrets = opener.open(result.sealed, result.event_id, TestResultSecrets)
    assert secrets.person.number == drawn.results[0].person.number
