"""
What a request does to one stored job: pure functions, the same in every silo.

A silo reads the row, asks the rule, writes what it returns, all in one transaction.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import attrs

from clockhand._model.entry import Entry, What
from clockhand._model.job import Job
from clockhand._model.last import Last
from clockhand._model.moments import MICROSECOND
from clockhand._model.occurrence import OpenOccurrence, OpenState, due_key, fired_key
from clockhand._model.run import Outcome, Run
from clockhand._model.stored import Change, Paused, StoredJob, Unreadable
from clockhand._model.words import Result, Verdict
from clockhand.contracts.batches import Added, Changed, Fire, Requested
from clockhand.errors import shown
from clockhand.triggers.timetable import anchor_of, count_due, first_due, last_due, next_due

_FIRED = re.compile(r"[A-Za-z0-9._-]+![A-Za-z0-9._-]{1,128}", re.ASCII)
MOST_HELD = 65_536
"""Bytes of a row that can't be read that go to the ledger when it is replaced."""
_WHEN = frozenset({"triggers", "start_time", "end_time"})


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
        return _missing(alias)
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
    it. Otherwise they count from the last one that was reached, and the next is strictly after now.
    Named moments that have passed are due too, but none up to the last that was reached: it may have
    had its verdict.
    """
    row = attrs.evolve(existing, job=job, revision=existing.revision + 1)
    if not any(change.field in _WHEN for change in difference(existing.job, job)):
        return row
    if existing.cursor is not None and existing.cursor <= now:
        return attrs.evolve(row, anchor=job.start_time or existing.cursor)
    anchor = job.start_time or existing.reached or existing.anchor
    if job.timer.keeps_past and existing.reached is not None:
        cursor = next_due(job, existing.reached, anchor)
    else:
        cursor = first_due(job, now, anchor)
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


def pause(
    existing: StoredJob | Unreadable | None, alias: str, now: datetime, reason: str, by: str
) -> Changed:
    """Return what pausing does: the cursor stands still; paused already is unchanged."""
    if existing is None:
        return _missing(alias)
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
        return _missing(alias)
    if isinstance(existing, Unreadable):
        return Changed(alias, "refused", existing, f"job {alias!r} is in quarantine: {existing.reason}")
    if existing.paused is None:
        return Changed(alias, "unchanged", existing)
    row = attrs.evolve(existing, paused=None)
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
        return _missing(alias)
    if source is not None and existing.source != source:
        return Changed(alias, "refused", existing, declared(existing))
    reason = "the job was removed"
    closed = [
        Entry(now, What.NEVER_RAN, alias, one.key, one.due, Verdict.REMOVED, reason=reason) for one in opened
    ]
    if isinstance(existing, StoredJob) and existing.cursor is not None and existing.cursor <= now:
        closed.append(_overdue(existing, existing.cursor, now, reason))
    return Changed(alias, "done", existing, entries=(*closed, Entry(now, What.JOB_REMOVED, alias)))


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


def release(existing: StoredJob | Unreadable | None, alias: str, now: datetime) -> Changed:
    """Return what releasing from quarantine does; a row that is still unreadable is refused."""
    if existing is None:
        return _missing(alias)
    if isinstance(existing, Unreadable):
        reason = f"job {alias!r} still can't be read: {existing.reason}"
        return Changed(alias, "refused", existing, reason)
    if not existing.quarantined:
        return Changed(alias, "unchanged", existing)
    row = attrs.evolve(existing, quarantined="")
    return Changed(alias, "done", row, entries=(Entry(now, What.JOB_RELEASED, alias),))


def fire(
    existing: StoredJob | Unreadable | None, request: Fire, now: datetime
) -> tuple[Requested, OpenOccurrence | None]:
    """
    Return what asking for a run does: the answer, and the requested occurrence to open unless it is open.

    Refused for a job in quarantine, for a paused one without force, and for a key that isn't
    `alias!` and up to 128 letters, digits, `.`, `_` and `-`: a due time's own key belongs to the timetable.
    """
    alias = request.alias
    if existing is None:
        return Requested("missing", reason=f"no job {alias!r} in this silo"), None
    quarantined = existing.reason if isinstance(existing, Unreadable) else existing.quarantined
    if isinstance(existing, Unreadable) or quarantined:
        return Requested("refused", reason=f"job {alias!r} is in quarantine: {quarantined}"), None
    if existing.paused and not request.force:
        return Requested("refused", reason=f"job {alias!r} is paused; resume it, or fire with force"), None
    key = request.key or fired_key(alias)
    if not _FIRED.fullmatch(key) or not key.startswith(f"{alias}!"):
        reason = f"occurrence: not a key to fire job {alias!r} by, given {shown(key)}; write {alias}!<name>"
        return Requested("refused", reason=reason), None
    executor = existing.job.wanted_executor
    one = OpenOccurrence(key, alias, now, OpenState.REQUESTED, 1, now, executor, forced=request.force)
    return Requested("done", key), one


def recorded(existing: StoredJob, entries: Iterable[Entry]) -> StoredJob:
    """Return *existing* with `last` and `last_run` as *entries* leave them."""
    row = existing
    for entry in entries:
        if entry.verdict is None or entry.due is None or entry.job != row.alias:
            continue
        reason = entry.reason
        if entry.run is not None and entry.run.outcome is not None:
            reason = entry.run.outcome.reason
        last = Last(entry.verdict, entry.last or entry.due, entry.at, reason)
        row = attrs.evolve(row, last=last, last_run=last if entry.verdict.ran else row.last_run)
    return row


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


def cancelled(one: OpenOccurrence, now: datetime, by: str) -> Entry:
    """Return the entry for an occurrence that was cancelled before it was started."""
    outcome = Outcome(Result.CANCELLED, "cancelled", f"cancelled by {by or 'request'} before it started")
    run = Run(one.attempt, "", one.token, one.revision, now, now, outcome)
    return Entry(now, What.RUN_ENDED, one.job, one.key, one.due, Verdict.CANCELLED, run)


def died(one: OpenOccurrence) -> OpenOccurrence:
    """Return a running occurrence as it is once its owner is dead: free, one attempt and one death on."""
    return attrs.evolve(
        one, state=OpenState.PLANNED, attempt=one.attempt + 1, deaths=one.deaths + 1, owner="", started=None
    )


def lost_run(one: OpenOccurrence) -> Run:
    """Return the run of a running occurrence whose owner is dead, for `Claim.lost`."""
    return Run(one.attempt, one.owner, one.token, one.revision, one.started or one.not_before)


def declared(row: StoredJob | Unreadable) -> str:
    """Return why a job of another source is left alone."""
    return f"job {row.alias!r} is declared by {row.source!r}; change it there"


def _updated(now: datetime, diff: tuple[Change, ...], alias: str) -> Entry:
    return Entry(
        now, What.JOB_UPDATED, alias, reason="changed: " + ", ".join(change.field for change in diff)
    )


def _missing(alias: str) -> Changed:
    return Changed(alias, "missing", reason=f"no job {alias!r} in this silo")
