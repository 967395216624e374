"""Standard streams that a work can't close for everybody else."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def kept_open() -> Iterator[None]:
    """
    Let close() of standard output and error only flush them, meanwhile.

    A closed one fails every print of every other job, and its number goes to the next file that is
    opened, which then gets what was meant for the terminal.
    """
    kept = []
    for stream in {id(one): one for one in (sys.stdout, sys.stderr)}.values():
        # There may be none, or one of somebody's own making that takes no attribute.
        with contextlib.suppress(AttributeError, TypeError):
            if "close" not in vars(stream):
                stream.close = stream.flush  # type: ignore[method-assign]
                kept.append(stream)
    try:
        yield
    finally:
        for stream in kept:
            with contextlib.suppress(AttributeError):
                del stream.close
