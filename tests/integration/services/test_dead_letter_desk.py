"""The desk of dead letters over a real database: what is lost is found, sent again, corrected or discarded."""

from __future__ import annotations

import asyncio
import hashlib
import json
from importlib.resources import files

import pytest

from schemas.canonical import canonical
from schemas.events.operations import DeadLetterTaken
from schemas.topics import CROSSINGS, DEAD_LETTERS, FINDINGS, STATIONS, header
from schemas.trust.again import again_of, corrected_of
from schemas.trust.chain import MAC_HEADER, record_mac
from schemas.trust.signing import SIGNATURE_HEADER
from services.audit import chain
from services.database.connection import connect
from services.intake.apply import HANDLERS
from services.intake.limits import EverythingIsRefused
from services.intake.records import Record
from services.outbox import store as outbox
from services.outbox.publisher import signed_type
from stream_processors.intake.dead_letters import dead_letter
from stream_processors.intake.records import RawRecord, Refused
from tests.builders import NOON, a_crossing, an_id
from tests.integration.services.centre_parts import a_finding, logged_in, with_key
from tests.integration.services.test_intake_records import a_station

NAME = "Nguyễn Văn Thử"


@pytest.fixture
async def duty(centre, centre_url):
    async with await with_key(centre, centre_url, "duty", "desk:read", "dead-letters:act") as client:
        yield client


async def the_cases(client, **wanted):
    return (await client.get("/v1/dead-letters", params=wanted)).json()["dead_letters"]


async def the_case(client):
    (case,) = await the_cases(client)
    return case


async def act(client, case, what, **sent):
    return await client.post(
        f"/v1/dead-letters/{case['case_id']}/{what}", json={"revision": case["revision"], **sent}
    )


async def sent_again(centre, judge):
    """What the publisher would send of our own writing, as it would come back to intake."""
    async with centre.pool.acquire() as conn:
        waiting = [row for row in await outbox.oldest(conn, 100) if row.type_name == outbox.AS_IT_WAS]
        await outbox.mark_sent(conn, [row.row_id for row in waiting], NOON)
    records = []
    for row in waiting:
        headers = list(row.headers)
        if (signed := signed_type(row)) is not None:
            headers.append((SIGNATURE_HEADER, centre.keys.signer.signature(row.topic, signed, row.value)))
        judge._offset += 1
        records.append(Record(row.topic, 0, judge._offset, row.key, row.value, headers))
    return records


async def count(centre, table):
    async with centre.pool.acquire() as conn:
        return await conn.fetchval(f"SELECT count(*) FROM {table}")


def at_fault(judge, name="crossing", number=1, **wrong):
    """A crossing as its own station wrote it, with something wrong in its form."""
    crossing = a_crossing(name, number=number)
    record = judge.record(CROSSINGS, crossing)
    value = json.dumps(json.loads(record.value) | (wrong or {"direction": "sideways"})).encode()
    key = judge.centre.keys.station_key(crossing.station_id, crossing.enrolment)
    headers = [one for one in record.headers if one[0] != MAC_HEADER]
    headers.append((MAC_HEADER, record_mac(key, "crossings.v1", crossing.type_name, value)))
    return Record(record.topic, 0, record.offset, record.key, value, headers)


async def test_what_was_lost_says_what_from_where_why_and_what_to_do(judge, duty):
    await judge.takes(at_fault(judge, number=7))
    case = await the_case(duty)
    assert (case["type_name"], case["station_id"], case["post_id"], case["lane"], case["number"]) == (
        "vn.chotxanh.crossing.closed",
        "rach-mieu-1",
        "rach-mieu",
        1,
        7,
    )
    assert (case["state"], case["reason"], case["detail"]) == ("new", "RECORD_NOT_VALID", "direction: enum")
    assert case["happened_at"] == "2021-10-06T05:00:00.000Z"
    assert case["proposed"] == "correct"
    assert case["what_to_do"]["vi"]
    assert case["what_to_do"]["en"]


