"""What clockhand-memory offers: a silo and a history that live as long as their process."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from clockhand.contracts import History, Kind, Silo
from clockhand.hookspecs import hookimpl


@attrs.frozen
class MemorySiloOptions:
    """Nothing to choose."""


@attrs.frozen
class MemoryHistoryOptions:
    """Nothing to choose."""


def open_silo(_options: MemorySiloOptions) -> Silo:
    """Return a new, empty silo."""
    from clockhand_memory.store import MemorySilo

    return MemorySilo()


def open_history(_options: MemoryHistoryOptions) -> History:
    """Return a new, empty history."""
    from clockhand_memory.history import MemoryHistory

    return MemoryHistory()


SILO: Kind[Silo] = Kind(
    name="memory",
    summary="jobs in the memory of this process, gone when it ends",
    options=MemorySiloOptions,
    make=open_silo,
)
HISTORY: Kind[History] = Kind(
    name="memory",
    summary="history in the memory of this process, gone when it ends",
    options=MemoryHistoryOptions,
    make=open_history,
)


@hookimpl
def clockhand_silos() -> Iterable[Kind[Silo]]:
    """Offer the silo `memory`."""
    return [SILO]


@hookimpl
def clockhand_histories() -> Iterable[Kind[History]]:
    """Offer the history `memory`."""
    return [HISTORY]
