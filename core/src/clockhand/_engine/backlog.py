"""Which of a job's due times are run, of all that have come since somebody last decided: pure."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import attrs

from clockhand._model.entry import Entry
from clockhand._model.moments import EPOCH, MICROSECOND, format_span
from clockhand._model.policies import Terms
from clockhand._model.stored import StoredJob
from clockhand._model.words import CatchUp, Verdict
from clockhand.contracts.rules import never_ran
from clockhand.triggers.timetable import last_due, next_due

_UNBOUNDED: Final = (EPOCH.replace(year=1), "")


@attrs.define
class Backlog:
    """The due times to run, in order; the verdicts of the others; and where the cursor goes."""

    run: list[datetime]
    cursor: datetime | None
    entries: list[Entry] = attrs.field(factory=list)


def fallen_due(row: StoredJob, first: datetime, since: datetime, now: datetime) -> Backlog:
    """
    Return what becomes of the due times from *first*, the cursor, to *now*.

    Those before *since* fell due while nobody was looking: they are caught up with, as the job's
    `catch_up` says. Due times that came too fast to be taken up one by one are coalesced. Each of
    them is run or has a verdict; a range of verdicts is one entry.
    """
    terms = row.job.terms
    latest = last_due(row.job, now, first, row.anchor) or first
    found = Backlog([], next_due(row.job, latest, row.anchor))
    bound, why = _bound(terms, latest, since, now)
    if latest < bound:
        _give(found, row, first, latest, Verdict.MISSED, now, why)
    elif terms.catch_up is CatchUp.ALL:
        _run_all(found, row, first, latest, bound, now, why)
    else:
        missed = last_due(row.job, bound - MICROSECOND, first, row.anchor) if first < bound else None
        if missed is not None and terms.catch_up is CatchUp.NONE:
            _give(found, row, first, missed, Verdict.MISSED, now, why)
            first = next_due(row.job, missed, row.anchor) or latest
        if first < latest:
            before = last_due(row.job, latest - MICROSECOND, first, row.anchor) or first
            reason = f"run once, at {latest.isoformat()}, for all that fell due meanwhile"
            _give(found, row, first, before, Verdict.COALESCED, now, reason)
        found.run.append(latest)
    return found


def _bound(terms: Terms, latest: datetime, since: datetime, now: datetime) -> tuple[datetime, str]:
    """Return the moment before which due times are missed, and the reason to give for it."""
    bounds = []
    if terms.grace is not None:
        bounds.append(
            (now - terms.grace, f"taken up later than its grace of {format_span(terms.grace)} allows")
        )
    if latest < since or terms.catch_up is not CatchUp.LATEST:
        if terms.catch_up is CatchUp.NONE:
            bounds.append((since, "it fell due while nothing was running, and catch_up is none"))
        elif terms.catch_up_window is not None:
            window = format_span(terms.catch_up_window)
            bounds.append((now - terms.catch_up_window, f"older than the catch_up_window of {window}"))
    return max(bounds, default=_UNBOUNDED)


def _run_all(
    found: Backlog,
    row: StoredJob,
    first: datetime,
    latest: datetime,
    bound: datetime,
    now: datetime,
    why: str,
) -> None:
    most = row.job.terms.catch_up_limit
    due: datetime | None = latest
    since = max(first, bound)
    while due is not None and len(found.run) < most:
        found.run.append(due)
        due = last_due(row.job, due - MICROSECOND, since, row.anchor) if due > since else None
    if due is None and found.run[-1] > first >= bound and len(found.run) < most:
        found.run.append(first)  # under an earlier definition: no due time of this one, and owed all the same
    found.run.reverse()
    if found.run[0] == first:
        return
    before = last_due(row.job, found.run[0] - MICROSECOND, first, row.anchor) or first
    if due is not None:
        why = f"more than {most} fell due, as many as catch_up_limit allows are run"
    _give(found, row, first, before, Verdict.MISSED, now, why)


def _give(
    found: Backlog, row: StoredJob, first: datetime, last: datetime, verdict: Verdict, now: datetime, why: str
) -> None:
    late = f", {format_span(now - last)} late" if first == last and verdict is Verdict.MISSED else ""
    found.entries.append(never_ran(row.job, row.anchor, first, last, verdict, now, why + late))