async def test_an_unknown_stations_record_is_sent_again_after_its_enrolment_and_comes_through_once(
    judge, duty, centre
):
    crossing = judge.record(CROSSINGS, a_crossing(number=1))
    await judge.takes(crossing)
    case = await the_case(duty)
    assert case["reason"] == "STATION_NOT_ENROLLED"
    await judge.sends(STATIONS, a_station())
    answer = await act(duty, case, "requeue")
    assert (answer.json()["state"], answer.json()["attempt"]) == ("requeued", 1)
    (again,) = await sent_again(centre, judge)
    assert (again.topic, again.key, again.value) == (crossing.topic, crossing.key, crossing.value)
    assert again.headers[:-1] == list(crossing.headers)  # byte for byte, and one that says where to report
    await judge.takes(again)
    await judge.takes(Record(again.topic, 0, 999, again.key, again.value, again.headers))
    assert await count(centre, "crossings") == 1
    assert (await the_case(duty))["state"] == "resolved"
    history = (await duty.get(f"/v1/dead-letters/{case['case_id']}")).json()["history"]
    assert [line["what"] for line in history] == ["new", "requeued", "came_through"]


async def test_sent_again_too_early_it_comes_back_as_again_and_can_be_sent_once_more(judge, duty, centre):
    await judge.takes(judge.record(CROSSINGS, a_crossing(number=1)))
    await act(duty, await the_case(duty), "requeue")
    await judge.takes(*await sent_again(centre, judge))
    case = await the_case(duty)  # still one
    assert (case["state"], case["attempt"]) == ("again", 1)
    await judge.sends(STATIONS, a_station())
    await act(duty, case, "requeue")
    await judge.takes(*await sent_again(centre, judge))
    assert (await the_case(duty))["state"] == "resolved"


async def test_a_case_waits_for_both_programs_that_buried_it(judge, duty, centre, keys):
    crossing = judge.record(CROSSINGS, a_crossing(number=1))
    await judge.takes(crossing)
    raw = RawRecord(crossing.topic, 0, crossing.offset, crossing.key, crossing.value, tuple(crossing.headers))
    await judge.sends(DEAD_LETTERS, dead_letter(Refused(raw, "STATION_UNKNOWN"), keys.sealer, at=NOON))
    case = await the_case(duty)
    assert case["buried_by"] == ["processors", "services"]
    await judge.sends(STATIONS, a_station())
    await act(duty, case, "requeue")
    await judge.takes(*await sent_again(centre, judge))
    case = await the_case(duty)
    assert (case["state"], case["came_through_at"]) == ("requeued", ["services"])
    taken = DeadLetterTaken(
        event_id=an_id("taken"), occurred_at=NOON, case_id=case["case_id"], attempt=1, by="processors"
    )
    await judge.sends(DEAD_LETTERS, taken, taken)
    assert (await the_case(duty))["state"] == "resolved"


async def test_a_record_that_is_corrected_comes_through_under_its_own_id_and_number_signed_by_the_centre(
    judge, duty, centre, keys
):
    await judge.sends(STATIONS, a_station())
    original = at_fault(judge, number=1)
    await judge.takes(original)
    case = await the_case(duty)
    opened = (
        await duty.post(f"/v1/dead-letters/{case['case_id']}/open", json={"purpose": "CORRECT_THE_RECORD"})
    ).json()
    assert (opened["form"], opened["at_fault"]) == ("json", ["direction"])
    text = opened["text"].replace("sideways", "in")
    answer = await act(duty, case, "correct", record=text, because="theo sổ giấy của chốt")
    assert answer.json()["state"] == "corrected"
    (record,) = await sent_again(centre, judge)
    assert header(record.headers, MAC_HEADER) is None  # nobody claims that the station wrote this
    assert corrected_of(record.headers)
    await judge.takes(record)
    assert (await the_case(duty))["state"] == "resolved"
    async with centre.pool.acquire() as conn:
        crossing_id = await conn.fetchval("SELECT crossing_id FROM crossings")
        number = await conn.fetchrow("SELECT number, value_sha256 FROM station_numbers")
        (kept,) = await conn.fetch("SELECT * FROM dead_letter_corrections")
    assert str(crossing_id) == json.loads(original.value)["crossing_id"]
    # The chain keeps what the station wrote, so that its next record still links to it.
    assert (number["number"], number["value_sha256"]) == (1, hashlib.sha256(original.value).digest())
    assert (kept["corrected_by"], kept["because"], kept["fields"]) == (
        "key:duty",
        "theo sổ giấy của chốt",
        ["direction"],
    )
    assert await count(centre, "dead_letters") == 1  # the original is there as it was


