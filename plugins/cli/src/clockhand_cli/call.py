"""Arguments to a command, and its errors to an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

from clockhand_cli import streams
from clockhand_cli.exits import Exit, Misused
from clockhand_cli.overview import HELP, overview

COMPLETE: Final = "__complete"
"""How a shell asks what may stand at the end of a line: the words behind it are not for us to take apart."""


def call(given: Sequence[str]) -> int:
    """Do what the arguments *given* ask, and return the exit code; raises nothing but KeyboardInterrupt."""
    streams.prepare()
    try:
        return _call(list(given))
    except BrokenPipeError:
        streams.abandon()
        return Exit.OK


def _call(given: list[str]) -> int:
    if not given or given == ["help"] or (len(given) == 1 and given[0] in HELP):
        return _written(overview())
    if given == ["--version"]:
        return _written(_version())
    if given[0] == COMPLETE:
        from clockhand_cli.completing import complete

        return _written(complete(given[1:]))
    return _run(given)


def _run(given: list[str]) -> int:
    from cyclopts import CycloptsError

    from clockhand_cli import complaints
    from clockhand_cli.app import build

    ours, program = _split(given)
    try:
        code = build(program).meta(ours) or Exit.OK
        sys.stdout.flush()
    except (CycloptsError, Misused) as error:
        return complaints.misused(ours, error)
    except (BrokenPipeError, KeyboardInterrupt):
        complaints.show_traceback()
        raise
    except SystemExit as error:
        if isinstance(error.__context__, BrokenPipeError):  # how rich ends
            raise error.__context__ from None
        return complaints.failed(error)
    except Exception as error:  # noqa: BLE001 - whatever it is, a person gets one line
        return complaints.failed(error)
    return int(code)


def _written(page: str) -> Exit:
    try:
        sys.stdout.write(page)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        from clockhand_cli.complaints import failed

        return failed(error)
    return Exit.OK


def _version() -> str:
    from importlib.metadata import version

    return f"clockhand {version('clockhand-cli')}\n"


def _split(given: list[str]) -> tuple[list[str], list[str] | None]:
    """Return the words before `--` and those behind it; None if there is no `--`."""
    if "--" not in given:
        return given, None
    place = given.index("--")
    return given[:place], given[place + 1 :]
