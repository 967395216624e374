"""
The shelf: rows and owners, and the agendas by which what is due is found without a search.

A row's place in the agendas follows from the row alone. Whoever changes one puts it back with
`index`, and everything else here stays true.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import attrs

from clockhand.contracts import OpenOccurrence, OpenState, rules
from clockhand_memory.agenda import Agenda
from clockhand_memory.line import Line
from clockhand_memory.row import Owner, Row

_RUNNING: Final = OpenState.RUNNING
"""By a name of its own: to look a member of an enumeration up takes longer than the rest of a line."""


class Shelf:
    """Rows by alias, owners by name."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.owners: dict[str, Owner] = {}
        self.dead: set[str] = set()
        self.due: Agenda[str] = Agenda()
        """Jobs that somebody has to plan and nobody has the right to."""
        self.ready: defaultdict[str, Line] = defaultdict(Line)
        """By executor: occurrences that wait, or whose owner is dead, as (alias, key)."""
        self._aliases: list[str] | None = None
        self.tokens = 0
        """The last token that was given out."""

    def aliases(self) -> list[str]:
        """Return all aliases, sorted; the list is the same until a job comes or goes."""
        if self._aliases is None:
            self._aliases = sorted(self.rows)
        return self._aliases

    def add(self, rows: Mapping[str, Row]) -> None:
        """Put new rows in, by alias, of which nothing is open yet."""
        if not rows:
            return
        self.rows.update(rows)
        self._aliases = None
        moments = ((alias, row.planned_at) for alias, row in rows.items())
        self.due.put_new({alias: moment for alias, moment in moments if moment is not None})

    def remove(self, row: Row) -> None:
        """Take a row out, with all its open occurrences."""
        self.unindex(row)
        self.withdraw(row)
        for one in tuple(row.occurrences.values()):
            self.close(row, one)
        del self.rows[row.stored.alias]
        self._aliases = None

    def index(self, row: Row) -> None:
        """Put a row and its open occurrences where they will be found."""
        self.index_job(row)
        for one in row.occurrences.values():
            self.index_open(row, one)

    def index_job(self, row: Row) -> None:
        """Put a row where whoever plans it will find it."""
        moment = None if row.planner else row.planned_at
        if moment is None:
            self.due.drop(row.stored.alias)
        else:
            self.due.put(row.stored.alias, moment)

    def index_open(self, row: Row, one: OpenOccurrence) -> None:
        """Put an open occurrence where whoever runs it will find it."""
        waits = one.state is OpenState.PLANNED or (
            one.state is OpenState.RUNNING and one.owner not in self.owners
        )
        line = self.ready[row.executor]
        if waits and row.lets(one):
            line.put((one.job, one.key), one.not_before, row.stored.job.terms.priority)
        else:
            line.drop((one.job, one.key))

    def unindex(self, row: Row) -> None:
        """Take a row and its open occurrences out of the agendas, before its executor changes."""
        self.due.drop(row.stored.alias)
        for one in row.occurrences.values():
            self.ready[row.executor].drop((one.job, one.key))

    def keep(self, row: Row, one: OpenOccurrence) -> None:
        """Write an open occurrence, in place of the one of that key."""
        self._let_go(row.occurrences.get(one.key))
        row.put(one)
        if one.state is OpenState.RUNNING and (owner := self.owners.get(one.owner)):
            owner.running[one.key] = one.job
        self.index_open(row, one)

    def close(self, row: Row, one: OpenOccurrence) -> None:
        """Forget an open occurrence."""
        self._let_go(row.drop(one.key))
        if row.lost:
            row.lost.pop(one.key, None)
        self.ready[row.executor].drop((one.job, one.key))

    def _let_go(self, one: OpenOccurrence | None) -> None:
        if one is not None and (owner := self.owners.get(one.owner)):
            owner.running.pop(one.key, None)

    def let_in_line(self, row: Row) -> None:
        """Let go of what is queued behind nothing any more."""
        if row.queues:
            for one in rules.next_in_line(row.stored.job, row.occurrences.values()):
                row.put(one)
                self.index_job(row)

    def grant(self, row: Row, owner: Owner, token: int) -> None:
        """Give *owner* the right to plan a job."""
        row.planner, row.token = owner.name, token
        owner.planning.add(row.stored.alias)
        self.due.drop(row.stored.alias)

    def withdraw(self, row: Row) -> None:
        """Take the right to plan a job from whoever has it."""
        if owner := self.owners.get(row.planner):
            owner.planning.discard(row.stored.alias)
        row.planner, row.token = "", 0

    def held(self, alias: str, key: str, token: int) -> tuple[Row, OpenOccurrence] | None:
        """Return what a living owner runs under *token*, or None."""
        row = self.rows.get(alias)
        one = row.occurrences.get(key) if row is not None else None
        if row is None or one is None or one.state is not _RUNNING or one.token != token:
            return None
        return (row, one) if one.owner in self.owners else None

    def expire(self, now: datetime, by: Owner) -> None:
        """Bury every other owner whose lease has passed."""
        for other in tuple(self.owners.values()):
            if other is not by:
                other.until = rules.leased_until(other.until, other.lease, now)
                if other.until <= now:
                    self.bury(other, now)

    def bury(self, owner: Owner, now: datetime) -> None:
        """Let a dead owner's jobs be planned, and its occurrences be run, by others; these at once."""
        del self.owners[owner.name]
        self.dead.add(owner.name)
        for alias in owner.planning:
            self.rows[alias].planner = ""
            self.index_job(self.rows[alias])
        for key, alias in owner.running.items():
            row = self.rows[alias]
            one = row.occurrences[key]
            if one.not_before > now:
                one = attrs.evolve(one, not_before=now)
                row.put(one)
            self.index_open(row, one)

    def next_tokens(self, count: int = 1) -> int:
        """Return the first of *count* new tokens; each is larger than any before."""
        first = self.tokens + 1
        self.tokens += count
        return first

    def next_due(self, after: datetime | None) -> datetime | None:
        """Return the earliest moment later than *after* when something falls due, with a planner or not."""
        first = self.due.first()
        nothing_else = not any(self.ready.values()) and not any(one.planning for one in self.owners.values())
        if nothing_else and first is not None and (after is None or first[0] > after):
            return first[0]
        moments = [self.due.later(after), *(line.later(after) for line in self.ready.values())]
        held = [self.rows[alias] for owner in self.owners.values() for alias in owner.planning]
        if after is None:
            moments += [row.planned_at for row in held]
        else:  # a job that is due already may be due later, too
            held += [self.rows[alias] for alias in self.due.passed(after)]
            moments += [row.planned_later(after) for row in held]
        return min((one for one in moments if one is not None), default=None)