async def test_a_correction_without_the_centres_signature_or_of_another_case_is_not_believed(judge, duty, centre):
    await judge.sends(STATIONS, a_station())
    await judge.takes(at_fault(judge))
    case = await the_case(duty)
    opened = (
        await duty.post(f"/v1/dead-letters/{case['case_id']}/open", json={"purpose": "CORRECT_THE_RECORD"})
    ).json()
    await act(duty, case, "correct", record=opened["text"].replace("sideways", "in"), because="x")
    (record,) = await sent_again(centre, judge)
    unsigned = [one for one in record.headers if one[0] != SIGNATURE_HEADER]
    moved = [
        (name, value.replace(str(case["case_id"]).encode(), str(an_id("x")).encode()))
        for name, value in record.headers
    ]
    unmarked = [one for one in record.headers if one[0] != "chotxanh-corrected"]
    for nth, headers in enumerate((unsigned, moved, unmarked)):
        await judge.takes(Record(record.topic, 0, 2000 + nth, record.key, record.value, headers))
    assert await count(centre, "crossings") == 0


async def test_errors_of_a_correction_name_the_field_and_nothing_is_sent(judge, duty, centre):
    await judge.takes(at_fault(judge))
    case = await the_case(duty)
    record = json.loads(canonical(a_crossing("crossing", number=1))) | {"direction": "up"}
    answer = await act(duty, case, "correct", record=json.dumps(record), because="x")
    assert answer.status_code == 422
    assert [(field["field"], field["code"]) for field in answer.json()["fields"]] == [("direction", "enum")]
    answer = await act(duty, case, "correct", record=json.dumps(record | {"lane": 2}), because="x")
    assert [field["field"] for field in answer.json()["fields"]] == ["lane"]
    assert await sent_again(centre, judge) == []
    assert (await the_case(duty))["state"] == "new"


async def test_one_is_discarded_with_a_reason_and_can_be_taken_up_again(judge, duty, centre):
    await judge.takes(Record("findings.v1", 0, 5, None, b"\x00garbage", ()))
    case = await the_case(duty)
    assert (await act(duty, case, "discard", reason="")).status_code == 422
    case = (await act(duty, case, "discard", reason="NOT_OURS")).json()
    assert (case["state"], case["because"]) == ("discarded", "NOT_OURS")
    assert (await act(duty, case, "requeue")).json()["error"] == "ACT_NOT_POSSIBLE"
    assert (await act(duty, case, "reopen")).json()["state"] == "new"
    assert await count(centre, "dead_letters") == 1


async def test_a_poison_record_is_buried_and_sent_again_after_the_fix(judge, keys, duty, centre, monkeypatch):
    finding = a_finding(keys)
    good = HANDLERS[type(finding)]

    async def fails(conn, event, at):
        raise RuntimeError("a bug")

    monkeypatch.setitem(HANDLERS, type(finding), fails)
    record = judge.record(FINDINGS, finding)
    for _ in range(2):
        with pytest.raises(RuntimeError):
            await judge.takes(record)
    await judge.takes(record)
    case = await the_case(duty)
    assert (case["reason"], case["proposed"]) == ("OUR_FAULT", "requeue")
    monkeypatch.setitem(HANDLERS, type(finding), good)
    await act(duty, case, "requeue")
    await judge.takes(*await sent_again(centre, judge))
    assert (await the_case(duty))["state"] == "resolved"
    assert await count(centre, "alerts") == 1


async def test_garbage_without_a_key_goes_out_again_byte_for_byte(judge, duty, centre):
    await judge.takes(Record("findings.v1", 0, 5, None, b"\x00\xff", (("h", b"\xfe\x00"), ("empty", None))))
    await act(duty, await the_case(duty), "requeue")
    (record,) = await sent_again(centre, judge)
    assert (record.key, record.value) == (None, b"\x00\xff")
    assert record.headers[:2] == [("h", b"\xfe\x00"), ("empty", b"")]
    assert again_of(record.headers).attempt == 1


