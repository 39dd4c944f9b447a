"""Replays on a real PostgreSQL: all is said the same again, whatever came late; what somebody altered is named."""

from __future__ import annotations

import asyncio
import json
import random
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from schemas.events.crossing import HeadCount
from schemas.events.operations import CommandGiven
from schemas.questions import ASKED
from schemas.replay import Conclusion, ReplayAnswer, ReplayAsked
from schemas.topics import COMMANDS, encode
from schemas.words import Outcome
from stream_processors.clock import SystemClock
from stream_processors.database.kept import dropped_before
from stream_processors.intake.records import RawRecord
from stream_processors.judging import judge as judge_module
from stream_processors.judging.version import JUDGE_VERSION
from stream_processors.questions.child import answer_question
from stream_processors.questions.snapshot import Period
from stream_processors.replay import repeating, tally
from stream_processors.replay.reading import Reading
from tests.builders import DRIVER
from tests.integration.stream_processors.closed_roads import (
    a_closed_road,
    a_night,
    takes_and_fires,
    the_known,
    the_start,
)
from tests.integration.stream_processors.judge_on_database import JudgeOnDatabase
from tests.integration.stream_processors.province import crossing_id_of, now
from tests.integration.stream_processors.test_order_of_arrival import a_morning, with_what_is_between_posts
from tests.integration.stream_processors.test_whatif_on_database import everything, leaving

DAY = timedelta(days=1)


def a_replay(**changes):
    asked = ReplayAsked(**{"begins_at": now() - DAY, "ends_at": now() + DAY} | changes)
    return CommandGiven(
        event_id=uuid4(),
        occurred_at=now(),
        command="replay",
        by="kiem-toan",
        arguments={ASKED: asked.model_dump(mode="json")},
    )


def record_of(command):
    key, value, headers = encode(COMMANDS, command)
    return RawRecord(COMMANDS.name, 0, 0, key, value, tuple(headers))


@pytest.fixture
def replay(judge, migrated):
    async def replayed(**changes) -> ReplayAnswer:
        command = a_replay(**changes)
        await judge.takes(record_of(command))
        await answer_question(migrated, command.event_id, SystemClock())
        async with judge.pool.acquire() as connection:
            text = await connection.fetchval(
                "SELECT answer::text FROM questions WHERE command_id = $1", command.event_id
            )
        return ReplayAnswer.model_validate_json(text)

    return replayed


async def change(judge, sql, *arguments):
    """What somebody with the database's password could do."""
    async with judge.pool.acquire() as connection:
        assert (await connection.execute(sql, *arguments)).split()[-1] != "0"


async def counted(judge, table):
    async with judge.pool.acquire() as connection:
        return await connection.fetchval(f"SELECT count(*) FROM {table}")


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("told", [a_morning, with_what_is_between_posts], ids=["one post", "between posts"])
async def test_all_that_was_ever_said_is_the_same_again_in_any_order_of_arrival(
    judge, centre, stations, replay, seed, told
):
    """Clones, corrections, results that are corrected, moved and withdrawn, another policy; trips and timers."""
    records = told(centre, stations)
    known, rest = records[:4], records[4:]
    chance = random.Random(seed)
    chance.shuffle(rest)
    await judge.takes(*known)
    while rest:
        many = chance.randint(1, 3)
        await judge.takes(*rest[:many])
        rest = rest[many:]
        if chance.random() < 0.2:
            await judge.fires(timedelta(minutes=chance.randint(0, 20)))
    await judge.fires(timedelta(hours=1))
    answer = await replay(revisions="all")
    report = answer.report
    assert (answer.state, answer.conclusion) == ("done", Conclusion.SAME), report
    assert report.same == report.judgements > report.crossings > 0
    assert report.statements["finding"] > 0
    assert await counted(judge, "superseded_judgements") == report.judgements - report.crossings
    in_force = (await replay()).report
    assert (in_force.judgements, in_force.same) == (in_force.crossings, in_force.crossings)


