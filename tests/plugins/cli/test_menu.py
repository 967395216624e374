"""The menu against the commands themselves, and the README against the menu."""

from __future__ import annotations

import importlib
import inspect
import itertools
import re
from pathlib import Path

import pytest

from clockhand_cli import menu
from clockhand_cli.app import build
from clockhand_cli.exits import Exit
from clockhand_cli.overview import nearest, usage
from clockhand_cli.taken import taken_by

README = Path(__file__).parents[3] / "plugins" / "cli" / "README.md"


def _function(command: menu.Command):
    module, _, name = command.where.partition(":")
    return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize("command", menu.COMMANDS, ids=lambda command: command.name)
def test_a_summary_is_the_first_line_of_the_help(command: menu.Command) -> None:
    """What the overview says of a command is how its own help begins."""
    assert command.summary == inspect.getdoc(_function(command)).splitlines()[0]
    assert command.examples


def test_names_are_given_once() -> None:
    """No two commands share a name or what leads to one, and all of a group stand together."""
    every = [word for one in menu.COMMANDS for word in (one.name, *one.aliases, *one.synonyms)]
    assert len(every) == len(set(every))
    groups = [command.group for command in menu.COMMANDS]
    assert len(set(groups)) == 1 + sum(one != two for one, two in itertools.pairwise(groups))


def test_only_who_takes_a_program_gets_one() -> None:
    """The flag in the menu and the parameter of the function say the same."""
    for command in menu.COMMANDS:
        assert command.takes_program == ("program" in inspect.signature(_function(command)).parameters)


@pytest.mark.parametrize("command", menu.COMMANDS, ids=lambda command: command.name)
def test_the_usage_names_what_the_function_takes(command: menu.Command) -> None:
    """The arguments in the menu are those of the function: in brackets where they can be left out."""
    function = inspect.signature(_function(command))
    kinds = {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.VAR_POSITIONAL}
    places = [one for one in function.parameters.values() if one.kind in kinds]
    names = [one.names[0] for one in taken_by(build(), command.name) if not one.is_option]
    told = "".join(dict.fromkeys(names))
    if len(names) > 1:
        told += "..."
    if places and places[0].default is not inspect.Parameter.empty:
        told = f"[{told}]"
    assert command.arguments == told
    assert usage(command).startswith(f"clockhand {command.name} {told}".strip())


@pytest.mark.parametrize(
    ("word", "meant"),
    [("josb", "jobs"), ("rn", "run"), ("ls", "jobs"), ("delete", "remove"), ("logs", "log"), ("xyzzy", "")],
)
def test_what_somebody_meant(word: str, meant: str) -> None:
    """A typing error leads to the nearest name, another program's word to ours."""
    assert nearest(word) == meant


def _table(heading: str) -> list[list[str]]:
    section = README.read_text("utf-8").split(f"\n{heading}\n", 1)[1].split("\n#", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").replace("\\|", "\0").split("|")] for row in rows[2:]]


def test_the_readme_tells_every_command() -> None:
    """The table of commands in the README has each of them, in the order of the help, and no other."""
    told = [re.findall(r"`clockhand ([a-z]+)", row[0]) for row in _table("## Commands")]
    assert [names[0] for names in told] == [command.name for command in menu.COMMANDS]


def test_the_readme_tells_every_exit_code() -> None:
    """The table of exit codes in the README has those of the code, and no other."""
    assert [row[0] for row in _table("## Exit codes")] == [str(int(code)) for code in Exit]
