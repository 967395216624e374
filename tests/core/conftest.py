"""Fixtures for tests of core: virtual time, and schedulers on it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from clockhand import Scheduler, Timing, use
from clockhand.testing.clock import VirtualClock
from clockhand.testing.loop import run_virtual

Main = Callable[[], Coroutine[Any, Any, Any]]


@pytest.fixture
def clock() -> VirtualClock:
    """A clock that stands at 2026-01-01T00:00:00Z until the virtual loop moves it."""
    return VirtualClock()


@pytest.fixture
def virtual(clock: VirtualClock) -> Callable[[Main], Any]:
    """Run an async function on virtual time and return its result."""
    return lambda main: run_virtual(main(), clock=clock)


@pytest.fixture
def make(clock: VirtualClock) -> Callable[..., Scheduler]:
    """Make a scheduler on virtual time: in memory, polling once a minute, unless told otherwise."""

    def made(**options: Any) -> Scheduler:
        options.setdefault("timing", Timing(poll="60s"))
        options.setdefault("silo", use("memory"))
        return Scheduler(clock=clock, **options)

    return made
