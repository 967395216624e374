"""Time that a test moves: nobody waits for it, and it stands still while somebody holds it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Final

from clockhand._model.moments import utc

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""When virtual time begins unless a test says otherwise."""


class VirtualClock:
    """
    A Clock whose time passes only when it is moved: by a VirtualLoop, or by `advance` in a test without one.

    Wall-clock time begins at *start*, monotonic time at zero. Safe to use from several threads.
    """

    def __init__(self, start: datetime = START) -> None:
        self._wall = utc(start, "start")
        self._elapsed = 0.0
        self._holders = 0
        self._lock = threading.Lock()
        self._wake: Callable[[], None] | None = None

    def now(self) -> datetime:
        """Return the virtual wall-clock time in UTC, to the microsecond."""
        return self._wall + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        """Return how many virtual seconds have passed; `step` doesn't change them."""
        return self._elapsed

    def hold(self) -> AbstractContextManager[None]:
        """Return a context manager: no loop moves the time while anybody, in any thread, is inside one."""
        return _Hold(self._take, self._let_go)

    @property
    def held(self) -> bool:
        """Whether anybody holds the clock."""
        return self._holders > 0

    def step(self, by: timedelta) -> None:
        """Set the wall clock *by* forward, or back; monotonic time doesn't notice."""
        with self._lock:
            self._wall += by

    def advance(self, seconds: float) -> None:
        """Let *seconds* pass, on the wall clock and the monotonic one, whoever holds them."""
        if not seconds >= 0:
            raise ValueError(f"seconds: time does not go back, given {seconds}; step() sets the wall clock")
        with self._lock:
            self._elapsed += seconds

    def attach(self, wake: Callable[[], None]) -> None:
        """Call *wake*, in the thread of whoever lets go last, when nobody holds the clock any more."""
        if self._wake is not None:
            raise RuntimeError(
                "clock: already moved by another event loop; give each loop a clock of its own"
            )
        self._wake = wake

    def detach(self) -> None:
        """Forget what `attach` was given."""
        self._wake = None

    def __repr__(self) -> str:
        return f"<VirtualClock {self.now().isoformat()}{' held' if self.held else ''}>"

    def _take(self) -> None:
        with self._lock:
            self._holders += 1

    def _let_go(self) -> None:
        with self._lock:
            self._holders -= 1
            wake = None if self._holders else self._wake
        if wake is not None:
            wake()


class _Hold(AbstractContextManager[None]):
    """One holder of a clock; has no state of its own, so it may be entered again."""

    __slots__ = ("_let_go", "_take")

    def __init__(self, take: Callable[[], None], let_go: Callable[[], None]) -> None:
        self._take = take
        self._let_go = let_go

    def __enter__(self) -> None:
        self._take()

    def __exit__(self, *_error: object) -> None:
        self._let_go()
