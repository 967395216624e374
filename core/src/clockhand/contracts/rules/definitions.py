"""What declaring or changing a job does to the one that is there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs

from clockhand._model.entry import Entry, What
from clockhand._model.job import Job
from clockhand._model.stored import Change, StoredJob, Unreadable
from clockhand.contracts.batches import Added, Changed
from clockhand.contracts.replanning import spent
from clockhand.contracts.rules.answers import declared, missing
from clockhand.triggers.timetable import anchor_of, first_due, next_due

MOST_HELD = 65_536
"""Bytes of a row that can't be read that go to the ledger when it is replaced."""
_WHEN = frozenset({"triggers", "start_time", "end_time", "max_runs"})


def admit(
    job: Job, existing: StoredJob | Unreadable | None, now: datetime, source: str
) -> tuple[Added, tuple[Entry, ...]]:
    """
    Return what declaring *job* does: the answer, whose `job` is the row to be, and the entries.

    Nothing of that alias: created. Another source's: refused. The same definition: unchanged, phase,
    pause and history kept. Else updated, with the difference. A row that can't be read gives way to
    its own source's new definition, planned anew, and what it held goes to the ledger; not so a row
    of a newer clockhand, which is refused.
    """
    if existing is None:
        anchor = anchor_of(job, now)
        row = StoredJob(job, 1, source, anchor, first_due(job, now, anchor))
        return Added(job.alias, "created", row), (Entry(now, What.JOB_ADDED, job.alias, reason=source),)
    if existing.source != source:
        return Added(job.alias, "refused", existing, owner=existing.source), ()
    if isinstance(existing, Unreadable):
        return _replaced(job, existing, now)
    diff = difference(existing.job, job)
    if not diff:
        return Added(job.alias, "unchanged", existing), ()
    row = redefined(existing, job, now)
    return Added(job.alias, "updated", row, diff), (_updated(now, diff, job.alias),)


def _replaced(job: Job, existing: Unreadable, now: datetime) -> tuple[Added, tuple[Entry, ...]]:
    if existing.newer:
        return Added(job.alias, "refused", existing, owner=existing.source), ()
    anchor = anchor_of(job, now)
    row = StoredJob(job, existing.revision + 1, existing.source, anchor, first_due(job, now, anchor))
    held = existing.raw[:MOST_HELD].decode("utf-8", "backslashreplace")
    reason = f"declared anew in place of what could not be read ({existing.reason}): {held}"
    entries = Entry(now, What.JOB_RELEASED, job.alias), Entry(now, What.JOB_UPDATED, job.alias, reason=reason)
    return Added(job.alias, "updated", row), entries


def amend(
    existing: StoredJob | Unreadable | None,
    alias: str,
    revision: int,
    job: Job,
    now: datetime,
    source: str,
) -> Changed:
    """Return what modify_jobs does to one job: refused for another revision, alias or source."""
    if existing is None:
        return missing(alias)
    if isinstance(existing, Unreadable):
        return Changed(alias, "refused", existing, f"job {alias!r} is in quarantine: {existing.reason}")
    if existing.source != source:
        return Changed(alias, "refused", existing, declared(existing))
    if existing.revision != revision:
        reason = f"job {alias!r} has changed: it is at revision {existing.revision}, you had {revision}"
        return Changed(alias, "refused", existing, reason)
    if job.alias != alias:
        return Changed(alias, "refused", existing, f"alias: job {alias!r} can't be renamed to {job.alias!r}")
    diff = difference(existing.job, job)
    if not diff:
        return Changed(alias, "unchanged", existing)
    return Changed(alias, "done", redefined(existing, job, now), entries=(_updated(now, diff, alias),))


def redefined(existing: StoredJob, job: Job, now: datetime) -> StoredJob:
    """
    Return *existing* with the definition *job*: one revision on, and planned anew if its times changed.

    An overdue cursor stays, for that due time is still owed a verdict, and the new times count from
    it. Otherwise they count from the last one that was reached, and the next is strictly after that
    and after now: a clock that was set back doesn't bring back what has had its verdict. Named
    moments that have passed are due too, but none up to the last that was reached.
    """
    row = attrs.evolve(existing, job=job, revision=existing.revision + 1)
    if not any(change.field in _WHEN for change in difference(existing.job, job)):
        return row
    if spent(row):
        return attrs.evolve(row, cursor=None)
    if existing.cursor is not None and existing.cursor <= now:
        return attrs.evolve(row, anchor=job.start_time or existing.cursor)
    anchor = job.start_time or existing.reached or existing.anchor
    if existing.reached is None:
        cursor = first_due(job, now, anchor)
    else:
        since = existing.reached if job.timer.keeps_past else max(now, existing.reached)
        last_end = None if existing.last is None else existing.last.at
        cursor = next_due(job, since, anchor, last_end=last_end)
    return attrs.evolve(row, anchor=anchor, cursor=cursor)


def difference(old: Job, new: Job) -> tuple[Change, ...]:
    """Return the fields in which two jobs differ."""
    names = (field.name for field in attrs.fields(Job))
    pairs = ((name, getattr(old, name), getattr(new, name)) for name in names)
    return tuple(Change(name, a, b) for name, a, b in pairs if not _same(a, b))


def _same(a: Any, b: Any) -> bool:
    """Say whether two values are equal and stay so as JSON: to Python, True equals 1."""
    if a != b or isinstance(a, bool) is not isinstance(b, bool):
        return False
    if isinstance(a, Mapping):
        return all(_same(value, b[key]) for key, value in a.items())
    if isinstance(a, list | tuple):
        return all(map(_same, a, b))
    if attrs.has(type(a)):
        return all(
            _same(getattr(a, one.name), getattr(b, one.name)) for one in attrs.fields(type(a)) if one.eq
        )
    return True


def _updated(now: datetime, diff: tuple[Change, ...], alias: str) -> Entry:
    return Entry(
        now, What.JOB_UPDATED, alias, reason="changed: " + ", ".join(change.field for change in diff)
    )
