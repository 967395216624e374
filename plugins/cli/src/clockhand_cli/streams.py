"""The streams of the command: whatever they turn out to be, writing to them breaks nothing."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import IO


def prepare() -> None:
    """Let a character that the terminal can't show be written out; a stream that is closed takes all."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None or stream.closed:
            setattr(sys, name, _nowhere())
        else:
            stream.reconfigure(errors="backslashreplace")


def _nowhere() -> IO[str]:
    return Path(os.devnull).open("w", encoding="utf-8")


def abandon() -> None:
    """Whoever read our output has gone: leave nothing that the interpreter would still try to write."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
