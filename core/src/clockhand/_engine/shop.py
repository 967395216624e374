"""What all lanes of one scheduler share."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

import attrs

from clockhand._clock import Clock
from clockhand._engine.gates import Gates
from clockhand._engine.loopwatch import LoopWatch
from clockhand._engine.pool import Pool
from clockhand._engine.shares import Shares
from clockhand._engine.teller import Teller
from clockhand._model.timing import Timing


@attrs.define
class Shop:
    """The clock, the executors, the listeners and the settings of one scheduler."""

    clock: Clock
    pool: Pool
    teller: Teller
    timing: Timing
    node: str
    logger: logging.Logger
    works: Callable[[], frozenset[str]]
    """The work keys that this process can run."""
    shares: Shares
    gates: Gates
    """Who may veto a run."""
    loopwatch: LoopWatch
    paused: bool = False

    def now(self) -> datetime:
        """Return the local wall-clock time."""
        return self.clock.now()
