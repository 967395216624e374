"""The way in: what is between the interpreter and the command, as little as can be."""

from __future__ import annotations

import signal
import sys

INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Do what *arguments* (None: those of this process) ask, and return the exit code; raises nothing."""
    try:
        # In here, so that a Ctrl-C while it loads is as quiet as a later one.
        from clockhand_cli.call import call

        code = call(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        code = INTERRUPTED
    if code == INTERRUPTED and arguments is None:
        _leave()
    return code


def _leave() -> None:
    """Let nothing come between an interrupted command and its end: no more Ctrl-C, no thread that hangs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import os
    import threading

    if any(one.is_alive() and not one.daemon for one in threading.enumerate()[1:]):
        os._exit(INTERRUPTED)
