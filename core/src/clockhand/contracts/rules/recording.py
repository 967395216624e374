"""What verdicts leave of a job, and the entry for due times that never ran."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from clockhand._model.entry import Entry, What
from clockhand._model.job import Job
from clockhand._model.last import Last
from clockhand._model.occurrence import due_key
from clockhand._model.stored import StoredJob
from clockhand._model.words import RAN, Verdict
from clockhand.contracts.replanning import after_end, follows_end
from clockhand.triggers.timetable import count_due, last_due, next_due


def recorded(existing: StoredJob, entries: Iterable[Entry]) -> StoredJob:
    """
    Return *existing* with `last`, `last_run` and `failed_in_row` as *entries* leave them.

    The cursor too, where the job's timer counts from the end of its last run.
    """
    row, alias = existing, existing.job.alias
    for entry in entries:
        verdict, due, run = entry.verdict, entry.due, entry.run
        if verdict is None or due is None or entry.job != alias:
            continue
        reason = entry.reason if run is None or run.outcome is None else run.outcome.reason
        last = Last(verdict, entry.last or due, entry.at, reason)
        ran = verdict in RAN
        row = StoredJob(
            row.job,
            row.revision,
            row.source,
            row.anchor,
            row.cursor,
            row.reached,
            row.paused,
            row.quarantined,
            last,
            last if ran else row.last_run,
            0 if verdict is _SUCCEEDED else _failed_in_row(row.failed_in_row, verdict),
            row.open,
            row.runs,
        )
    if row is not existing and follows_end(row.job):
        row.cursor = after_end(row)
    return row


_SUCCEEDED: Final = Verdict.SUCCEEDED


def _failed_in_row(before: int, verdict: Verdict) -> int:
    """Count on; what was cancelled, lost or never ran says nothing about the job."""
    return before + (verdict is Verdict.FAILED or verdict is Verdict.TIMED_OUT)


def never_ran(
    job: Job,
    anchor: datetime,
    first: datetime,
    last: datetime,
    verdict: Verdict,
    now: datetime,
    reason: str,
) -> Entry:
    """Return the entry that gives *verdict* to the due times from *first* to *last*."""
    if first == last:
        key = due_key(job.alias, first)
        return Entry(now, What.NEVER_RAN, job.alias, key, first, verdict, None, reason)
    count = _count(job, anchor, first, last)
    return Entry(now, What.NEVER_RAN, job.alias, "", first, verdict, None, reason, last, count)


def _count(job: Job, anchor: datetime, first: datetime, last: datetime) -> int | None:
    if last_due(job, first, first, anchor) == first:
        return count_due(job, first, last, anchor)
    # The first fell due under an earlier definition and is no due time of this one.
    second = next_due(job, first, anchor)
    more = 0 if second is None or second > last else count_due(job, second, last, anchor)
    return None if more is None else more + 1
