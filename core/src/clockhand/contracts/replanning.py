"""
When a job's next due time is another one although its definition is the same: pure functions.

A run has ended, a process has begun, the clock was set back, or all the runs that may be have been.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import attrs

from clockhand._model.job import Job
from clockhand._model.moments import MICROSECOND
from clockhand._model.occurrence import OpenOccurrence, OpenState
from clockhand._model.protocols import Timer
from clockhand._model.stored import StoredJob
from clockhand.triggers import AfterCompletion, Every
from clockhand.triggers.timetable import next_due

WAITS_FOR_THE_WALL: Final = timedelta(hours=3)
"""
So far back the clock may be set without any wall-clock time coming twice: the next is awaited.

As Debian's cron has it; see cron(8).
"""


def follows_end(job: Job) -> bool:
    """Say whether the job's next due time depends on when its last run ended."""
    return not job.missing and "last_end" in job.timer.needs


def follows_start(job: Job) -> bool:
    """Say whether the job is due when a process begins."""
    return not job.missing and "process_started" in job.timer.needs


def spent(row: StoredJob) -> bool:
    """Say whether the job has had as many runs as it may have."""
    most = row.job.terms.max_runs
    return most is not None and row.runs >= most


def after_end(row: StoredJob) -> datetime | None:
    """
    Return the cursor of a job whose occurrence has its verdict by now: its last end may call for another.

    A due time that is there already stays, unless that one is sooner. What the timer raises changes nothing.
    """
    if row.last is None or not follows_end(row.job) or spent(row):
        return row.cursor
    since = row.reached or row.anchor - MICROSECOND
    try:
        due = next_due(row.job, since, row.anchor, last_end=row.last.at)
    except Exception:  # noqa: BLE001 - the end of a run goes on record whatever a timer does
        return row.cursor
    return _sooner(row.cursor, due)


def replanned(row: StoredJob, now: datetime, *, started: bool, stepped: timedelta) -> StoredJob:
    """
    Return the job planned anew, the same value where nothing has to be.

    *started*: a process begins to run the silo now. *stepped*: so far the clock was set back. Elapsed
    time goes on from now where the next due time is more than a period away; the wall clock is awaited,
    or, set back by more than three hours, gone by again. A paused job stands still, and what is overdue
    is owed. What the timer raises changes nothing.
    """
    if row.paused is not None or row.quarantined or row.job.missing or spent(row):
        return row
    if row.cursor is not None and row.cursor <= now:
        return row
    try:
        return _replanned(row, now, started=started, stepped=stepped)
    except Exception:  # noqa: BLE001 - it is asked again when the job is due, and then paused with the reason
        return row


def brought_near(job: Job, one: OpenOccurrence, now: datetime) -> OpenOccurrence:
    """
    Return what waits, after a step back, to start no later than anything can put it off from now on.

    That is the job's spread and jitter, or the wait of its retries. Asked again, it changes nothing.
    """
    if one.state is OpenState.RUNNING:
        return one
    terms = job.terms
    most = timedelta()
    if one.state is OpenState.PLANNED:
        most = terms.spread + terms.jitter
        if one.failures and terms.retries is not None:
            most = terms.retries.wait(one.key, one.failures)
    return one if one.not_before <= now + most else attrs.evolve(one, not_before=now + most)


def _replanned(row: StoredJob, now: datetime, *, started: bool, stepped: timedelta) -> StoredJob:
    job, cursor = row.job, row.cursor
    if cursor is not None:
        if _too_far(job, cursor, now):
            row = _from_now_on(row, cursor, now)
        elif stepped > WAITS_FOR_THE_WALL and not job.timer.keeps_past:
            # Counted from the moment it was added, it would count from one that has not come yet.
            anchor = row.anchor if job.start_time is not None else min(row.anchor, now)
            row = _moved(row, _sooner(cursor, next_due(job, now, anchor)), anchor)
    if started and follows_start(job):
        due = next_due(job, now - MICROSECOND, row.anchor, process_started=now)
        cursor = _sooner(row.cursor, due)
        if cursor != row.cursor:
            row = attrs.evolve(row, cursor=cursor)
    return row


def _from_now_on(row: StoredJob, cursor: datetime, now: datetime) -> StoredJob:
    timer = row.job.timer
    if isinstance(timer, AfterCompletion):
        return _moved(row, now + timer.delay, row.anchor)
    anchor = _off_the_grid(now, cursor, timer)
    return _moved(row, next_due(row.job, anchor, anchor), anchor)


def _moved(row: StoredJob, cursor: datetime | None, anchor: datetime) -> StoredJob:
    """Return the job with another cursor, from which it is counted what was reached."""
    return row if cursor == row.cursor else attrs.evolve(row, cursor=cursor, anchor=anchor, reached=None)


def _off_the_grid(now: datetime, cursor: datetime, timer: Timer) -> datetime:
    """Return *now*, or a microsecond more where the due times that have been would come again from there."""
    aligned = isinstance(timer, Every) and not (cursor - now) % timer.period
    return now + MICROSECOND if aligned else now


def _too_far(job: Job, cursor: datetime, now: datetime) -> bool:
    """Say whether *cursor* is further away than elapsed time can put it."""
    if job.start_time is not None and job.start_time > now:
        return False
    timer = job.timer
    if isinstance(timer, AfterCompletion):
        return cursor - now > timer.delay
    # Named by its author, an anchor stays, and with it the due times that have been.
    return isinstance(timer, Every) and timer.anchor is None and cursor - now > timer.period


def _sooner(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return min(one, other)
