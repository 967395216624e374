"""The help of one command, laid out as the overview is: each option beside what it does."""

from __future__ import annotations

import importlib
import inspect
import textwrap
from itertools import groupby
from typing import TYPE_CHECKING, Final

from clockhand_cli.overview import examples, usage
from clockhand_cli.taken import Taken, taken_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cyclopts import App

    from clockhand_cli.menu import Command

_WIDTH: Final = 80
_MOST: Final = 26
"""How wide the names of an option may be to have what it does beside them."""


def help_page(app: App, command: Command) -> str:
    """Return the page that `clockhand COMMAND --help` shows; the same for a terminal and for a file."""
    parts = [f"Usage: {usage(command)}", _told(command)]
    for title, group in groupby(taken_by(app, command.name), key=lambda one: one.group):
        parts.append("\n".join([f"{title}:", *_lines(list(group))]))
    return "\n\n".join([*parts, examples(command)]) + "\n"


def _told(command: Command) -> str:
    module, _, name = command.where.partition(":")
    return inspect.getdoc(getattr(importlib.import_module(module), name)) or command.summary


def _lines(group: Sequence[Taken]) -> Iterator[str]:
    labels = [_label(one) for one in group]
    column = min(max(map(len, labels)), _MOST) + 4
    for one, label in zip(group, labels, strict=True):
        yield from _line(f"  {label}", _said(one), column)


def _line(label: str, said: str, column: int) -> Iterable[str]:
    indent = " " * column
    beside = len(label) + 2 <= column
    lines = textwrap.wrap(
        said,
        _WIDTH,
        initial_indent=label.ljust(column) if beside else indent,
        subsequent_indent=indent,
        break_on_hyphens=False,
    )
    return lines if beside else [label, *lines]


def _label(one: Taken) -> str:
    names = ", ".join(one.names)
    return f"{names} {one.metavar}" if one.is_option and one.metavar else names


def _said(one: Taken) -> str:
    """Return what the option does, and the words that it knows."""
    return f"{one.help} {', '.join(one.choices)}." if one.help.endswith(":") else one.help
