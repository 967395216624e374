"""The garbage collector, spared what it would look at in vain."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

MANY: Final = 1_000
"""From so many new rows on, the collector would go through them again and again while they are made."""

TOO_MANY: Final = 10_000
"""From so many on, even the one look at them afterwards, in vain, takes a tenth of the time."""


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
        if rows >= TOO_MANY and not gc.get_freeze_count():
            # Into its oldest generation, as if it had looked; what the program has frozen would thaw.
            gc.freeze()
            gc.unfreeze()
    finally:
        gc.enable()