async def test_trips_timers_and_slow_ways_are_among_what_was_given(judge, centre, stations):
    """So that what is repeated above rests on them too."""
    records = with_what_is_between_posts(centre, stations)
    await judge.takes(*records[:4])
    await judge.takes(*records[4:])
    await judge.fires(timedelta(hours=1))
    async with judge.pool.acquire() as connection:
        given = await connection.fetch("SELECT given::jsonb AS given FROM verdicts")
    kinds = {kind for row in given for kind in json.loads(row["given"])}
    assert kinds >= {"crossing", "registry", "decision", "neighbours", "results", "deadlines", "travelled", "trip"}


async def test_roads_closed_late_moved_and_opened_again_are_given_as_they_were_known(
    judge, centre, stations, replay
):
    """Slow ways, deadlines and detours, each judged under every revision of the notice and once without it."""
    at = the_start()
    await judge.takes(*the_known(centre, stations))
    await takes_and_fires(judge, *a_night(stations, at))
    await takes_and_fires(judge, a_closed_road(centre, at))
    await takes_and_fires(judge, a_closed_road(centre, at, 2, other_post_id="ham-luong"))
    await takes_and_fires(judge, a_closed_road(centre, at, 3, state="withdrawn"))
    answer = await replay(revisions="all")
    assert (answer.state, answer.conclusion) == ("done", Conclusion.SAME), answer.report
    # Found, explained, found again: each of the three trucks was judged anew for each change.
    assert answer.report.judgements >= answer.report.crossings + 6


async def test_an_altered_closure_is_named(judge, centre, stations, replay):
    at = the_start()
    await judge.takes(*the_known(centre, stations))
    await takes_and_fires(judge, *a_night(stations, at), a_closed_road(centre, at))
    await change(
        judge,
        """UPDATE registry SET event = jsonb_set(event, '{other_post_id}', '"ham-luong"') WHERE kind = 'notice'""",
    )
    report = (await replay()).report
    assert report.conclusion is Conclusion.CHANGED
    findings = [one for one in report.differences if one.kind == "finding"]
    assert {code for one in findings for code in one.rules} == {"GL10", "GL11", "GL12"}
    assert [one.kind for one in report.altered] == ["notice"], report


async def test_two_judges_between_whose_reads_facts_are_committed_leave_what_can_be_repeated(
    judge, migrated, keys_folder, centre, province, replay
):
    """Each of two workers takes its own part of one another's crossings, corrections and results, at once."""
    bridge, ferry = province["rach-mieu"], province["co-chien"]
    at = now() - timedelta(hours=3)
    other = await JudgeOnDatabase.opened(migrated, keys_folder)
    other.offset = 100_000
    firsts = [leaving(bridge, n, at=at + timedelta(minutes=n)) for n in range(6)]
    seconds = [leaving(ferry, n, at=at + timedelta(minutes=n + 3)) for n in range(6)]
    corrections = [
        bridge.correction(one, head_count=HeadCount(cab=7 + n, cargo=0)) for n, one in enumerate(firsts)
    ]
    results = [centre.result(sampled_at=at + timedelta(hours=1), at=now()) for _ in range(3)]
    policies = [centre.policy(version=n, effective_at=at + timedelta(minutes=n)) for n in (2, 3, 4)]
    decisions = [ferry.decision(one, Outcome.TURN_BACK, reason="TOLD_SO") for one in seconds]
    await asyncio.gather(
        *(judge.takes(*pair) for pair in zip(firsts, corrections, strict=True)),
        *(other.takes(one) for one in seconds),
        *(judge.takes(one) for one in (*results, *decisions[:3])),
        *(other.takes(one) for one in (*policies, *decisions[3:])),
    )
    await asyncio.gather(
        *(judge.takes(bridge.correction(one, revision=3, plate="71C-999.99")) for one in firsts),
        *(other.takes(ferry.correction(one, state="withdrawn")) for one in seconds[:2]),
    )
    await other.close()
    answer = await replay(revisions="all")
    assert answer.conclusion is Conclusion.SAME, answer.report
    assert answer.report.crossings == 12
    assert answer.report.judgements > 12


