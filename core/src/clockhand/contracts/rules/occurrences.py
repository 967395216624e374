"""What becomes of occurrences: asked for, restored, let go, cancelled, left by the dead."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

import attrs

from clockhand._model.entry import Entry, What
from clockhand._model.job import Job
from clockhand._model.occurrence import OpenOccurrence, OpenState, fired_key
from clockhand._model.run import Outcome, Run
from clockhand._model.stored import StoredJob, Unreadable
from clockhand._model.words import Delivery, Result, Verdict
from clockhand.contracts.batches import Added, Fire, Requested
from clockhand.contracts.rules.recording import recorded
from clockhand.errors import shown

_FIRED = re.compile(r"[A-Za-z0-9._-]+![A-Za-z0-9._-]{1,128}", re.ASCII)


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
    priority = existing.job.terms.priority
    one = OpenOccurrence(
        key,
        alias,
        now,
        OpenState.REQUESTED,
        1,
        now,
        executor,
        forced=request.force,
        priority=priority,
        watched=request.watch,
    )
    return Requested("done", key), one


def restore(
    row: StoredJob,
    opened: Iterable[OpenOccurrence],
    existing: StoredJob | Unreadable | None,
    now: datetime,
    *,
    merge: bool,
) -> tuple[Added, tuple[OpenOccurrence, ...], tuple[Entry, ...]]:
    """
    Return what putting a job of a snapshot back does: the answer, the occurrences to open, the entries.

    A job that exists wins over the snapshot. What was running then has no owner now, so it is as if
    its owner had died: it comes again as the next attempt or, delivered at most once, is lost. What
    waits does so as the job says now; occurrences of another job are left out.
    """
    if existing is not None:
        what: Literal["unchanged", "refused"] = "unchanged" if merge else "refused"
        return Added(row.alias, what, existing, owner=existing.source), (), ()
    entries = [Entry(now, What.JOB_ADDED, row.alias, reason=f"restored: {row.source}")]
    made: dict[str, OpenOccurrence] = {}
    executor, priority = row.job.wanted_executor, row.job.terms.priority
    for one in opened:
        if one.job != row.alias or re.split("[@!]", one.key, maxsplit=1)[0] != row.alias:
            continue
        if one.state is not OpenState.RUNNING or row.job.terms.delivery is Delivery.AT_LEAST_ONCE:
            waits = died(one) if one.state is OpenState.RUNNING else one
            made[one.key] = attrs.evolve(
                waits, owner="", token=0, cancel=False, executor=executor, priority=priority
            )
        else:
            outcome = Outcome(Result.LOST, "owner-died", "it was running when the snapshot was made")
            run = attrs.evolve(lost_run(one), ended=now, outcome=outcome)
            entries.append(Entry(now, What.RUN_ENDED, one.job, one.key, one.due, Verdict.LOST, run))
    stored = attrs.evolve(recorded(row, entries), revision=1, open=len(made))
    return Added(row.alias, "created", stored), tuple(made.values()), tuple(entries)


def next_in_line(job: Job, opened: Iterable[OpenOccurrence]) -> list[OpenOccurrence]:
    """
    Return the queued occurrences of a job, among all its open ones, that need wait no longer: requested now.

    Every verb of a silo that writes or closes an occurrence of a job, or its definition, asks this
    afterwards and writes the answer, so that nothing is queued behind what has ended.
    """
    waiting, busy = [], 0
    for one in opened:
        if one.state is OpenState.QUEUED:
            waiting.append(one)
        else:
            busy += 1
    most = job.terms.max_running
    free = len(waiting) if most is None else max(0, most - busy)
    waiting.sort(key=lambda one: (one.due, one.key))
    return [attrs.evolve(one, state=OpenState.REQUESTED) for one in waiting[:free]]


def cancelled(one: OpenOccurrence, now: datetime, by: str) -> Entry:
    """Return the entry for an occurrence that was cancelled before it was started."""
    outcome = Outcome(Result.CANCELLED, "cancelled", f"cancelled by {by or 'request'} before it started")
    run = Run(one.attempt, "", one.token, one.revision, now, now, outcome)
    return Entry(now, What.RUN_ENDED, one.job, one.key, one.due, Verdict.CANCELLED, run)


def leased_until(until: datetime, lease: timedelta, now: datetime) -> datetime:
    """
    Return until when an owner's lease runs, seen at *now*: a lease from now if it is two of them away.

    Nobody beats so far ahead: the clock was set back, and who lives will say so.
    """
    return now + lease if until > now + 2 * lease else until


def died(one: OpenOccurrence) -> OpenOccurrence:
    """Return a running occurrence as it is once its owner is dead: free, one attempt and one death on."""
    return attrs.evolve(
        one, state=OpenState.PLANNED, attempt=one.attempt + 1, deaths=one.deaths + 1, owner="", started=None
    )


def stopped(one: OpenOccurrence, now: datetime, reason: str) -> Run:
    """Return the run of a running occurrence whose job was removed: whoever has it is told to end it."""
    return attrs.evolve(lost_run(one), ended=now, outcome=Outcome(Result.CANCELLED, "removed", reason))


def lost_run(one: OpenOccurrence) -> Run:
    """Return the run of a running occurrence whose owner is dead, for `Claim.lost`."""
    return Run(one.attempt, one.owner, one.token, one.revision, one.started or one.not_before)
