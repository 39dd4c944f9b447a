"""A replay from the command line to its proof: real services, Kafka, PostgreSQL and a real worker."""

from __future__ import annotations

import asyncio
import json

import asyncpg
import pytest

from deploy import replay_command
from deploy.refusals import CannotStart
from services.accounts.create import create_key
from services.database.connection import connect

CROSSINGS = 6
SAME, CHANGED, OTHER_VERSION = 0, 3, 4


@pytest.fixture
async def ask(database, province, period, tmp_path):
    conn = await connect(database)
    (tmp_path / "key").write_text(await create_key(conn, "auditor", ["replay"]))
    (tmp_path / "other-key").write_text(await create_key(conn, "command", ["whatif"]))
    await conn.close()

    async def asked(*more: str, key: str = "key") -> int:
        to = ["--services", province.url, "--key-file", str(tmp_path / key)]
        return await asyncio.to_thread(replay_command.main, [*period, *to, *more])

    return asked


async def change(database, sql):
    connection = await asyncpg.connect(database)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def test_a_period_is_proven_the_same_and_then_not_when_a_fact_was_altered(ask, database, capsys):
    assert await ask("--revision", "all", "--json") == SAME
    answer = json.loads(capsys.readouterr().out)
    report = answer["report"]
    assert (answer["conclusion"], report["crossings"], report["same"]) == ("same", CROSSINGS, report["judgements"])
    await change(
        database,
        """
        UPDATE processors.crossings SET facts = jsonb_set(facts, '{head_count,cargo}', '12')
        WHERE crossing_id = (SELECT min(crossing_id::text)::uuid FROM processors.crossings)
        """,
    )
    assert await ask() == CHANGED
    said = capsys.readouterr().out
    assert "facts that are not what was stored" in said
    assert "rules GL01" in said
    await change(
        database,
        """
        UPDATE processors.verdicts SET content =
            convert_to(regexp_replace(convert_from(content, 'UTF8'), '"judge_version":"[^"]*"',
                       '"judge_version":"0"'), 'UTF8')
        """,
    )
    await change(
        database,
        "UPDATE processors.crossings SET facts = jsonb_set(facts, '{head_count,cargo}', '0')",
    )
    assert await ask("--json") == OTHER_VERSION
    report = json.loads(capsys.readouterr().out)["report"]
    assert [(one["judge_version"], one["differing"]) for one in report["versions"]] == [("0", 0)]


async def test_a_key_for_what_ifs_may_not_ask_a_replay(ask):
    with pytest.raises(CannotStart, match="403"):
        await ask(key="other-key")
