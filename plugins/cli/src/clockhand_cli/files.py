"""Files that a command reads and writes: `-` is a stream; what is written is there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from pathlib import Path
from typing import Final

from clockhand_cli.text import cut

STREAM: Final = Path("-")
MAX_BYTES: Final = 1 << 30
"""More than any snapshot; a device given by mistake doesn't fill the memory."""


def read(path: Path) -> bytes:
    """Return what is in the file at *path*, or on stdin for `-`; ConfigError says why it can't be read."""
    from clockhand.errors import ConfigError, shown

    try:
        if path == STREAM:
            found = sys.stdin.buffer.read(MAX_BYTES + 1) if sys.stdin is not None else b""
        else:
            with path.open("rb") as file:
                found = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(
            f"{name(path)}: can't be read: {error.strerror}, given {shown(str(path))}"
        ) from error
    if len(found) > MAX_BYTES:
        raise ConfigError(f"{name(path)}: more than {MAX_BYTES:,} bytes")
    return found


def name(path: Path) -> str:
    """Return how messages call the file at *path*."""
    return "stdin" if path == STREAM else cut(path.name or str(path))


def write_private(path: Path, text: str) -> None:
    """
    Put *text* into the file at *path*, whole or not at all, readable by its owner only.

    What is there already is replaced; a device or a pipe is written to. OSError, which names *path*, if
    it can't be.
    """
    try:
        _write_private(Path(os.path.realpath(path)), text)
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise


def _write_private(path: Path, text: str) -> None:
    if path.exists() and not path.is_file():
        path.write_text(text, "utf-8")
        return
    number, made = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(made).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(made).unlink()
        raise