@pytest.fixture
async def crowded(judge, province):
    """A truck with more people than its pass says, let through by its officer; and one that is in order."""
    station = province["rach-mieu"]
    truck = leaving(station, 1, head_count=HeadCount(cab=2, cargo=8))
    await judge.takes(truck, station.decision(truck), leaving(station, 2))
    assert {one.code for one in judge.findings()} == {"GL01"}
    return truck


async def test_an_altered_crossing_is_a_failure_that_names_the_rule_and_the_fact(judge, crowded, replay):
    crossing_id = crossing_id_of(crowded)
    await change(
        judge,
        """UPDATE crossings SET facts = jsonb_set(facts, '{head_count,cargo}', '0') WHERE crossing_id = $1""",
        crossing_id,
    )
    answer = await replay()
    report = answer.report
    assert (answer.conclusion, report.changed, report.same) == (Conclusion.CHANGED, 1, 1)
    finding = next(one for one in report.differences if one.kind == "finding")
    assert (finding.how, finding.rules, finding.crossing_id) == ("not_said_again", ("GL01",), crossing_id)
    assert [(one.kind, one.fact_id, one.revision) for one in finding.facts] == [("crossing", crossing_id, 1)]
    assert report.altered == finding.facts
    assert {rule.code for rule in report.rules} >= {"GL01"}


async def test_an_altered_result_is_named(judge, centre, province, replay):
    station = province["rach-mieu"]
    await judge.takes(leaving(station, at=now() - timedelta(hours=5)))
    positive = centre.result(person=leaving_driver(0), sampled_at=now() - timedelta(hours=1))
    await judge.takes(positive)
    assert {one.code for one in judge.findings()} == {"GL13"}
    await change(judge, """UPDATE results SET content = jsonb_set(content, '{outcome}', '"negative"')""")
    report = (await replay()).report
    assert report.conclusion is Conclusion.CHANGED
    (finding,) = [one for one in report.differences if one.kind == "finding"]
    assert (finding.rules, [one.kind for one in finding.facts]) == (("GL13",), ["result"])
    assert finding.facts[0].fact_id == UUID(json.loads(positive.value)["event_id"])
    # What only the sealed part says of a person is not told here.
    (verdict,) = [one for one in report.differences if one.kind == "verdict"]
    assert not {code for code in verdict.rules if code.startswith("TS_")}


def leaving_driver(vehicle):
    return DRIVER.model_copy(update={"number": f"0830900{vehicle:05d}"})


async def test_an_altered_policy_is_named(judge, crowded, replay):
    await change(
        judge,
        """
        UPDATE registry SET event =
            regexp_replace(event::text, '("code": "GL01", "outcome": ")[a-z_]+', '\\1hold')::jsonb
        WHERE kind = 'policy'
        """,
    )
    report = (await replay()).report
    assert report.conclusion is Conclusion.CHANGED
    verdict = next(one for one in report.differences if one.kind == "verdict")
    assert (verdict.after, [one.kind for one in verdict.facts]) == (Outcome.HOLD, ["policy"])


async def test_an_altered_verdict_is_found_though_every_fact_is_as_it_was(judge, crowded, replay):
    assert (await replay()).conclusion is Conclusion.SAME
    await change(
        judge,
        """
        UPDATE verdicts SET content =
            convert_to(regexp_replace(convert_from(content, 'UTF8'), '"outcome":"[a-z_]+","policy_id"',
                       '"outcome":"turn_back","policy_id"'), 'UTF8')
        WHERE crossing_id = $1
        """,
        crossing_id_of(crowded),
    )
    report = (await replay()).report
    assert (report.conclusion, report.changed, report.altered_facts) == (Conclusion.CHANGED, 1, 0)
    (verdict,) = report.differences
    assert (verdict.kind, verdict.before, verdict.parts) == ("verdict", Outcome.TURN_BACK, ("outcome",))


