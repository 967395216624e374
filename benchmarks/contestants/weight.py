"""What adding makes a process heavier by, as tracemalloc counts it: every byte that Python allocates."""

from __future__ import annotations

import gc
import tracemalloc


class Weight:
    """Weighs from its making on."""

    def __init__(self) -> None:
        gc.collect()
        tracemalloc.start()

    def now(self) -> int:
        """Return how many bytes are held that weren't before."""
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
