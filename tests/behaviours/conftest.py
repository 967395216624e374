"""Fixtures for the behaviours: a store of either kind, schedulers on it, virtual time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from clockhand import Scheduler
from clockhand.testing.clock import VirtualClock
from clockhand.testing.loop import run_virtual

TESTS = Path(__file__).parent.parent
# The stores that fail on command serve the engine's own tests too, and live there.
sys.path[:0] = [str(TESTS / "behaviours"), str(TESTS / "core" / "_engine")]

from processes import Processes  # noqa: E402
from storeroom import Store  # noqa: E402

Main = Callable[[], Coroutine[Any, Any, Any]]


@pytest.fixture
def clock() -> VirtualClock:
    """A clock that stands at 2026-01-01T00:00:00Z until the virtual loop moves it."""
    return VirtualClock()


@pytest.fixture
def virtual(clock: VirtualClock) -> Callable[[Main], Any]:
    """Run an async function on virtual time and return its result."""
    return lambda main: run_virtual(main(), clock=clock)


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: VirtualClock) -> Store:
    """An empty store, in memory and in a file."""
    return Store(request.param, tmp_path, clock)


@pytest.fixture
def make(store: Store) -> Callable[..., Scheduler]:
    """Make a scheduler on the store and on virtual time, with the defaults unless told otherwise."""
    return store.scheduler


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Processes]:
    """Start a Python program from its text; whatever still runs at the end is killed."""
    processes = Processes(tmp_path)
    yield processes
    processes.kill()


@pytest.fixture
def file(tmp_path: Path) -> Store:
    """A store in a file that real processes share; on real time."""
    return Store("sqlite", tmp_path)
