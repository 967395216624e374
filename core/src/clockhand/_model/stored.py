"""A job as a silo keeps it, and what can be said of it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from datetime import datetime

    from clockhand._model.job import Job
    from clockhand._model.last import Last


@attrs.frozen
class Paused:
    """Why a job is paused, by whom, and since when."""

    reason: str
    by: str
    since: datetime


@attrs.define
class StoredJob:
    """
    A Job as a silo keeps it. Made with every run, so cheap to make; whoever has one leaves it as it is.

    `cursor` is the next nominal due time that nobody has decided about yet, None when none will
    come. `reached` is the last one that the cursor has passed. `open` counts the occurrences without
    a verdict; it is derived when the row is read.
    """

    job: Job
    revision: int
    source: str
    anchor: datetime
    cursor: datetime | None
    reached: datetime | None = None
    paused: Paused | None = None
    quarantined: str = ""
    """Why the job is in quarantine; empty: it isn't."""
    last: Last | None = None
    last_run: Last | None = None
    """The latest verdict of an occurrence that did run."""
    failed_in_row: int = 0
    """How many occurrences failed since the last one that succeeded."""
    open: int = 0
    runs: int = 0
    """How many of its due times were given a run; counted only where `max_runs` limits them."""

    @property
    def alias(self) -> str:
        """The alias of the job."""
        return self.job.alias

    @property
    def finished(self) -> bool:
        """
        Whether nothing is open and nothing will fall due any more.

        A job that is due at each start of a process is never finished, unless it has had all its runs.
        """
        if self.cursor is not None or self.open:
            return False
        job, most = self.job, self.job.terms.max_runs
        if most is not None and self.runs >= most:
            return True
        return bool(job.missing) or "process_started" not in job.timer.needs


@attrs.frozen
class Unreadable:
    """A row that can't be read: it is in quarantine, byte for byte as it was found."""

    alias: str
    reason: str
    raw: bytes = attrs.field(repr=False)
    source: str = ""
    revision: int = 0
    newer: bool = False
    """Whether a newer clockhand wrote it, so that this one must leave it alone."""


class StatusWord(StrEnum):
    """The words of a job's status, the strongest first."""

    QUARANTINED = "quarantined"
    FINISHED = "finished"
    PAUSED = "paused"
    RUNNING = "running"
    FAILURE = "failure"
    SUCCESS = "success"
    WAITING = "waiting"


@attrs.frozen
class Status:
    """What a job is doing now: one word, and what explains it."""

    word: StatusWord
    reason: str = ""
    by: str = ""
    open: int = 0

    def __str__(self) -> str:
        return f"{self.word} ({self.reason})" if self.reason else str(self.word)


def status(row: StoredJob | Unreadable) -> Status:
    """Return the status of *row*: Quarantined > Finished > Paused > Running > Failure, Success > Waiting."""
    if isinstance(row, Unreadable):
        return Status(StatusWord.QUARANTINED, row.reason)
    if row.quarantined:
        return Status(StatusWord.QUARANTINED, row.quarantined)
    if row.finished:
        return Status(StatusWord.FINISHED, str(row.last.verdict) if row.last else "")
    if row.paused:
        return Status(StatusWord.PAUSED, row.paused.reason, row.paused.by)
    if row.open:
        return Status(StatusWord.RUNNING, open=row.open)
    if row.last_run is None:
        return Status(StatusWord.WAITING)
    if row.last_run.verdict == "succeeded":
        return Status(StatusWord.SUCCESS)
    return Status(StatusWord.FAILURE, row.last_run.reason or str(row.last_run.verdict))


@attrs.frozen
class Change:
    """One field of a job that a new definition changes."""

    field: str
    old: Any
    new: Any
