"""``chotxanh``: a table of subcommands, each imported only when it is asked for. Decides nothing itself."""

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import NamedTuple

from deploy.refusals import CannotStart


class Command(NamedTuple):
    help: str
    module: str
    function: str = "main"


# Each function takes the arguments after its name and returns the exit status; --help is its own.
COMMANDS: dict[str, Command] = {
    "up": Command("start the whole system on this machine, until Ctrl-C", "deploy.up_command"),
    "keys": Command("make the key files of a province, or list them", "deploy.keys_command"),
    "topics": Command("make the topics on a Kafka cluster, or list them", "deploy.topics_command"),
    "pass": Command("read passes: texts, pictures, files of lines", "deploy.pass_command"),
    "policy": Command("check rules against claims, or try a draft on stored crossings", "deploy.policy_command"),
    "replay": Command("prove that a period is judged the same again", "deploy.replay_command"),
    "bench": Command("measure, beside a baseline in the same run", "deploy.benchmarks.command"),
    "chaos": Command("have parts fail under traffic, and account for every crossing", "deploy.chaos_run.command"),
    "schemas": Command("write or check the JSON Schemas and the AsyncAPI document", "deploy.schemas_command"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or given[0] not in COMMANDS:
        _parser().parse_args(given or ["--help"])
        return 0
    try:
        return _function(COMMANDS[given[0]])(given[1:])
    except CannotStart as refusal:
        print(f"✗ {refusal}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever reads our output has seen enough ("| head"); the interpreter would complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE


def _function(command: Command) -> Callable[[Sequence[str]], int]:
    function: Callable[[Sequence[str]], int] = getattr(importlib.import_module(command.module), command.function)
    return function


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chotxanh",
        description="Chốt Xanh: event-driven checkpoint and border control.",
        epilog="chotxanh COMMAND --help says more about one command.",
    )
    parser.add_argument("--version", action="version", version=f"chotxanh {version('chotxanh')}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        commands.add_parser(name, help=command.help, add_help=False)
    return parser


if __name__ == "__main__":
    sys.exit(main())
