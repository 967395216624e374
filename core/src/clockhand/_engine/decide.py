"""What becomes of what is due: pure. No clock, no silo; the same question has the same plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import attrs

from clockhand._engine.runs import started
from clockhand._model.entry import Entry, What
from clockhand._model.job import Job
from clockhand._model.last import Last
from clockhand._model.moments import MICROSECOND
from clockhand._model.occurrence import OpenOccurrence, OpenState, due_key
from clockhand._model.protocols import Condition, ConditionContext
from clockhand._model.words import Overlap, Verdict
from clockhand.contracts.batches import DueJob, Plan
from clockhand.contracts.rules import never_ran
from clockhand.triggers import validate_trigger
from clockhand.triggers.timetable import last_due, next_due


@attrs.define
class _Draft:
    """A plan in the making, and how many runs more may start."""

    due: DueJob
    owner: str
    now: datetime
    room: int
    busy: int
    cursor: datetime | None
    occurrences: list[OpenOccurrence] = attrs.field(factory=list)
    closed: list[str] = attrs.field(factory=list)
    entries: list[Entry] = attrs.field(factory=list)

    def open(self, one: OpenOccurrence) -> None:
        """Let an occurrence run now if there is room, else as soon as there is."""
        one.revision = self.due.stored.revision
        one.token = self.due.token + len(self.occurrences)
        self.busy += 1
        self.occurrences.append(one)
        if self.room < 1:
            one.state = OpenState.PLANNED
            return
        self.room -= 1
        one.state = OpenState.RUNNING
        one.owner = self.owner
        one.started = self.now
        self.entries.append(started(one, self.now))

    def plan(self) -> Plan:
        row = self.due.stored
        return Plan(
            row.alias,
            self.owner,
            self.due.token,
            row.revision,
            row.cursor,
            self.cursor,
            self.occurrences,
            self.closed,
            self.entries,
        )


def decide(
    due: DueJob,
    *,
    owner: str,
    now: datetime,
    room: int,
    strays: int = 0,
    last: Mapping[str, Last] | None = None,
) -> Plan:
    """
    Return the plan for one due job.

    Each due time up to *now* gets a run, a place to wait for one, or a verdict. *room* is how many
    runs its executor would start at once, *strays* how many runs of it go on after their verdict
    (they count for overlap), *last* the last verdicts that its conditions read. A trigger that raises
    makes a plan that pauses the job.
    """
    row = due.stored
    busy = strays + sum(one.state is not OpenState.REQUESTED for one in due.open)
    draft = _Draft(due, owner, now, room, busy, row.cursor)
    try:
        if row.cursor is not None and row.cursor <= now and row.paused is None:
            _fall_due(draft, row.cursor, last or {})
    except (Exception, SystemExit) as error:  # noqa: BLE001 - what a user's trigger raises pauses its job
        return _paused_by(draft, error)
    for one in due.open:
        if one.state is OpenState.REQUESTED:
            _fire(draft, one)
    return draft.plan()


def _fall_due(draft: _Draft, first: datetime, last: Mapping[str, Last]) -> None:
    row = draft.due.stored
    job, anchor, now = row.job, row.anchor, draft.now
    latest = last_due(job, now, first, anchor) or first
    draft.cursor = next_due(job, latest, anchor)
    if latest > first:
        before = last_due(job, latest - MICROSECOND, first, anchor) or first
        reason = f"run once, at {latest.isoformat()}, for all that fell due meanwhile"
        draft.entries.append(never_ran(job, anchor, first, before, Verdict.COALESCED, now, reason))
    failed = _refused(job, latest, now, last)
    if failed is not None:
        _skip(draft, latest, Verdict.EXCLUDED, _told(failed))
    elif _overlaps(draft, job):
        _skip(draft, latest, Verdict.OVERLAP_SKIPPED, "the previous run has not ended")
    else:
        key = due_key(job.alias, latest)
        draft.open(OpenOccurrence(key, job.alias, latest, OpenState.PLANNED, 1, now, job.wanted_executor))


def _refused(job: Job, due: datetime, now: datetime, last: Mapping[str, Last]) -> Condition | None:
    if not job.conditions:
        return None
    return validate_trigger(job.conditions, ConditionContext(job=job.alias, due=due, now=now, last=last))


def _fire(draft: _Draft, one: OpenOccurrence) -> None:
    if _overlaps(draft, draft.due.stored.job):
        draft.closed.append(one.key)
        reason = "fired by hand while the previous run had not ended"
        draft.entries.append(
            Entry(draft.now, What.NEVER_RAN, one.job, one.key, one.due, Verdict.OVERLAP_SKIPPED, None, reason)
        )
    else:
        draft.open(attrs.evolve(one))


def _overlaps(draft: _Draft, job: Job) -> bool:
    return job.overlap is Overlap.SKIP and draft.busy > 0


def _skip(draft: _Draft, due: datetime, verdict: Verdict, reason: str) -> None:
    row = draft.due.stored
    draft.entries.append(never_ran(row.job, row.anchor, due, due, verdict, draft.now, reason))


def _told(condition: Condition) -> str:
    return f"condition {condition!r} did not pass"


def _paused_by(draft: _Draft, error: BaseException) -> Plan:
    row = draft.due.stored
    reason = f"a trigger raised {type(error).__name__}: {error}; paused until you resume it"
    entry = Entry(draft.now, What.JOB_PAUSED, row.alias, reason=reason)
    return Plan(
        row.alias,
        draft.owner,
        draft.due.token,
        row.revision,
        row.cursor,
        row.cursor,
        entries=[entry],
        pause=reason,
    )