def forget_gl01(monkeypatch):
    """What somebody could do who changes the judge's rules and leaves its version as it was."""
    rules = judge_module.rules_of_one_crossing

    def fewer(*given, **named):
        return tuple(found for found in rules(*given, **named) if found.code != "GL01")

    monkeypatch.setattr(judge_module, "rules_of_one_crossing", fewer)


async def test_a_rule_that_changed_under_the_same_version_is_named(judge, crowded, replay, monkeypatch):
    forget_gl01(monkeypatch)
    report = (await replay()).report
    assert (report.conclusion, report.changed, report.altered_facts) == (Conclusion.CHANGED, 1, 0)
    finding = next(one for one in report.differences if one.kind == "finding")
    assert (finding.how, finding.rules) == ("not_said_again", ("GL01",))
    assert ("crossing", str(crossing_id_of(crowded))) in {(one.kind, one.subject) for one in finding.facts}


async def test_another_judge_version_reports_differences_and_proves_nothing(judge, crowded, replay, monkeypatch):
    for module in (judge_module, repeating, tally):
        monkeypatch.setattr(module, "JUDGE_VERSION", "next")
    report = (await replay()).report
    assert report.conclusion is Conclusion.OTHER_VERSION
    (met,) = report.versions
    # The same rules: nothing but the version is another.
    assert (met.judge_version, met.judgements, met.differing, report.changed) == (JUDGE_VERSION, 2, 0, 0)
    forget_gl01(monkeypatch)
    report = (await replay()).report
    (met,) = report.versions
    assert (report.conclusion, met.differing, report.changed) == (Conclusion.OTHER_VERSION, 1, 0)
    assert {(one.code, one.kind) for one in report.rules} >= {("GL01", "finding")}


async def test_what_was_known_then_counts_and_not_what_came_later(judge, centre, province, replay):
    """A correction, a policy and a result came after the first judgement; it is repeated without them."""
    station = province["rach-mieu"]
    at = now() - timedelta(hours=5)
    truck = leaving(station, 1, at=at, head_count=HeadCount(cab=2, cargo=8))
    await judge.takes(truck)
    await judge.takes(station.correction(truck, head_count=HeadCount(cab=2, cargo=0)))
    await judge.takes(centre.policy(version=2, effective_at=at - DAY, decision_time=timedelta(minutes=1)))
    async with judge.pool.acquire() as connection:
        reading = await Reading.of(connection)
        (chunk,) = [one async for one in reading.chunks(Period(at - DAY, at + DAY), former=True)]
    first, *_, last = chunk.judgements
    assert (first.crossing.facts.head_count.cargo, last.crossing.facts.head_count.cargo) == (8, 0)
    assert [len(one.context.registry.policies) for one in (first, last)] == [1, 2]
    assert (await replay(revisions="all")).conclusion is Conclusion.SAME


async def test_facts_that_retention_dropped_are_named_as_not_replayable(judge, province, replay):
    station, ferry = province["rach-mieu"], province["co-chien"]
    at = now() - timedelta(hours=9)
    early = leaving(station, 1, at=at)
    late = leaving(ferry, 1, at=at + timedelta(minutes=4))
    await judge.takes(early, late, leaving(station, 2, at=at + timedelta(hours=1)))
    since = at + timedelta(minutes=2)
    async with judge.pool.acquire() as connection:
        await dropped_before(connection, since)
        await dropped_before(connection, since - DAY)  # what was dropped does not come back
    for table in ("verdicts", "crossings"):
        await change(judge, f"DELETE FROM {table} WHERE crossing_id = $1", crossing_id_of(early))
    report = (await replay(begins_at=at - DAY)).report
    assert report.conclusion is Conclusion.NOT_REPLAYABLE
    assert (report.dropped_until, report.kept_since) == (since, since)
    assert [(one.reason, one.judgements) for one in report.not_replayable] == [("FACTS_DROPPED", 1)]
    assert (report.same, report.changed, report.altered) == (1, 0, ())
    assert (await replay(begins_at=at + timedelta(minutes=30))).conclusion is Conclusion.SAME


