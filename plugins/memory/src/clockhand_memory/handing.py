"""What one owner may plan and run now: taken from the agendas and lines, and marked as its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import attrs

from clockhand.contracts import Claim, ClaimReason, DueJob, OpenOccurrence, OpenState, rules
from clockhand_memory.row import Owner, Row
from clockhand_memory.shelf import Shelf


@attrs.frozen
class Ask:
    """Who asks, when, and what it can do."""

    owner: Owner
    now: datetime
    room: Mapping[str, int]
    works: frozenset[str]
    limit: int


def granted(shelf: Shelf, ask: Ask) -> list[DueJob]:
    """Give the asker the right to plan what is due, and return it; what it can't run is left to others."""
    found: list[DueJob] = []
    others: list[Row] = []
    rows, works, room = shelf.rows, ask.works, ask.room
    name, requested, token = ask.owner.name, OpenState.REQUESTED, shelf.tokens
    while aliases := shelf.due.take_several(ask.now, ask.limit - len(found)):
        for alias in aliases:
            row = rows[alias]
            if row.work not in works or row.executor not in room:
                others.append(row)
                continue
            token += 1
            row.planner, row.token = name, token
            opened: tuple[OpenOccurrence, ...] = ()
            if row.occurrences:
                opened = tuple(row.occurrences.values())
                token += sum(one.state is requested for one in opened)
            stored = row.stored if row.stored.open == len(opened) else row.shown()
            found.append(DueJob(stored, row.token, opened))
    shelf.tokens = token
    ask.owner.planning.update([due.stored.job.alias for due in found])
    for row in others:
        shelf.index_job(row)
    return found


def claimed(shelf: Shelf, ask: Ask) -> list[Claim]:
    """Give the asker the occurrences that wait, or whose owner is dead, as far as there is room."""
    claims: list[Claim] = []
    others: list[tuple[Row, OpenOccurrence]] = []
    for executor, room in ask.room.items():
        if not shelf.ready[executor]:
            continue
        most = min(len(claims) + room, ask.limit)
        while len(claims) < most and (place := shelf.ready[executor].take(ask.now)) is not None:
            row = shelf.rows[place[0]]
            one = row.occurrences[place[1]]
            if row.work in ask.works:
                claims.append(_handed_out(shelf, row, one, ask))
            else:
                others.append((row, one))
    for row, one in others:
        shelf.index_open(row, one)
    return claims


def _handed_out(shelf: Shelf, row: Row, one: OpenOccurrence, ask: Ask) -> Claim:
    if one.state is OpenState.RUNNING:
        row.lose(one.key, rules.lost_run(one))
        one = rules.died(one)
    lost = row.lost.get(one.key)
    one = OpenOccurrence(
        one.key,
        one.job,
        one.due,
        OpenState.RUNNING,
        one.attempt,
        one.not_before,
        row.executor,
        one.forced,
        ask.owner.name,
        shelf.next_tokens(),
        row.stored.revision,
        one.deaths,
        one.cancel,
        ask.now,
        row.stored.job.terms.priority,
        one.failures,
        one.watched,
    )
    shelf.keep(row, one)
    return Claim(row.shown(), one, ClaimReason.OWNER_DIED if lost else ClaimReason.QUEUED, lost)
