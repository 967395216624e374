"""The pages of help that are made of the menu: the one that lists the commands, and what is said of each."""

from __future__ import annotations

from clockhand_cli.menu import COMMANDS, Command

HELP = frozenset({"--help", "-h"})
"""The options that ask for a page."""

_NOTES = """\
Options:
  -c, --config FILE  The TOML file to read.
  --traceback        With an error, show where it was raised.
  -h, --help         Show this page, or with a command what that takes.
  --version          Show the version.

Examples:
  clockhand demo
  clockhand init && clockhand check && clockhand run
  clockhand fire hello --wait
  clockhand runs hello --failed --since 2d

The configuration is --config FILE, else clockhand.toml in this folder,
else the file that CLOCKHAND_CONFIG names.

Exit codes: 0 ok, 1 a job or check failed, 2 usage, 3 configuration,
4 silo unreachable, 130 interrupted.
"""


def overview() -> str:
    """Return the page that `clockhand --help` shows."""
    width = max(map(len, (_shown(command) for command in COMMANDS)))
    lines = ["Usage: clockhand COMMAND [OPTIONS]", "", "Run jobs when they are due, and look after them."]
    group = ""
    for command in COMMANDS:
        if command.group != group:
            group = command.group
            lines += ["", f"{group}:"]
        lines.append(f"  {_shown(command).ljust(width)}  {command.summary}")
    return "\n".join([*lines, "", _NOTES])


def _shown(command: Command) -> str:
    return ", ".join((command.name, *command.aliases))


def usage(command: Command) -> str:
    """Return what one types: the name, the arguments, and where a program stands if it takes one."""
    program = "[-- PROGRAM [ARG...]]" if command.takes_program else ""
    parts = ("clockhand", command.name, command.arguments, "[OPTIONS]", program)
    return " ".join(part for part in parts if part)


def examples(command: Command) -> str:
    """Return the examples of a command as its help shows them."""
    lines = (line if line.startswith("eval") else f"clockhand {line}" for line in command.examples)
    return "\n".join(["Examples:", *(f"  {line}" for line in lines)])


def nearest(word: str) -> str:
    """Return the name of the command that somebody may have meant by *word*, empty if none comes near."""
    import difflib

    known = {name: command.name for command in COMMANDS for name in (*command.aliases, *command.synonyms)}
    known |= {command.name: command.name for command in COMMANDS}
    if word in known:
        return known[word]
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return known[near[0]] if near else ""
