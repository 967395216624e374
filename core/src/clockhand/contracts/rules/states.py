"""What pausing, resuming, removing, releasing and planning anew do to a job."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import attrs

from clockhand._model.entry import Entry, What
from clockhand._model.moments import MICROSECOND
from clockhand._model.occurrence import OpenOccurrence, OpenState
from clockhand._model.stored import Paused, StoredJob, Unreadable
from clockhand._model.words import Verdict
from clockhand.contracts.batches import Changed
from clockhand.contracts.replanning import replanned
from clockhand.contracts.rules.answers import declared, missing
from clockhand.contracts.rules.occurrences import stopped
from clockhand.contracts.rules.recording import never_ran, recorded
from clockhand.triggers.timetable import last_due, next_due


def pause(
    existing: StoredJob | Unreadable | None, alias: str, now: datetime, reason: str, by: str
) -> Changed:
    """Return what pausing does: the cursor stands still; paused already is unchanged."""
    if existing is None:
        return missing(alias)
    if isinstance(existing, Unreadable):
        return Changed(alias, "refused", existing, f"job {alias!r} is in quarantine: {existing.reason}")
    if existing.paused is not None:
        return Changed(alias, "unchanged", existing)
    row = attrs.evolve(existing, paused=Paused(reason, by, now))
    return Changed(alias, "done", row, entries=(Entry(now, What.JOB_PAUSED, alias, reason=reason),))


def resume(
    existing: StoredJob | Unreadable | None, alias: str, now: datetime, run: Literal["latest"] | None
) -> Changed:
    """
    Return what resuming does: what fell due meanwhile becomes one range with the verdict paused.

    With run="latest" the last of them is left at the cursor, to be run now.
    """
    if existing is None:
        return missing(alias)
    if isinstance(existing, Unreadable):
        return Changed(alias, "refused", existing, f"job {alias!r} is in quarantine: {existing.reason}")
    if existing.paused is None:
        return Changed(alias, "unchanged", existing)
    row = attrs.evolve(existing, paused=None, failed_in_row=0)
    resumed = Entry(now, What.JOB_RESUMED, alias)
    if row.cursor is None or row.cursor > now:
        return Changed(alias, "done", row, entries=(resumed,))
    job, anchor, first = row.job, row.anchor, row.cursor
    latest = last_due(job, now, first, anchor) or first
    last: datetime | None = latest
    cursor: datetime | None = next_due(job, latest, anchor)
    if run == "latest":
        last = last_due(job, latest - MICROSECOND, first, anchor)
        cursor = latest
        if last is None and latest > first:
            last = first
    if last is None:
        return Changed(alias, "done", row, entries=(resumed,))
    skipped = never_ran(job, anchor, first, last, Verdict.PAUSED, now, "the job was paused")
    row = recorded(attrs.evolve(row, cursor=cursor, reached=last), (skipped,))
    return Changed(alias, "done", row, entries=(resumed, skipped))


def remove(
    existing: StoredJob | Unreadable | None,
    alias: str,
    opened: Sequence[OpenOccurrence],
    now: datetime,
    source: str | None,
) -> Changed:
    """
    Return what removing does: another source's job stays.

    What is open, and what has fallen due without being decided about, gets the verdict removed.
    """
    if existing is None:
        return missing(alias)
    if source is not None and existing.source != source:
        return Changed(alias, "refused", existing, declared(existing))
    reason = "the job was removed"
    closed = [_closed(one, now, reason) for one in opened]
    if isinstance(existing, StoredJob) and existing.cursor is not None and existing.cursor <= now:
        closed.append(_overdue(existing, existing.cursor, now, reason))
    return Changed(alias, "done", existing, entries=(*closed, Entry(now, What.JOB_REMOVED, alias)))


def _closed(one: OpenOccurrence, now: datetime, reason: str) -> Entry:
    if one.state is not OpenState.RUNNING:
        return Entry(now, What.NEVER_RAN, one.job, one.key, one.due, Verdict.REMOVED, reason=reason)
    return Entry(now, What.RUN_ENDED, one.job, one.key, one.due, Verdict.REMOVED, stopped(one, now, reason))


def _overdue(row: StoredJob, first: datetime, now: datetime, reason: str) -> Entry:
    try:
        last = last_due(row.job, now, first, row.anchor) or first
        return never_ran(row.job, row.anchor, first, last, Verdict.REMOVED, now, reason)
    except Exception:  # noqa: BLE001 - a timer that raises, or isn't here, can't keep a job from being removed
        return Entry(
            now,
            What.NEVER_RAN,
            row.alias,
            due=first,
            verdict=Verdict.REMOVED,
            reason=reason,
            last=now,
            count=None,
        )


def replan(
    existing: StoredJob | Unreadable | None, alias: str, now: datetime, *, started: bool, stepped: timedelta
) -> Changed:
    """
    Return what planning a job anew does: see `replanning.replanned`; what can't be read stays as it is.

    After a step back `brought_near` says what becomes of each of its occurrences that waits.
    """
    if existing is None:
        return missing(alias)
    if isinstance(existing, Unreadable):
        return Changed(alias, "unchanged", existing)
    row = replanned(existing, now, started=started, stepped=stepped)
    return Changed(alias, "unchanged" if row is existing else "done", row)


def release(existing: StoredJob | Unreadable | None, alias: str, now: datetime) -> Changed:
    """Return what releasing from quarantine does; a row that is still unreadable is refused."""
    if existing is None:
        return missing(alias)
    if isinstance(existing, Unreadable):
        reason = f"job {alias!r} still can't be read: {existing.reason}"
        return Changed(alias, "refused", existing, reason)
    if not existing.quarantined:
        return Changed(alias, "unchanged", existing)
    row = attrs.evolve(existing, quarantined="")
    return Changed(alias, "done", row, entries=(Entry(now, What.JOB_RELEASED, alias),))
