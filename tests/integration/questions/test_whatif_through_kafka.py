"""A what-if from the command line to its answer: real services, Kafka, PostgreSQL and a real worker."""

from __future__ import annotations

import asyncio
import json

import pytest

from deploy import whatif_command
from deploy.refusals import CannotStart
from schemas.words import VehicleClass
from services.accounts.create import create_key
from services.database.connection import connect
from tests.builders import a_policy

CROSSINGS = 6


@pytest.fixture
async def ask(database, province, period, tmp_path):
    """The command, with what it needs beside the draft."""
    conn = await connect(database)
    (tmp_path / "key").write_text(await create_key(conn, "command", ["whatif"]))
    await conn.close()

    async def asked(draft: dict, *more: str) -> int:
        (tmp_path / "draft.json").write_text(json.dumps(draft))
        to = ["--services", province.url, "--key-file", str(tmp_path / "key")]
        return await asyncio.to_thread(
            whatif_command.main,
            ["--policy", str(tmp_path / "draft.json"), *period, *to, *more],
        )

    return asked


async def test_a_draft_that_asks_motorbikes_for_a_test_turns_them_back(ask, capsys):
    draft = a_policy(version=2, test_demands=({"vehicle_classes": (VehicleClass.MOTORBIKE,)},))
    assert await ask(draft.model_dump(mode="json"), "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    comparison = answer["comparison"]
    assert (answer["state"], answer["crossings"]) == ("done", CROSSINGS)
    assert (comparison["changed"], comparison["outcomes_after"]) == (CROSSINGS, {"turn_back": CROSSINGS})
    assert await ask(draft.model_dump(mode="json")) == 0
    assert f"{CROSSINGS} verdicts would change" in capsys.readouterr().out


async def test_a_draft_that_is_not_valid_is_refused_with_its_field(ask):
    with pytest.raises(CannotStart, match=r"422 REQUEST_NOT_VALID\)\n  policy.order"):
        await ask(a_policy().model_dump(mode="json") | {"order": ["hold"]})