async def test_a_fact_that_is_gone_though_it_should_be_kept_is_a_failure(judge, province, replay):
    station, ferry = province["rach-mieu"], province["co-chien"]
    at = now() - timedelta(hours=9)
    early, late = leaving(station, 1, at=at), leaving(ferry, 1, at=at + timedelta(minutes=4))
    await judge.takes(early, late)
    async with judge.pool.acquire() as connection:
        await dropped_before(connection, at - DAY)
    await change(judge, "DELETE FROM crossings WHERE crossing_id = $1", crossing_id_of(early))
    report = (await replay(begins_at=at - timedelta(hours=1))).report
    assert (report.conclusion, report.changed) == (Conclusion.CHANGED, 1)
    assert [(one.kind, one.subject, one.fact_id) for one in report.altered] == [
        ("crossing", str(crossing_id_of(early)), None)
    ]


async def test_a_verdict_that_is_gone_is_a_failure_and_one_to_come_is_not(judge, crowded, replay):
    await change(judge, "DELETE FROM verdicts WHERE crossing_id = $1", crossing_id_of(crowded))
    report = (await replay()).report
    assert report.conclusion is Conclusion.CHANGED
    assert [(one.kind, one.subject) for one in report.altered] == [("verdict", str(crossing_id_of(crowded)))]
    await change(judge, "UPDATE facts SET judged = false WHERE subject = $1", str(crossing_id_of(crowded)))
    report = (await replay()).report
    assert (report.conclusion, report.waiting) == (Conclusion.SAME, 1)


async def test_what_was_judged_before_it_was_kept_is_not_replayable(judge, crowded, replay):
    await change(judge, "UPDATE verdicts SET given = NULL, judgements = 0")
    report = (await replay()).report
    assert report.conclusion is Conclusion.NOT_REPLAYABLE
    assert [(one.reason, one.judgements) for one in report.not_replayable] == [("GIVEN_NOT_KEPT", 2)]
    await change(judge, "UPDATE verdicts SET judgements = 1")
    assert (await replay()).conclusion is Conclusion.CHANGED


async def test_what_was_superseded_is_kept_without_its_box_and_a_replay_changes_nothing(judge, province, replay):
    station = province["rach-mieu"]
    truck = leaving(station, 1)
    await judge.takes(truck)
    await judge.takes(station.correction(truck, head_count=HeadCount(cab=3, cargo=0)))
    await judge.takes(record_of(a_replay()))
    before = await everything(judge)
    assert (await replay(revisions="all")).conclusion is Conclusion.SAME
    after = await everything(judge)
    assert {name for name in before if before[name] != after[name]} == {"facts", "attempts"}  # of the command
    async with judge.pool.acquire() as connection:
        (kept,) = await connection.fetch("SELECT content FROM superseded_facts WHERE source = 'crossings'")
    assert "sealed_box" not in json.loads(kept["content"])


async def test_a_stopped_replay_says_so(judge, crowded, migrated):
    command = a_replay()
    stop = CommandGiven(
        event_id=uuid4(),
        occurred_at=now(),
        command="stop",
        by="kiem-toan",
        arguments={"stops": str(command.event_id)},
    )
    await judge.takes(record_of(command), record_of(stop))
    await answer_question(migrated, command.event_id, SystemClock())
    async with judge.pool.acquire() as connection:
        text = await connection.fetchval("SELECT answer::text FROM questions WHERE answer IS NOT NULL")
    answer = ReplayAnswer.model_validate_json(text)
    assert (answer.state, answer.report) == ("stopped", None)
