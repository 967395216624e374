"""Arguments to a command, and its errors to one line on stderr and an exit code."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Final

from clockhand_cli.exits import Exit, Misused, exit_of

TRACEBACK: Final = "CLOCKHAND_TRACEBACK"


def call(given: Sequence[str]) -> int:
    """Do what the arguments *given* ask, and return the exit code; raises nothing but KeyboardInterrupt."""
    _prepare_streams()
    try:
        return _call(list(given))
    except BrokenPipeError:
        _write_nowhere()
        return Exit.OK


def _call(given: list[str]) -> int:
    from cyclopts import CycloptsError

    from clockhand_cli.app import build

    try:
        code = build().meta(given) or Exit.OK
        sys.stdout.flush()
    except (CycloptsError, Misused) as error:
        return _misused(given, error)
    except (BrokenPipeError, KeyboardInterrupt):
        _show_traceback()
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, a person gets one line
        return _failed(error)
    return int(code)


def _misused(given: list[str], error: Exception) -> Exit:
    from clockhand_cli.app import build

    _show_traceback()
    command = next((word for word in given if word in build()), "")
    message = str(error)
    _complain(message[:1].lower() + message[1:])
    sys.stderr.write(f"try: clockhand {command + ' ' if command else ''}--help\n")
    return Exit.USAGE


def _failed(error: Exception) -> Exit:
    from clockhand.errors import ClockhandError

    _show_traceback()
    if _interrupted(error):
        return Exit.INTERRUPTED
    if isinstance(error, ClockhandError):
        _complain(str(error))
    elif isinstance(error, TimeoutError):
        _complain("silo: no answer in time; is another process holding it?")
    elif isinstance(error, OSError):
        _complain(f"{error.filename or 'output'}: {error.strerror or error}")
    else:
        _complain(
            f"unexpected {type(error).__name__}: {error}; "
            f"--traceback or {TRACEBACK}=1 shows where, please report it"
        )
    return exit_of(error)


def _interrupted(error: BaseException | None) -> bool:
    """Say whether *error* came up while a Ctrl-C was being seen to: then that is what happened."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__context__
    return False


def _complain(message: str) -> None:
    from clockhand_cli.text import plain

    try:
        sys.stdout.flush()
    except OSError:
        _write_nowhere()
    with contextlib.suppress(OSError):
        sys.stderr.write(f"clockhand: {plain(' '.join(message.split()))}\n")


def _show_traceback() -> None:
    if os.environ.get(TRACEBACK, "") not in {"", "0"}:
        import traceback

        traceback.print_exc()


def _prepare_streams() -> None:
    """Let a character that the terminal can't show be written out; a stream that is closed takes all."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, _nowhere())
        else:
            stream.reconfigure(errors="backslashreplace")


def _nowhere() -> IO[str]:
    return Path(os.devnull).open("w", encoding="utf-8")


def _write_nowhere() -> None:
    """Whoever read our output has gone: leave nothing that the interpreter would still try to write."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
