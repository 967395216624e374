"""What a command takes, as data: for the page that tells it, and for what a shell offers at TAB."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, get_args, get_origin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cyclopts import App
    from cyclopts.argument import Argument

_METAVARS: Final = {int: "N", Path: "FILE", str: "TEXT"}


class Taken(NamedTuple):
    """An argument, or an option by its names."""

    names: tuple[str, ...]
    group: str
    help: str
    metavar: str = ""
    """What stands for its value; empty: it takes none."""
    choices: tuple[str, ...] = ()
    is_file: bool = False
    is_option: bool = True
    repeated: bool = False


EVERYWHERE: Final = (
    Taken(("-c", "--config"), "Options", "The TOML file to read.", "FILE", is_file=True),
    Taken(("--traceback",), "Options", "With an error, show where it was raised."),
    Taken(("-h", "--help"), "Options", "Show this page."),
)
"""What every command takes, and stands before it too."""


def taken_by(app: App, command: str) -> list[Taken]:
    """Return what the command of that name takes, in the order of its groups."""
    return [*_own(app[command]), *EVERYWHERE]


def _own(app: App) -> Iterator[Taken]:
    for argument in app.assemble_argument_collection():
        if not argument.show:
            continue
        parameter = argument.parameter
        kind = _kind(argument.hint)
        choices = tuple(map(str, argument.get_choices(force=True) or ()))
        metavar = parameter.metavar or ("WORD" if choices else _METAVARS.get(kind, ""))
        yield Taken(
            tuple(sorted(argument.names, key=len)),
            _group(argument),
            parameter.help or "",
            metavar,
            choices,
            is_file=kind is Path,
            is_option=argument.index is None,
            repeated=argument.token_count()[1],
        )


def _kind(hint: Any) -> Any:
    """Return what one value is, of `X`, `X | None`, `list[X] | None` and `tuple[X, ...]`."""
    while get_origin(hint) not in {None, Literal}:
        hint = get_args(hint)[0]
    return hint


def _group(argument: Argument) -> str:
    groups = argument.parameter.group
    first = next(iter(groups)) if isinstance(groups, tuple) else groups
    return str(getattr(first, "name", first))
