"""The command line: which commands there are, and the options in front of all of them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any, Final

from cyclopts import App, Group, Parameter

from clockhand_cli.commands import about, acting, checking, demo, history, jobs, running
from clockhand_cli.config import DEFAULT, VARIABLE

RUN: Final = Group("Run", sort_key=0)
LOOK: Final = Group("Look", sort_key=1)
ACT: Final = Group("Act", sort_key=2)
ABOUT: Final = Group("About", sort_key=3)
OPTIONS: Final = Group("Options", sort_key=4)

_COMMANDS: Final = (
    (RUN, "demo", demo.demo, ("demo", "demo --seconds 5")),
    (RUN, "run", running.run, ("run", "run --config jobs.toml --log-level debug", "run --once")),
    (RUN, "check", checking.check, ("check", "check --config jobs.toml --json")),
    (LOOK, "jobs", jobs.jobs, ("jobs", "jobs --json")),
    (LOOK, "show", jobs.show, ("show nightly", "show nightly --json")),
    (LOOK, "next", jobs.upcoming, ("next", "next -n 5")),
    (LOOK, "runs", history.runs, ("runs", "runs nightly -n 50", "runs --failed --since 2d")),
    (ACT, "fire", acting.fire, ("fire nightly", "fire nightly --force")),
    (ACT, "pause", acting.pause, ('pause nightly --reason "the disk is being moved"',)),
    (ACT, "resume", acting.resume, ("resume nightly", "resume nightly --latest")),
    (ABOUT, "plugins", about.plugins, ("plugins", "plugins --json")),
    (ABOUT, "version", about.version, ("version", "version --json")),
)
"""Group, name, function and examples; the docstring is the help, its first line the summary."""

_FIRST_STEPS: Final = ("demo", "check", "run", "runs nightly --failed --since 2d")
_NOTES: Final = f"""\
The configuration is --config FILE, else {DEFAULT} in this folder,
else the file that {VARIABLE} names.

Exit codes: 0 ok, 1 a job or check failed, 2 usage, 3 configuration,
4 silo unreachable, 130 interrupted."""


def build() -> App:
    """Return the command line; calling its `meta` with arguments returns the exit code."""
    app = App(
        name="clockhand",
        help="Run jobs when they are due, and look after them.",
        help_epilogue=f"{_examples(_FIRST_STEPS)}\n\n{_NOTES}",
        help_format="plaintext",
        help_formatter="default" if sys.stdout.isatty() else "plain",
        group_parameters=OPTIONS,
        default_parameter=Parameter(show_default=False),
        version=_version,
        exit_on_error=False,
        print_error=False,
        suppress_keyboard_interrupt=False,
        result_action="return_value",
    )
    for group, name, function, examples in _COMMANDS:
        app.command(function, name=name, group=group, help_epilogue=_examples(examples))
    app["--help"].group = app["--version"].group = ABOUT
    app.meta.default(_launcher(app))
    return app


def _examples(lines: tuple[str, ...]) -> str:
    return "\n".join(["Examples:", *(f"  clockhand {line}" for line in lines)])


def _launcher(app: App) -> Any:
    def launch(
        *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
        config: Annotated[
            Path | None, Parameter(name=("--config", "-c"), help="The TOML file to read.")
        ] = None,
        traceback: Annotated[
            bool, Parameter(negative="", help="With an error, show where it was raised.")
        ] = False,
    ) -> int | None:
        if traceback:
            os.environ["CLOCKHAND_TRACEBACK"] = "1"
        command, bound, ignored = app.parse_args(tokens)
        if "config" in ignored:
            bound.arguments["config"] = config
        code: int | None = command(*bound.args, **bound.kwargs)
        return code

    return launch


def _version() -> str:
    from importlib.metadata import version

    return f"clockhand {version('clockhand-cli')}"
