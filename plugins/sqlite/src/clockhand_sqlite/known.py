"""What a handle knows of jobs that it read or wrote, for as long as nobody else has written."""

from __future__ import annotations

from itertools import islice
from typing import Final

import attrs

from clockhand.contracts import OpenOccurrence, OpenState, Run, StoredJob, Unreadable

MOST: Final = 8_192
"""How many jobs to know at most, those that came to be known last."""


@attrs.define(eq=False)
class Kept:
    """
    A job as the file has it: the row, all that is open of it, and who may plan it.

    The values in it were handed out, so they are never changed, only replaced.
    """

    id: int
    stored: StoredJob | Unreadable
    executor: str
    """Where it runs by its definition of now."""
    planner: str = ""
    """The owner that may plan it; empty: whoever asks first."""
    token: int = 0
    """The planner's token."""
    opened: dict[str, OpenOccurrence] = attrs.field(factory=dict)
    """What is open, by key; a run whose owner is dead, and that nobody has yet, is running still."""
    orphaned: frozenset[str] = frozenset()
    """The keys of those runs."""
    lost: dict[str, Run] = attrs.field(factory=dict)
    """By key: the run that a dead owner didn't end, until another one has ended."""
    bad: str = ""
    """Why something that is open can't be read, so that nobody knows whether the job is running."""

    def shown(self) -> StoredJob | Unreadable:
        """Return the job with the number of its open occurrences."""
        stored = self.stored
        if isinstance(stored, StoredJob) and stored.open != len(self.opened):
            stored = self.stored = attrs.evolve(stored, open=len(self.opened))
        return stored

    def held(self, key: str, token: int) -> OpenOccurrence | None:
        """Return the occurrence *key* if it runs under *token*: the proof that it is still the caller's."""
        one = self.opened.get(key)
        if one is None or one.state is not OpenState.RUNNING or one.token != token or key in self.orphaned:
            return None
        return one

    def placed(self, one: OpenOccurrence) -> OpenOccurrence:
        """Return an open occurrence as it waits under the definition of now: for whom, and before whom."""
        if isinstance(self.stored, Unreadable):
            return attrs.evolve(one, executor=self.executor)
        return attrs.evolve(one, executor=self.executor, priority=self.stored.job.terms.priority)


class Known:
    """
    Jobs by alias, as the file has them.

    SQLite counts for each connection how often others have written. As long as that number stands still,
    and what this handle wrote was kept, the file holds what this handle knows.
    """

    def __init__(self) -> None:
        self.jobs: dict[str, Kept] = {}
        self._moment: tuple[int, int | None] | None = None

    def begin(self, written: int, by_others: int | None) -> None:
        """
        Begin a transaction: forget what may have changed.

        *written* is how many transactions of this handle were kept so far, *by_others* SQLite's number.
        """
        if self._moment != (written, by_others):
            self.jobs.clear()
        for alias in list(islice(self.jobs, max(0, len(self.jobs) - MOST))):
            del self.jobs[alias]
        self._moment = (written + 1, by_others)
