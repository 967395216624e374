"""What a child hears while it is busy: that its run is to end, and that its parent is gone."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from clockhand.executors.process.setup import Setup

GLANCE: Final = 5.0
"""
How often, in seconds, a child looks whether its parent is still the same.

The end of the pipe tells at once, unless a fork of the parent holds it open.
"""
FAREWELL: Final = 2.0
"""How many seconds a run has to clean up once the parent is gone."""


class Cancellable(Protocol):
    """Who hears of it."""

    def cancel(self, run: int) -> None:
        """Ask *run* to end, now or when it comes."""
        ...

    def orphaned(self) -> bool:
        """Hear that the parent is gone; say whether there is a run."""
        ...


class Watcher(threading.Thread):
    """
    The thread that listens. A parent that is gone ends the child and all that it started.

    Whoever takes the parent's work over must not find it still being done here.
    """

    def __init__(self, setup: Setup, hearer: Cancellable) -> None:
        super().__init__(name="clockhand-watcher", daemon=True)
        self._cancels = setup.cancels
        self._parent = setup.parent
        self._hearer = hearer

    def run(self) -> None:
        """Listen until the parent is gone."""
        try:
            while os.getppid() == self._parent:
                if self._cancels.poll(GLANCE):
                    self._hearer.cancel(int(self._cancels.recv_bytes()))
        except (EOFError, OSError):
            pass
        if self._hearer.orphaned():
            os.killpg(0, signal.SIGTERM)
            time.sleep(FAREWELL)
        os.killpg(0, signal.SIGKILL)
