"""The garbage collector, spared what it would look at in vain."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

MANY: Final = 1_000
"""From so many new rows on, the collector would go through them again and again while they are made."""


@contextmanager
def at_rest(rows: int) -> Iterator[None]:
    """
    Let the collector rest while that many rows are made, all of which stay.

    A batch of a million took more than twice as long for each of its jobs as one of a thousand.
    """
    if rows < MANY or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
