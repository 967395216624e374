"""When a timer is due, inside the start and the end of its job, and what its conditions make of that."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Self
from zoneinfo import ZoneInfo

import attrs

from clockhand._model.job import Job
from clockhand._model.moments import EPOCH, MICROSECOND
from clockhand._model.protocols import Condition, Facts, Timer
from clockhand.errors import DefinitionError
from clockhand.triggers.explaining import shown, spacing
from clockhand.triggers.explaining.holding import NOTHING_HELD, Holding, opening
from clockhand.triggers.explaining.spacing import LOOKED_AT
from clockhand.triggers.explaining.value import Fire, Spacing
from clockhand.triggers.explaining.words import told, told_together
from clockhand.triggers.search import Exhausted


@attrs.frozen
class Plan:
    """A timer with what it is asked with, and what else its job says of when it runs."""

    timer: Timer
    facts: Facts
    holding: Holding = NOTHING_HELD
    start: datetime | None = None
    end: datetime | None = None
    most: int | None = None
    """How many of its due times may run; None: any number."""

    @classmethod
    def of(cls, job: Job, facts: Facts, runs: int = 0) -> Self:
        """Return that of a *job* whose zones are filled in, and of whose due times so many have run."""
        holding = Holding.of(job.conditions, job.alias)
        most = job.terms.max_runs
        # Whatever another job may exclude doesn't count, so that there is no telling which ones will.
        known = most is not None and len(holding.conditions) == len(job.conditions)
        left = max(most - runs, 0) if most is not None and known else None
        return cls(job.timer, facts, holding, job.start_time, job.end_time, left)

    def next_after(self, moment: datetime) -> datetime | None:
        """Return what is due next; a DefinitionError if the timer's answer isn't later than *moment*."""
        if self.start is not None and moment < self.start:
            moment = self.start - MICROSECOND
        due = self.timer.next_after(moment, self.facts)
        if due is not None and due <= moment:
            raise DefinitionError(f"{self.timer!r} says {due} follows {moment}, which is not later")
        return due if due is not None and self.reaches(due) else None

    def reaches(self, moment: datetime) -> bool:
        """Say whether its end, if it has one, is not before *moment*."""
        return self.end is None or moment <= self.end

    def begin(self, added: datetime) -> datetime:
        """Return the moment after which a job is due that is added then."""
        return EPOCH.replace(year=1) if self.timer.keeps_past else added

    def look(self, moment: datetime) -> Iterator[tuple[datetime, Condition | None]]:
        """
        Yield up to 1,000 due times after *moment*, and which condition excludes each.

        Of those in a row that the same one excludes, not all may come. Where a search for the next has no
        end, there is none.
        """
        for _ in range(LOOKED_AT):
            try:
                due = self.next_after(moment)
            except Exhausted:
                return
            if due is None:
                return
            held = self.holding.by(due)
            yield due, held
            moment = due
            if held is not None:
                opens = opening(held, due)
                if opens is None:
                    return
                moment = max(due, opens - MICROSECOND)

    def ahead(self, moment: datetime, number: int) -> list[datetime]:
        """Return the next due times after *moment* that may run, up to *number* of them."""
        number = number if self.most is None else min(number, self.most)
        return list(islice((due for due, held in self.look(moment) if held is None), number))

    def in_vain(self, moment: datetime, tz: str) -> str:
        """Return that all that is due after *moment* is excluded, as far as one can see; empty: it isn't."""
        if not self.holding or self.timer.needs:
            return ""
        looked = list(self.look(moment))
        held = [one for _, one in looked if one is not None]
        if not held or len(held) < len(looked):
            return ""
        which = f"its next {LOOKED_AT:,} due times" if len(looked) == LOOKED_AT else "its due times"
        by = ", ".join(told_together(list(dict.fromkeys(held)), tz))
        return f"each of {which} is excluded: {by}"

    def bounded(self, moment: datetime) -> Plan:
        """Return it with the last of its runs after *moment* as its end, if it may have only so many."""
        if self.most is None:
            return self
        found = self.ahead(moment, self.most)
        if not found or len(found) < self.most:
            return self
        return attrs.evolve(self, end=found[-1])

    def upcoming(self, moment: datetime, number: int) -> Iterator[datetime]:
        """Yield the next due times after *moment*, up to *number* of them."""
        for _ in range(number):
            due = self.next_after(moment)
            if due is None:
                return
            yield due
            moment = due

    def spacing(self, moment: datetime, until: datetime) -> Spacing | None:
        """Return how far apart the due times after *moment* lie up to *until*, excluded ones left out."""
        if self.end is not None and self.end < until:
            until = self.end
        if self.holding:
            return spacing.passing(self.look(moment), until)
        first = self.next_after(moment)
        return None if first is None else spacing.spacing(self.timer, first, until, self.next_after)

    def fire(self, due: datetime, tz: str) -> Fire:
        """Return *due* as the wall clock in *tz* shows it, and which condition is known to hold it."""
        held = self.holding.by(due)
        return Fire(due, shown.local(due, ZoneInfo(tz)), told(held, tz) if held is not None else "")
