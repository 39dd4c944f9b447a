"""Migrations that move rows, on a database that has some."""

import asyncpg

from stream_processors.database import migrate as migrating
from stream_processors.database import statements
from stream_processors.database.migrate import SCHEMA, migrate, migrations

OUTPUTS_BY_DAY = "0041_outputs_by_day.sql"


async def test_outputs_that_were_written_before_are_still_sent_again_and_in_their_order(database, monkeypatch):
    whole = migrations()
    connection = await asyncpg.connect(database, server_settings={"search_path": SCHEMA})
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