async def test_two_officers_cannot_act_on_the_same_one(judge, duty, centre, centre_url):
    await judge.takes(Record("findings.v1", 0, 5, None, b"\x00garbage", ()))
    case = await the_case(duty)
    async with await with_key(centre, centre_url, "minh", "desk:read", "dead-letters:act") as minh:
        answers = await asyncio.gather(
            act(duty, case, "discard", reason="NOT_OURS"), act(minh, case, "requeue"), act(minh, case, "requeue")
        )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    refused = next(answer.json() for answer in answers if answer.status_code == 409)
    assert refused["error"] == "CASE_CHANGED"
    assert "key:" in refused["vi"]  # who was faster


async def test_many_are_done_at_once_after_a_summary_and_what_changed_meanwhile_is_left(judge, duty, centre):
    for number in range(1, 5):
        await judge.takes(judge.record(CROSSINGS, a_crossing(f"crossing {number}", number=number)))
    found = await the_cases(duty)
    chosen = [{"case_id": case["case_id"], "revision": case["revision"]} for case in found]
    summary = (await duty.post("/v1/dead-letters/bulk", json={"act": "requeue", "cases": chosen})).json()
    assert (len(summary["ready"]), summary["by_reason"]) == (4, {"STATION_NOT_ENROLLED": 4})
    assert await sent_again(centre, judge) == []  # a summary does nothing
    await act(duty, found[0], "discard", reason="TRIAL")
    done = (
        await duty.post("/v1/dead-letters/bulk", json={"act": "requeue", "cases": chosen, "carry_out": True})
    ).json()
    assert len(done["done"]) == 3
    assert done["skipped"] == [{"case_id": found[0]["case_id"], "why": "CASE_CHANGED"}]
    await judge.sends(STATIONS, a_station())
    await judge.takes(*await sent_again(centre, judge))
    assert await count(centre, "crossings") == 3
    assert {case["state"] for case in await the_cases(duty)} == {"resolved", "discarded"}


async def test_lists_are_filtered_and_counted(judge, duty):
    await judge.takes(Record("findings.v1", 0, 5, None, b"garbage", ()))
    await judge.takes(judge.record(CROSSINGS, a_crossing(number=1)))
    assert [case["topic"] for case in await the_cases(duty, reason="RECORD_TYPE_UNKNOWN")] == ["findings.v1"]
    assert [case["topic"] for case in await the_cases(duty, station="rach-mieu-1")] == ["crossings.v1"]
    assert await the_cases(duty, state="discarded") == []
    first = (await duty.get("/v1/dead-letters", params={"limit": 1, "waiting": True})).json()
    second = (await duty.get("/v1/dead-letters", params={"limit": 1, "before": first["next"]})).json()
    assert {one["dead_letters"][0]["topic"] for one in (first, second)} == {"findings.v1", "crossings.v1"}
    assert first["counts"] == {"new": 2}


async def test_contents_are_opened_with_a_purpose_only_and_every_act_is_in_the_audit_trail(judge, duty, centre):
    await judge.takes(Record("findings.v1", 0, 5, None, f"{NAME}, 0900000001".encode(), ()))
    case = await the_case(duty)
    assert NAME not in str(case)
    at = f"/v1/dead-letters/{case['case_id']}"
    assert (await duty.post(f"{at}/open", json={"purpose": "CURIOUS"})).status_code == 422
    opened = (await duty.post(f"{at}/open", json={"purpose": "FIND_THE_FAULT"})).json()
    assert (opened["form"], opened["text"]) == ("text", f"{NAME}, 0900000001")
    case = (await act(duty, case, "requeue")).json()
    await act(duty, case, "discard", reason="NOT_OURS")
    async with centre.pool.acquire() as conn, conn.transaction():
        rows = await conn.fetch(
            "SELECT action, purpose FROM audit WHERE thing = $1 ORDER BY number", case["case_id"]
        )
        assert await chain.first_broken(conn) is None
        for table in ("dead_letter_cases", "dead_letter_history", "feed", "audit"):
            assert NAME not in str([dict(row) for row in await conn.fetch(f"SELECT * FROM {table}")]), table
    assert [tuple(row) for row in rows] == [
        ("dead_letter_opened", "FIND_THE_FAULT"),
        ("dead_letter_requeued", None),
        ("dead_letter_discarded", None),
    ]


