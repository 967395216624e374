"""
The shelf: rows and owners, and the agendas by which what is due is found without a search.

A row's place in the agendas follows from the row alone. Whoever changes one puts it back with
`index`, and everything else here stays true.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from clockhand.contracts import OpenOccurrence, OpenState
from clockhand_memory.agenda import Agenda
from clockhand_memory.row import Owner, Row


class Shelf:
    """Rows by alias, owners by name."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.owners: dict[str, Owner] = {}
        self.dead: set[str] = set()
        self.due: Agenda[str] = Agenda()
        """Jobs that somebody has to plan and nobody has the right to."""
        self.ready: defaultdict[str, Agenda[tuple[str, str]]] = defaultdict(Agenda)
        """By executor: occurrences that wait, or whose owner is dead, as (alias, key)."""
        self._aliases: list[str] | None = None
        self._tokens = 0

    def aliases(self) -> list[str]:
        """Return all aliases, sorted; the list is the same until a job comes or goes."""
        if self._aliases is None:
            self._aliases = sorted(self.rows)
        return self._aliases

    def add(self, row: Row) -> None:
        """Put a new row in; `index` is still to come."""
        self.rows[row.stored.alias] = row
        self._aliases = None

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
        agenda = self.ready[row.definition.executor]
        if waits and row.lets(one):
            agenda.put((one.job, one.key), one.not_before)
        else:
            agenda.drop((one.job, one.key))

    def unindex(self, row: Row) -> None:
        """Take a row and its open occurrences out of the agendas, before its executor changes."""
        self.due.drop(row.stored.alias)
        for one in row.occurrences.values():
            self.ready[row.definition.executor].drop((one.job, one.key))

    def keep(self, row: Row, one: OpenOccurrence) -> None:
        """Write an open occurrence, in place of the one of that key."""
        self._let_go(row.occurrences.get(one.key))
        row.occurrences[one.key] = one
        if one.state is OpenState.RUNNING and (owner := self.owners.get(one.owner)):
            owner.running.add((one.job, one.key))
        self.index_open(row, one)

    def close(self, row: Row, one: OpenOccurrence) -> None:
        """Forget an open occurrence."""
        self._let_go(row.occurrences.pop(one.key))
        row.lost.pop(one.key, None)
        self.ready[row.definition.executor].drop((one.job, one.key))

    def _let_go(self, one: OpenOccurrence | None) -> None:
        if one is not None and (owner := self.owners.get(one.owner)):
            owner.running.discard((one.job, one.key))

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
        if row is None or one is None or one.state is not OpenState.RUNNING or one.token != token:
            return None
        return (row, one) if one.owner in self.owners else None

    def bury(self, owner: Owner) -> None:
        """Let a dead owner's jobs be planned, and its occurrences be run, by others."""
        del self.owners[owner.name]
        self.dead.add(owner.name)
        for alias in owner.planning:
            self.rows[alias].planner = ""
            self.index_job(self.rows[alias])
        for alias, key in owner.running:
            self.index_open(self.rows[alias], self.rows[alias].occurrences[key])

    def earliest(self, left: Mapping[str, int]) -> str | None:
        """Return the executor whose next occurrence comes first, of those that have room *left*."""
        firsts = [(first, name) for name in left if left[name] > 0 and (first := self.ready[name].first())]
        return min(firsts)[1] if firsts else None

    def next_tokens(self, count: int = 1) -> int:
        """Return the first of *count* new tokens; each is larger than any before."""
        first = self._tokens + 1
        self._tokens += count
        return first

    def next_due(self) -> datetime | None:
        """Return the earliest moment at which something falls due, in the agendas or with a planner."""
        moments = [self.due.moment, *(agenda.moment for agenda in self.ready.values())]
        moments += [self.rows[alias].planned_at for owner in self.owners.values() for alias in owner.planning]
        return min(filter(None, moments), default=None)
