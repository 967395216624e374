"""Taking plans, and settling ends: what a turn writes, all of a batch known before its first is written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import attrs

from clockhand.contracts import (
    Claim,
    ClaimReason,
    Conflict,
    End,
    Entry,
    OpenOccurrence,
    OpenState,
    Plan,
    StoredJob,
    plans,
)
from clockhand_memory import planning
from clockhand_memory.row import Row
from clockhand_memory.shelf import Shelf

# Members of an enumeration by names of their own: to look one up takes longer than the rest of its line.
_DUE: Final = ClaimReason.DUE
_FIRED: Final = ClaimReason.FIRED
_RUNNING: Final = OpenState.RUNNING
_REQUESTED: Final = OpenState.REQUESTED


def take(shelf: Shelf, several: Sequence[Plan], now: datetime) -> tuple[list[Claim | Conflict], list[Entry]]:
    """Take the plans that hold; return the answers, and the entries to put on record."""
    steps: list[tuple[Plan, Row, StoredJob] | Conflict] = []
    taken: set[str] = set()
    rows, owners = shelf.rows, shelf.owners
    for plan in several:
        row = rows.get(plan.alias)
        reason = planning.conflict(plan, row, owners, taken)
        if row is None or reason:
            steps.append(Conflict(plan.alias, reason))
        else:
            taken.add(plan.alias)
            opened = planning.opened(row, plan) if row.occurrences else len(plan.occurrences)
            steps.append((plan, row, plans.planned(row.stored, plan, now, opened)))
    results: list[Claim | Conflict] = []
    entries: list[Entry] = []
    for step in steps:
        if isinstance(step, Conflict):
            results.append(step)
            continue
        plan, row, stored = step
        if row.occurrences or plan.closed or plan.pause or not _starts(plan):
            _take(shelf, plan, row, stored, results)
        else:
            _take_first(shelf, plan, row, stored, results)
        entries += plan.entries
    return results, entries


def _starts(plan: Plan) -> bool:
    """Say whether a plan starts runs, and opens nothing that has to wait."""
    for one in plan.occurrences:
        if one.state is not _RUNNING:
            return False
    return bool(plan.occurrences)


def _take_first(
    shelf: Shelf, plan: Plan, row: Row, stored: StoredJob, results: list[Claim | Conflict]
) -> None:
    """Take a plan that only starts runs, of a job that had nothing open: the same as any, sooner done."""
    row.stored = stored
    row.planner, row.token = "", 0
    owner = shelf.owners[plan.owner]
    owner.planning.discard(plan.alias)
    row.occurrences = {}
    for one in plan.occurrences:
        row.occurrences[one.key] = one
        owner.running[one.key] = one.job
        results.append(Claim(stored, one, _DUE))
    if stored.cursor is not None:  # it left the agenda when the right to plan it was given
        shelf.index_job(row)


def _take(shelf: Shelf, plan: Plan, row: Row, stored: StoredJob, results: list[Claim | Conflict]) -> None:
    opened = row.occurrences
    fired = {key for key, one in opened.items() if one.state is _REQUESTED and "!" in key} if opened else ()
    for key in plan.closed:
        shelf.close(row, opened[key])
    row.stored = stored
    owner = shelf.owners[plan.owner]
    for one in plan.occurrences:
        if one.state is _RUNNING and one.key not in opened:
            row.put(one)
            owner.running[one.key] = one.job
        else:
            shelf.keep(row, one)
    for key in plan.cancel:
        running = row.occurrences.get(key)
        if running is not None and running.state is _RUNNING:
            shelf.keep(row, attrs.evolve(running, cancel=True))
    owner.planning.discard(plan.alias)
    row.planner, row.token = "", 0
    shelf.let_in_line(row)
    if plan.pause:
        shelf.index(row)
    else:
        shelf.index_job(row)
    shown = row.shown()
    results += [
        Claim(shown, one, _FIRED if one.key in fired else _DUE)
        for one in plan.occurrences
        if one.state is _RUNNING
    ]


def settle(
    shelf: Shelf, ends: Sequence[End], now: datetime
) -> tuple[list[Sequence[Entry] | None], list[Entry]]:
    """Close what has ended, or plan it again; return the answers, and the entries to put on record."""
    answers: list[Sequence[Entry] | None] = []
    steps: list[tuple[End, Row, OpenOccurrence]] = []
    after: dict[str, StoredJob] = {}
    taken: set[str] = set()
    entries: list[Entry] = []
    for end in ends:
        alias, key = end.job, end.key
        held = shelf.held(alias, key, end.token)
        if held is None or key in taken:
            answers.append(None)
            continue
        taken.add(key)
        row, one = held
        after[alias], more = plans.ended(after.get(alias) or row.stored, end, now)
        steps.append((end, row, one))
        entries += end.entries
        entries += more
        answers.append(more)
    for end, row, one in steps:
        before, row.stored = row.stored, after[end.job]
        _end(shelf, end, row, one, now, before.cursor)
        if row.stored is not before:  # made just now, and nobody has it yet
            row.stored.open = len(row.occurrences)
    return answers, entries


def _end(
    shelf: Shelf, end: End, row: Row, one: OpenOccurrence, now: datetime, cursor: datetime | None
) -> None:
    """Close one of a job's occurrences, or let it wait again; *cursor* is where the job's was before."""
    if row.lost:
        row.lost.pop(one.key, None)
    if end.verdict is None:
        shelf.keep(row, planning.again(row.placed(one), end, now))
    else:
        row.drop(one.key)
        shelf.owners[one.owner].running.pop(one.key, None)
    if end.quarantine or row.stored.paused:
        shelf.index(row)
    elif row.stored.cursor is not cursor:
        shelf.index_job(row)
    if row.occurrences:
        shelf.let_in_line(row)
