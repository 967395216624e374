"""What went wrong, as one line on stderr and an exit code."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from typing import Final

from clockhand_cli import streams
from clockhand_cli.exits import Exit, exit_of
from clockhand_cli.menu import BY_NAME

TRACEBACK: Final = "CLOCKHAND_TRACEBACK"


def misused(given: Sequence[str], error: Exception) -> Exit:
    """Tell what is wrong with the arguments *given*, and where to read what is right."""
    from clockhand_cli.misuses import told

    show_traceback()
    command = next((word for word in given if word in BY_NAME), "")
    _complain(told(error, given, command))
    with contextlib.suppress(OSError):
        sys.stderr.write(f"try: clockhand {command + ' ' if command else ''}--help\n")
    return Exit.USAGE


def failed(error: BaseException) -> Exit:
    """Tell what *error* says; one that came up while a Ctrl-C was being seen to is that, and quiet."""
    from clockhand.errors import ClockhandError, StoreMissing

    show_traceback()
    if _interrupted(error):
        return Exit.INTERRUPTED
    if isinstance(error, StoreMissing):
        _complain(f"{error}; 'clockhand run' makes it")
    elif isinstance(error, ClockhandError):
        _complain(str(error))
    elif isinstance(error, TimeoutError):
        _complain("silo: no answer in time; is another process holding it?")
    elif isinstance(error, OSError):
        _complain(f"{_place(error)}: {error.strerror or error}")
    else:
        _complain(
            f"unexpected {type(error).__name__}: {error}; "
            f"--traceback or {TRACEBACK}=1 shows where, please report it"
        )
    return exit_of(error)


def _place(error: OSError) -> str:
    from clockhand_cli.text import cut

    return cut(str(error.filename or "output"))


def _interrupted(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__context__
    return False


def _complain(message: str) -> None:
    from clockhand_cli.text import cut, plain

    try:
        sys.stdout.flush()
    except OSError:
        streams.abandon()
    with contextlib.suppress(OSError):
        sys.stderr.write(f"clockhand: {plain(cut(' '.join(message.split()), 2_000))}\n")


def show_traceback() -> None:
    """Write where the error that is being handled was raised, if somebody wants to see that."""
    if os.environ.get(TRACEBACK, "") not in {"", "0"}:
        import traceback

        traceback.print_exc()
