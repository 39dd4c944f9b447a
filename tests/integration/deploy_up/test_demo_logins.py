"""The demonstration's logins on a real database: made once, the same at a second start, made again when lost."""

import stat

import pytest

from deploy.demo.posts import LANES, SIMULATED
from deploy.home import Home
from deploy.keys import KeyFolder, make_keys
from deploy.parts.beside_us import Parts
from deploy.running.logins import COORDINATOR, FILE, REGISTRY_KEY, USERS, ensure_logins
from deploy.running.ports import ports_from
from deploy.running.programs import Machine
from services.accounts.create import token_sha256
from services.database.connection import connect
from services.database.migrate import migrate


@pytest.fixture
async def machine(tmp_path, database):
    home = Home(tmp_path / "home")
    home.make()
    make_keys(KeyFolder(home.keys), LANES)
    conn = await connect(database)
    await migrate(conn)
    await conn.close()
    parts = Parts(database, "127.0.0.1:1", own_database=True, own_kafka=True)
    return Machine(home, parts, ports_from(0, SIMULATED), tmp_path)


async def test_everybody_gets_a_made_up_login_kept_in_a_private_file(machine):
    logins = await ensure_logins(machine, SIMULATED)
    assert set(logins.passwords) == {user.name for user in USERS}
    secrets = [*logins.passwords.values(), *logins.keys.values()]
    secrets += [text for station in logins.stations.values() for text in (station.pin, station.device_key)]
    assert len(set(secrets)) == len(secrets)
    assert stat.S_IMODE((machine.home.keys / FILE).stat().st_mode) == 0o600
    assert not any(secret in repr(logins) for secret in secrets)


async def test_a_second_start_has_the_same_logins(machine):
    assert await ensure_logins(machine, SIMULATED) == await ensure_logins(machine, SIMULATED)


async def test_a_lost_file_is_made_again_and_what_was_lost_stays_replaced(machine):
    before = await ensure_logins(machine, SIMULATED)
    (machine.home.keys / FILE).unlink()
    after = await ensure_logins(machine, SIMULATED)
    assert after.passwords[COORDINATOR] != before.passwords[COORDINATOR]
    conn = await connect(machine.parts.database_url)
    try:
        known = await conn.fetchval(
            "SELECT count(*) FROM keys WHERE token_sha256 = $1", token_sha256(after.keys[REGISTRY_KEY])
        )
    finally:
        await conn.close()
    assert known == 1


async def test_a_station_that_forgot_its_officer_gets_a_new_pin(machine):
    before = await ensure_logins(machine, SIMULATED)
    lane = SIMULATED[0]
    for file in machine.station_home(lane).iterdir():
        file.unlink()
    after = await ensure_logins(machine, SIMULATED)
    assert after.stations[lane.station_id] != before.stations[lane.station_id]
    assert after.stations[SIMULATED[1].station_id] == before.stations[SIMULATED[1].station_id]