async def test_a_correction_is_kept_in_a_box(judge, duty, centre):
    await judge.takes(at_fault(judge))
    case = await the_case(duty)
    opened = await duty.post(f"/v1/dead-letters/{case['case_id']}/open", json={"purpose": "CORRECT_THE_RECORD"})
    await act(duty, case, "correct", record=opened.json()["text"].replace("sideways", "in"), because="x")
    async with centre.pool.acquire() as conn:
        (row,) = await conn.fetch("SELECT * FROM dead_letter_corrections")
    assert "rach-mieu-1" not in str(dict(row))


@pytest.mark.parametrize(
    ("role", "reads", "acts"), [("duty_officer", 200, 200), ("command", 200, 403), ("police", 403, 403)]
)
async def test_who_may_read_and_who_may_act(judge, centre, centre_url, role, reads, acts):
    await judge.takes(Record("findings.v1", 0, 5, None, b"garbage", ()))
    async with centre.pool.acquire() as conn:
        case_id = await conn.fetchval("SELECT case_id FROM dead_letter_cases")
    async with await logged_in(centre, centre_url, role, role) as person:
        assert (await person.get("/dead-letters")).status_code == reads
        assert (await person.get(f"/dead-letters/{case_id}")).status_code == reads
        opened = await person.post(f"/dead-letters/{case_id}/open", data={"purpose": "FIND_THE_FAULT"})
        assert opened.status_code == acts
        sent = await person.post(
            f"/dead-letters/{case_id}/requeue", data={"revision": 1}, headers={"hx-request": "true"}
        )
        assert sent.status_code == acts


async def test_an_officer_of_one_post_sees_no_other_posts_letters(judge, centre, centre_url):
    await judge.takes(judge.record(CROSSINGS, a_crossing(number=1)))
    async with await with_key(centre, centre_url, "e", "desk:read", areas=("co-chien",)) as elsewhere:
        assert await the_cases(elsewhere) == []


async def test_letters_of_before_this_desk_become_cases(empty_database, front_end, keys):
    conn = await connect(empty_database)
    await conn.execute("CREATE SCHEMA services")
    folder = files("services.database") / "migrations"
    for name in ("0001_services.sql",):
        await conn.execute((folder / name).read_text())
    for nth, by in enumerate(("services", "processors")):
        await conn.execute(
            """
            INSERT INTO dead_letters VALUES ($1, 'crossings.v1', 0, 7, $2, 'STATION_UNKNOWN', NULL, 'rach-mieu-1',
                NULL, NULL, '{}', $3)
            """,
            an_id(f"letter {nth}"),
            by,
            NOON,
        )
    await conn.execute((folder / "0010_dead_letter_desk.sql").read_text())
    (case,) = await conn.fetch("SELECT * FROM dead_letter_cases")
    assert (case["state"], sorted(case["buried_by"])) == ("new", ["processors", "services"])
    assert await conn.fetchval("SELECT count(*) FROM dead_letters WHERE case_id = $1", case["case_id"]) == 2
    await conn.close()


async def test_when_every_stations_records_are_refused_from_the_start_the_intake_stops_before_it_buries_more(
    judge, centre
):
    strangers = []
    for nth in range(120):
        record = judge.record(CROSSINGS, a_crossing(f"crossing {nth}", station_id=f"s-{nth % 3}"))
        headers = [one for one in record.headers if one[0] != MAC_HEADER]  # as if by another master key
        strangers.append(Record(record.topic, 0, record.offset, record.key, record.value, headers))
    with pytest.raises(EverythingIsRefused, match="STATION_MAC_WRONG"):
        await judge.takes(*strangers)
    assert await count(centre, "dead_letters") == 0
    assert await count(centre, "intake_attempts") == 0
