"""The table of subcommands."""

import importlib
import subprocess
import sys

import pytest

from deploy import command_line
from deploy.refusals import CannotStart


def test_help_names_every_command_and_imports_none_of_them():
    code = (
        "import sys; from deploy.command_line import COMMANDS, main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "sys.exit(any(command.module in sys.modules for command in COMMANDS.values()))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert said.returncode == 0
    assert all(f"\n    {name} " in said.stdout for name in command_line.COMMANDS)


@pytest.mark.parametrize("name", command_line.COMMANDS)
def test_every_command_has_its_own_help(name, capsys):
    with pytest.raises(SystemExit) as end:
        command_line.main([name, "--help"])
    assert end.value.code == 0
    assert f"chotxanh {name}" in capsys.readouterr().out


@pytest.mark.parametrize("name", command_line.COMMANDS)
def test_every_command_leads_to_a_function(name):
    command = command_line.COMMANDS[name]
    assert callable(getattr(importlib.import_module(command.module), command.function))


def test_a_command_that_does_not_exist_is_refused(capsys):
    with pytest.raises(SystemExit) as end:
        command_line.main(["fly"])
    assert end.value.code == 2
    assert "invalid choice: 'fly'" in capsys.readouterr().err


def test_a_refusal_is_one_sentence_and_not_a_trace(monkeypatch, capsys):
    def refused(arguments):
        raise CannotStart("Port 80 is taken.")

    monkeypatch.setattr(command_line, "_function", lambda command: refused)
    assert command_line.main(["up"]) == 1
    assert capsys.readouterr().err == "✗ Port 80 is taken.\n"
