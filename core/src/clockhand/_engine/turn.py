"""What one turn of a lane did, and what its plans say of the next one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import attrs

from clockhand._model.occurrence import OpenState
from clockhand.contracts.batches import DueJob, Plan

_RUNNING: Final = OpenState.RUNNING
_MIXED: Final = 2
"""As many priorities make an order."""


@attrs.define
class Turn:
    """What one turn did, as of when."""

    at: datetime
    settled: int = 0
    planned: int = 0
    started: int = 0
    conflicts: int = 0
    full: bool = False
    """Whether there may be more that was not handed out, or that can start now."""

    @property
    def moved(self) -> bool:
        """Whether it changed anything, so that another turn at once may find more."""
        return bool(self.planned > self.conflicts or self.started)

    @property
    def again(self) -> bool:
        """Whether another turn at once may do more."""
        return self.full and self.moved


def by_priority(jobs: Sequence[DueJob]) -> Sequence[DueJob]:
    """Return *jobs* in the order in which they are given room: the highest priority first."""
    if len({due.stored.job.terms.priority for due in jobs}) < _MIXED:
        return jobs
    return sorted(jobs, key=lambda due: due.stored.job.terms.priority, reverse=True)


def effect(plans: Iterable[Plan]) -> tuple[int, bool]:
    """
    Return how many plans change anything, and whether any leaves something waiting.

    What waits the next turn may find can start: it had no token, or its wait was over by then.
    """
    moving, waiting = 0, False
    for plan in plans:
        moves = plan.cursor != plan.old_cursor or bool(plan.entries or plan.closed or plan.cancel)
        for one in plan.occurrences:
            if one.state is not _RUNNING:
                waiting = True
                moves = moves or one.state is not OpenState.QUEUED
        moving += moves
    return moving, waiting
