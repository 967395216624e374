"""The plan for the commonest case, one due time and nothing else open: the same as any, sooner made."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from clockhand._model.entry import Entry, What
from clockhand._model.occurrence import OpenOccurrence, OpenState, due_key
from clockhand._model.run import Run
from clockhand._model.words import CatchUp
from clockhand.contracts.batches import DueJob, Plan
from clockhand.triggers.timetable import fallen

# Members of an enumeration by names of their own: to look one up takes longer than the rest of its line.
_NO_CATCH_UP: Final = CatchUp.NONE
_PLANNED: Final = OpenState.PLANNED
_RUNNING: Final = OpenState.RUNNING
_STARTED: Final = What.RUN_STARTED


def decide_alone(due: DueJob, owner: str, now: datetime, since: datetime, room: int) -> Plan | None:
    """Return the plan for a job of which nothing is open, if a single due time is to be run; else None."""
    row, token = due.stored, due.token
    job, first, revision = row.job, row.cursor, row.revision
    terms = job.terms
    if first is None or first > now or row.paused is not None or not terms.plain:
        return None
    if first < since and terms.catch_up is _NO_CATCH_UP:
        return None
    try:
        latest, cursor = fallen(job, first, now, row.anchor)
    except (Exception, SystemExit):  # noqa: BLE001 - it is asked again, and then what it raises is answered
        return None
    if latest is not first:
        return None
    alias, executor = job.alias, job.wanted_executor
    key = due_key(alias, first)
    if room < 1:
        one = OpenOccurrence(key, alias, first, _PLANNED, 1, now, executor, revision=revision)
        one.priority = terms.priority
        return Plan(alias, owner, token, revision, first, cursor, [one], (), (), [])
    one = OpenOccurrence(
        key,
        alias,
        first,
        _RUNNING,
        1,
        now,
        executor,
        False,  # noqa: FBT003 - by place, for these are made with every run
        owner,
        token,
        revision,
        0,
        False,  # noqa: FBT003 - likewise
        now,
        terms.priority,
    )
    run = Run(1, owner, token, revision, now)
    entry = Entry(now, _STARTED, alias, key, first, None, run)
    return Plan(alias, owner, token, revision, first, cursor, [one], (), (), [entry])
