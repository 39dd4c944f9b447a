"""Migrations that move rows, on a database that has some."""

import asyncpg

from stream_processors.database import migrate as migrating
from stream_processors.database import statements
from stream_processors.database.migrate import SCHEMA, migrate, migrations

OUTPUTS_BY_DAY = "0041_outputs_by_day.sql"


async def test_outputs_that_were_written_before_are_still_sent_again_and_in_their_order(
    empty_database, monkeypatch
):
    whole = migrations()
    connection = await asyncpg.connect(empty_database, server_settings={"search_path": SCHEMA})
    monkeypatch.setattr(migrating, "migrations", lambda: [one for one in whole if one[0] < OUTPUTS_BY_DAY])
    await migrate(connection)
    cause = await connection.fetchval("SELECT gen_random_uuid()")
    for number in range(3):
        await connection.execute(
            """
            INSERT INTO outputs (output_id, cause, topic, key, value, headers, held)
            VALUES (gen_random_uuid(), $1, 'findings.v1', '', convert_to($2, 'utf8'), '[]', $3)
            """,
            cause,
            str(number),
            number == 1,
        )
    monkeypatch.setattr(migrating, "migrations", lambda: whole)
    await migrate(connection)
    await statements.store_outputs(connection, [statements.Output(cause, cause, "findings.v1", b"", b"3", ())])
    again = await statements.outputs_caused_by(connection, [cause])
    assert [one.value for one in again] == [b"0", b"1", b"2", b"3"]
    assert [one.value for one in await statements.held(connection)] == [b"1"]
    await connection.close()


async def test_who_was_together_with_a_positive_person_before_is_looked_back_to_afterwards(
    empty_database, monkeypatch
):
    whole = migrations()
    connection = await asyncpg.connect(empty_database, server_settings={"search_path": SCHEMA})
    monkeypatch.setattr(migrating, "migrations", lambda: [one for one in whole if one[0] < "0071"])
    await migrate(connection)
    people = {"positive": bytes([1]) * 32, "negative": bytes([2]) * 32}
    for outcome, ref in people.items():
        await connection.execute(
            """
            WITH result AS (
                INSERT INTO results (result_id, revision, event_id, occurred_at, sampled_at, content)
                VALUES (gen_random_uuid(), 1, gen_random_uuid(), now(), now(),
                        jsonb_build_object('outcome', $1::text))
                RETURNING result_id
            ), refs AS (
                INSERT INTO result_refs (ref, result_id, revision, sampled_at)
                SELECT $2, result_id, 1, now() FROM result
            )
            INSERT INTO crossing_refs (ref, occurred_at, crossing_id, revision, kind, occupant, reading)
            SELECT one.ref, now(), $3, 1, one.kind, one.occupant, -1
            FROM (VALUES ($2::bytea, 'number', 1), ($4::bytea, 'vehicle', 0)) AS one (ref, kind, occupant)
            """,
            outcome,
            ref,
            await connection.fetchval("SELECT gen_random_uuid()"),
            ref[::-1] if outcome == "negative" else bytes([3]) * 32,
        )
    monkeypatch.setattr(migrating, "migrations", lambda: whole)
    await migrate(connection)
    rows = await connection.fetch("SELECT ref FROM exposed ORDER BY ref")
    assert [row["ref"] for row in rows] == [people["positive"], bytes([3]) * 32]
    await connection.close()
