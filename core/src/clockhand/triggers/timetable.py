"""A job's own due times: its timer, inside start_time and end_time, counted from its anchor."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from clockhand._model.moments import EPOCH, MICROSECOND
from clockhand._model.protocols import Facts
from clockhand.errors import DefinitionError

if TYPE_CHECKING:
    from clockhand._model.job import Job

_BEGINNING = EPOCH.replace(year=1)


@lru_cache(8)
def _floored(now: datetime) -> datetime:
    """Return *now* to the second; jobs that are added together share it."""
    return now.replace(microsecond=0)


def anchor_of(job: Job, now: datetime) -> datetime:
    """Return the anchor of a job that is added at *now*: start_time, else now floored to the second."""
    return job.start_time or _floored(now)


def first_due(job: Job, now: datetime, anchor: datetime) -> datetime | None:
    """Return the first due time of a job added at *now*: after now, unless the timer keeps the past."""
    return next_due(job, _BEGINNING if job.timer.keeps_past else now, anchor)


def next_due(
    job: Job,
    moment: datetime,
    anchor: datetime,
    *,
    last_end: datetime | None = None,
    process_started: datetime | None = None,
) -> datetime | None:
    """
    Return the job's first due time strictly later than *moment*, or None.

    *last_end* and *process_started* are for the timers that need them.
    """
    known = Facts(anchor=anchor, alias=job.alias, last_end=last_end, process_started=process_started)
    return _next(job, moment, known)


def _next(job: Job, moment: datetime, known: Facts) -> datetime | None:
    if job.start_time is not None and moment < job.start_time:
        moment = job.start_time - MICROSECOND
    due = job.timer.next_after(moment, known)
    if due is not None and due <= moment:
        raise DefinitionError(f"triggers: {job.timer!r} says {due} follows {moment}, which is not later")
    if due is None or (job.end_time is not None and due > job.end_time):
        return None
    return due


def last_due(job: Job, moment: datetime, since: datetime, anchor: datetime) -> datetime | None:
    """Return the job's last due time in the closed range from *since* to *moment*, or None."""
    return _last(job, moment, since, facts(job, anchor))


def _last(job: Job, moment: datetime, since: datetime, known: Facts) -> datetime | None:
    if job.end_time is not None and job.end_time < moment:
        moment = job.end_time
    if job.start_time is not None and since < job.start_time:
        since = job.start_time
    if moment < since:
        return None
    due = job.timer.last_before(moment, since=since, facts=known)
    if due is not None and not since <= due <= moment:
        raise DefinitionError(f"triggers: {job.timer!r} says {due} is the last from {since} to {moment}")
    return due


def count_due(job: Job, first: datetime, last: datetime, anchor: datetime) -> int | None:
    """Return how many due times lie in the closed range of two due times, None where that isn't known."""
    if first == last:
        return 1
    return job.timer.count(first, last, facts(job, anchor))


def facts(job: Job, anchor: datetime) -> Facts:
    """Return the facts that the job's timer is asked with."""
    return Facts(anchor=anchor, alias=job.alias)


def fallen(job: Job, first: datetime, now: datetime, anchor: datetime) -> tuple[datetime, datetime | None]:
    """
    Return the last due time up to *now*, and the next after it, of a job whose cursor *first* has come.

    *first* itself counts, also where an earlier definition of the job put it. A DefinitionError or
    TypeError says what the timer answered that can't be.
    """
    known = Facts(anchor=anchor, alias=job.alias)
    following = _next(job, first, known)
    if following is None or following > now:
        return first, following
    latest = _last(job, now, first, known) or first
    if latest == first:
        return first, following
    return latest, _next(job, latest, known)


def upcoming(job: Job, moment: datetime, anchor: datetime, limit: int) -> list[datetime]:
    """Return up to *limit* due times strictly later than *moment*, in order."""
    found: list[datetime] = []
    due = next_due(job, moment, anchor)
    while due is not None and len(found) < limit:
        found.append(due)
        due = next_due(job, due, anchor)
    return found


def floor_to(moment: datetime, zero: datetime, period: timedelta) -> datetime:
    """Return the last moment not later than *moment* that lies a whole number of periods from *zero*."""
    return moment - (moment - zero) % period
