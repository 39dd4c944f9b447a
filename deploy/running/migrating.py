"""Brings the tables of both programs up to date by their own command. Knows no table."""

import asyncio

from deploy.home import CHECKOUT
from deploy.refusals import CannotStart
from deploy.running.programs import Machine, migration, own_environment

PROGRAMS = ("stream_processors", "services")


async def migrate_all(machine: Machine) -> None:
    """Side by side. Raises CannotStart with the last words of the one that failed."""
    await asyncio.gather(*(_migrate(program, machine) for program in PROGRAMS))


async def _migrate(program: str, machine: Machine) -> None:
    command, environment = migration(program, machine)
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=own_environment(environment),
        cwd=CHECKOUT,
    )
    try:
        _, said = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode != 0:
        log = machine.home.logs / f"migrate-{program}.log"
        log.write_bytes(said)
        raise CannotStart(f"The tables of {program} could not be brought up to date: see {log}.")
