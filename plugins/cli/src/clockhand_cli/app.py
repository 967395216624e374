"""The command line: what cyclopts makes of the menu, and the options in front of all commands."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final

from cyclopts import App, Group, Parameter

from clockhand_cli.help_page import help_page
from clockhand_cli.menu import BY_NAME, COMMANDS, PROGRAM_TAKERS
from clockhand_cli.overview import HELP, overview

OPTIONS: Final = Group("Options", sort_key=9)


def build(program: Sequence[str] | None = None) -> App:
    """
    Return the command line; calling its `meta` with arguments returns the exit code.

    *program* is what stood behind `--`: no option of ours, but words for a command that takes them.
    """
    app = App(
        name="clockhand",
        help="Run jobs when they are due, and look after them.",
        help_flags=(),
        version_flags=(),
        group_parameters=OPTIONS,
        default_parameter=Parameter(show_default=False),
        exit_on_error=False,
        print_error=False,
        suppress_keyboard_interrupt=False,
        result_action="return_value",
    )
    for command in COMMANDS:
        app.command(command.where, name=command.name, alias=command.aliases, help_flags=())
    app.meta.default(_launcher(app, program))
    return app


def _launcher(app: App, program: Sequence[str] | None) -> Any:
    def launch(
        *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
        config: Annotated[
            Path | None,
            Parameter(name=("--config", "-c"), metavar="FILE", help="The TOML file to read."),
        ] = None,
        traceback: Annotated[
            bool, Parameter(negative="", help="With an error, show where it was raised.")
        ] = False,
    ) -> int | None:
        if traceback:
            os.environ["CLOCKHAND_TRACEBACK"] = "1"
        if tokens[:1] == ("help",):
            tokens = (*tokens[1:], "--help")
        page = _page(app, tokens)
        if page:
            sys.stdout.write(page)
            return None
        return _do(app, tokens, config, program)

    return launch


def _page(app: App, tokens: Sequence[str]) -> str:
    """Return the page that *tokens* ask for, empty if they ask for something else."""
    if not tokens or tokens[0] in HELP:
        return overview()
    first, *rest = tokens
    return help_page(app, BY_NAME[first]) if first in BY_NAME and HELP & set(rest) else ""


def _do(app: App, tokens: Sequence[str], config: Path | None, program: Sequence[str] | None) -> int | None:
    takes = program is not None and tokens[0] in PROGRAM_TAKERS
    if program is not None and not takes:
        tokens = (*tokens, "--", *program)
    command, bound, ignored = app.parse_args(tokens)
    if "config" in ignored:
        bound.arguments["config"] = config
    if takes:
        bound.arguments["program"] = tuple(program or ())
    code: int | None = command(*bound.args, **bound.kwargs)
    return code
