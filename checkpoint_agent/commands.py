"""The station's commands: ``station``, ``add-officer``, ``add-device``."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence

from checkpoint_agent.identity import KeyFileUnreadable, read_identity
from checkpoint_agent.outbox import OutboxTrouble
from checkpoint_agent.page.officers import NameNotAllowed, add_device, add_officer
from checkpoint_agent.settings import SettingMissing, home_from, settings_from
from checkpoint_agent.threads import take_short_turns
from schemas.log_lines import JsonLines
from schemas.words import Force


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    try:
        return int(given.run(given))
    except (SettingMissing, KeyFileUnreadable) as exc:
        sys.stderr.write(f"{exc}\n")
    except NameNotAllowed:
        sys.stderr.write("a name has 1 to 40 printable characters\n")
    except OutboxTrouble as exc:
        sys.stderr.write(f"the station's file cannot be used: {exc.code}\n")
    return 78  # EX_CONFIG


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m checkpoint_agent", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    station = commands.add_parser("station", help="run the station of this machine")
    station.set_defaults(run=_station)
    officer = commands.add_parser("add-officer", help="enter an officer, print the made-up PIN once")
    officer.add_argument("name")
    officer.add_argument("force", choices=[force.value for force in Force])
    officer.set_defaults(run=_add_officer)
    device = commands.add_parser("add-device", help="enter a device that may look, print its key once")
    device.add_argument("name")
    device.set_defaults(run=_add_device)
    return parser


def _station(_: argparse.Namespace) -> int:
    settings = settings_from()
    identity = read_identity(settings.keys)
    # Here alone: with camera, page and Kafka it takes longer than the whole of any other command.
    import uvloop

    from checkpoint_agent.page.serving import run_station

    _log_to_stderr(identity.station_id)
    take_short_turns()
    uvloop.run(run_station(settings, identity))
    return 0


def _add_officer(given: argparse.Namespace) -> int:
    sys.stdout.write(add_officer(home_from(), given.name, given.force) + "\n")
    return 0


def _add_device(given: argparse.Namespace) -> int:
    sys.stdout.write(add_device(home_from(), given.name) + "\n")
    return 0


def _log_to_stderr(station_id: str) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines("station", station_id))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    # It says at each retry what we say once.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
