"""What becomes of what is due: pure. No clock, no silo; the same question has the same plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from clockhand._engine.alone import decide_alone
from clockhand._engine.backlog import fallen_due
from clockhand._engine.draft import Draft
from clockhand._model.entry import Entry, What
from clockhand._model.job import Job
from clockhand._model.last import Last
from clockhand._model.occurrence import OpenOccurrence, OpenState, due_key
from clockhand._model.offset import offset
from clockhand._model.protocols import Condition, ConditionContext
from clockhand._model.words import Overlap, Verdict
from clockhand.contracts.batches import DueJob, Plan
from clockhand.triggers import validate_trigger


def decide(
    due: DueJob,
    owner: str,
    now: datetime,
    since: datetime,
    room: int,
    strays: int = 0,
    last: Mapping[str, Last] | None = None,
) -> Plan:
    """
    Return the plan for one due job.

    Each due time up to *now* gets a run, a place to wait for one, or a verdict; what fell due before
    *since* did so while nobody was looking. *room* is how many runs its executor would start at once,
    *strays* how many runs of it go on after their verdict (they count for overlap), *last* the last
    verdicts that its conditions read. A trigger that raises makes a plan that pauses the job.
    """
    row = due.stored
    if not due.open and not strays and not row.job.conditions:
        plan = decide_alone(due, owner, now, since, room)
        if plan is not None:
            return plan
    draft = Draft(due, owner, now, room, strays)
    asked = [
        one for one in due.open if one.state is OpenState.REQUESTED and (one.forced or row.paused is None)
    ]
    try:
        if row.cursor is not None and row.cursor <= now and row.paused is None:
            arrivals = _fallen_due(draft, row.cursor, since, last or {})
        else:
            arrivals = []
    except (Exception, SystemExit) as error:  # noqa: BLE001 - what a user's trigger raises pauses its job
        return _paused_by(due, owner, now, error)
    for one in sorted((*arrivals, *asked), key=lambda one: one.due) if asked else arrivals:
        if one.state is OpenState.REQUESTED or not draft.spent():
            _arrive(draft, one, backlog=len(arrivals) > 1)
    if draft.spent():
        draft.cursor = None
    return draft.plan()


def _fallen_due(
    draft: Draft, first: datetime, since: datetime, last: Mapping[str, Last]
) -> list[OpenOccurrence]:
    """Return the occurrences to run of what has fallen due; the others get their verdicts."""
    job, now = draft.due.stored.job, draft.now
    found = fallen_due(draft.due.stored, first, since, now)
    draft.cursor = found.cursor
    draft.entries += found.entries
    arrivals = []
    for due in found.run:
        failed = _refused(job, due, now, last)
        if failed is not None:
            draft.skip(due, Verdict.EXCLUDED, f"condition {failed!r} did not pass")
            continue
        arrivals.append(_occurrence(job, due, now))
    return arrivals


def _occurrence(job: Job, due: datetime, now: datetime) -> OpenOccurrence:
    key = due_key(job.alias, due)
    terms = job.terms
    starts = now
    if terms.spread or terms.jitter:
        starts = max(now, due + offset(job.alias, due, spread=terms.spread, jitter=terms.jitter))
    return OpenOccurrence(
        key, job.alias, due, OpenState.PLANNED, 1, starts, job.wanted_executor, priority=terms.priority
    )


def _refused(job: Job, due: datetime, now: datetime, last: Mapping[str, Last]) -> Condition | None:
    if not job.conditions:
        return None
    return validate_trigger(job.conditions, ConditionContext(job=job.alias, due=due, now=now, last=last))


def _arrive(draft: Draft, one: OpenOccurrence, *, backlog: bool) -> None:
    """Let an occurrence run, wait, or go without, as the job's overlap says."""
    terms = draft.due.stored.job.terms
    if terms.overlap in _LATEST_WAITS and not draft.free():
        draft.supersede_waiting(f"{one.key} waits in its place")
        if terms.overlap is Overlap.CANCEL_PREVIOUS:
            draft.end_previous(one.key)
    waited = one.state is OpenState.REQUESTED and "@" in one.key
    if draft.free():
        draft.run(one)
    elif backlog or waited or terms.overlap in _LATEST_WAITS:
        draft.queue(one)
    elif terms.overlap is not Overlap.QUEUE_ALL:
        draft.refuse(one, draft.in_the_way())
    elif draft.waiting() < terms.queue_limit:
        draft.queue(one)
    else:
        draft.refuse(one, f"{draft.waiting()} are waiting already, as many as queue_limit allows")


_LATEST_WAITS: Final = frozenset({Overlap.QUEUE_ONE, Overlap.CANCEL_PREVIOUS})


def _paused_by(due: DueJob, owner: str, now: datetime, error: BaseException) -> Plan:
    row = due.stored
    reason = f"a trigger raised {type(error).__name__}: {error}; paused until you resume it"
    entry = Entry(now, What.JOB_PAUSED, row.alias, reason=reason)
    return Plan(
        row.alias, owner, due.token, row.revision, row.cursor, row.cursor, entries=[entry], pause=reason
    )
