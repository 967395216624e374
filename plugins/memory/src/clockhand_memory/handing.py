"""What one owner may plan and run now: taken from the agendas, earliest first, and marked as its own."""

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
    while len(found) < ask.limit and (alias := shelf.due.take(ask.now)) is not None:
        row = shelf.rows[alias]
        if row.definition.work not in ask.works or row.definition.executor not in ask.room:
            others.append(row)
            continue
        opened = tuple(row.occurrences.values())
        requested = sum(one.state is OpenState.REQUESTED for one in opened)
        shelf.grant(row, ask.owner, shelf.next_tokens(1 + requested))
        found.append(DueJob(row.shown(), row.token, opened))
    for row in others:
        shelf.index_job(row)
    return found


def claimed(shelf: Shelf, ask: Ask) -> list[Claim]:
    """Give the asker the occurrences that wait, or whose owner is dead, as far as there is room."""
    claims: list[Claim] = []
    others: list[tuple[Row, OpenOccurrence]] = []
    left = {executor: count for executor, count in ask.room.items() if count > 0}
    while len(claims) < ask.limit and (executor := shelf.earliest(left)) is not None:
        place = shelf.ready[executor].take(ask.now)
        if place is None:
            break
        row = shelf.rows[place[0]]
        one = row.occurrences[place[1]]
        if row.definition.work not in ask.works:
            others.append((row, one))
            continue
        claims.append(_handed_out(shelf, row, one, ask))
        left[executor] -= 1
    for row, one in others:
        shelf.index_open(row, one)
    return claims


def _handed_out(shelf: Shelf, row: Row, one: OpenOccurrence, ask: Ask) -> Claim:
    if one.state is OpenState.RUNNING:
        row.lost[one.key] = rules.lost_run(one)
        one = rules.died(one)
    lost = row.lost.get(one.key)
    one = attrs.evolve(
        one,
        state=OpenState.RUNNING,
        owner=ask.owner.name,
        token=shelf.next_tokens(),
        revision=row.stored.revision,
        executor=row.definition.executor,
        started=ask.now,
    )
    shelf.keep(row, one)
    return Claim(row.shown(), one, ClaimReason.OWNER_DIED if lost else ClaimReason.QUEUED, lost)
