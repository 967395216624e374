"""
What may stand at the end of a line: commands, options, their values, and what only the silos know.

A shell asks when somebody presses TAB, through `clockhand __complete WORD...`, the last word being what
is typed of it so far. Each line of the answer is one that may stand there, a tab, and a word about it;
or FILES or PROGRAMS, which every shell knows better than we do.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clockhand_cli.menu import BY_NAME

if TYPE_CHECKING:
    from clockhand_cli.menu import Command
    from clockhand_cli.taken import Taken

FILES: Final = ":files"
PROGRAMS: Final = ":programs"

Offers = Iterable[tuple[str, str]]


def complete(words: Sequence[str]) -> str:
    """Return the answer for the line *words*; nothing at all where something is wrong with it."""
    from clockhand_cli.text import plain

    *before, current = words or ("",)
    found: list[str] = []
    with contextlib.suppress(Exception):
        for value, about in dict(_offers(before, current)).items():
            if value.startswith((current, ":")):
                found.append(f"{plain(value)}\t{plain(about)}" if about else plain(value))
    return "".join(f"{line}\n" for line in found)


def _offers(before: Sequence[str], current: str) -> Offers:
    if not before and not current.startswith("-"):
        return _commands()  # at once: only for the rest the commands themselves have to be loaded
    return _Line(before).offers(current)


def _commands() -> Offers:
    return [(name, command.summary) for name, command in BY_NAME.items()]


class _Line:
    """The words before the one that is typed: the command, what it takes, and what stands open of that."""

    def __init__(self, before: Sequence[str]) -> None:
        from clockhand_cli.taken import EVERYWHERE

        self._command: Command | None = None
        self._takes: list[Taken] = list(EVERYWHERE)
        self._config: Path | None = None
        self._waiting: Taken | None = None
        """The option whose value comes next."""
        self._arguments = 0
        self._behind: list[str] | None = None
        """The words of a program, once `--` has been seen."""
        self._lost = False
        """Whether there is no such command."""
        for word in before:
            self._read(word)

    def _read(self, word: str) -> None:
        if self._behind is not None:
            self._behind.append(word)
        elif self._waiting is not None:
            self._note(self._waiting, word)
            self._waiting = None
        elif word == "--":
            self._behind = []
        elif word.startswith("-") and word != "-":
            name, equals, value = word.partition("=")
            option = self._option(name)
            if option is not None and equals:
                self._note(option, value)
            elif option is not None and option.metavar:
                self._waiting = option
        elif self._command is None:
            self._choose(word)
        else:
            self._arguments += 1

    def _note(self, option: Taken, value: str) -> None:
        if "--config" in option.names:
            self._config = Path(value)

    def _option(self, name: str) -> Taken | None:
        return next((one for one in self._takes if one.is_option and name in one.names), None)

    def _choose(self, word: str) -> None:
        from clockhand_cli.app import build
        from clockhand_cli.taken import taken_by

        if word in BY_NAME:
            self._command = BY_NAME[word]
            self._takes = taken_by(build(), self._command.name)
        else:
            self._lost = word != "help"

    def offers(self, current: str) -> Offers:
        """Return what may stand where *current* is typed."""
        if self._lost:
            return ()
        if self._behind is not None:
            return self._program()
        if self._waiting is not None:
            return self._values(self._waiting)
        name, equals, _ = current.partition("=")
        if equals and (option := self._option(name)):
            return [
                (value if value.startswith(":") else f"{name}={value}", about)
                for value, about in self._values(option)
            ]
        if current.startswith("-"):
            return [(one.names[-1], one.help.rstrip(":")) for one in self._takes if one.is_option]
        if self._command is None:
            return _commands()
        return self._argument()

    def _program(self) -> Offers:
        if self._command is None or not self._command.takes_program:
            return ()
        return [(FILES if self._behind else PROGRAMS, "")]

    def _argument(self) -> Offers:
        arguments = [one for one in self._takes if not one.is_option]
        if self._arguments < len(arguments):
            return self._values(arguments[self._arguments])
        return self._values(arguments[-1]) if arguments and arguments[-1].repeated else ()

    def _values(self, one: Taken) -> Offers:
        if one.choices:
            return [(word, "") for word in one.choices]
        if one.is_file:
            return [(FILES, "")]
        from clockhand_cli import candidates

        return candidates.of(one.names[0], self._config)
