"""The states of a scheduler and the moves between them, in one table."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from clockhand.errors import StateError


class SchedulerState(StrEnum):
    """Where a scheduler is in its life. Degraded is health, not a state."""

    UNINITIALIZED = "uninitialized"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    STOPPED = "stopped"


_S = SchedulerState

MOVES: Final[dict[SchedulerState, frozenset[SchedulerState]]] = {
    _S.UNINITIALIZED: frozenset({_S.STARTING}),
    _S.STARTING: frozenset({_S.RUNNING, _S.STOPPING}),
    _S.RUNNING: frozenset({_S.PAUSED, _S.STOPPING}),
    _S.PAUSED: frozenset({_S.RUNNING, _S.STOPPING}),
    _S.STOPPING: frozenset({_S.STOPPED}),
    _S.STOPPED: frozenset(),
}
"""Which state may follow which; the docs' diagram says the same, and a test holds it to that."""


def moved(old: SchedulerState, new: SchedulerState) -> SchedulerState:
    """Return *new* if it may follow *old*, else raise a StateError."""
    if new not in MOVES[old]:
        raise StateError(f"scheduler: it is {old}, so it can't become {new}")
    return new
