"""
The balance: each due time of each job against what the history says of it.

The due times come from the timetable alone, from the anchor on, and the verdicts from the history
alone: nothing that the engine counted is used, so what it forgot would show.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

import attrs

from clockhand.contracts import Entry, StoredJob, Verdict, What
from clockhand.triggers.timetable import first_due, next_due


@attrs.frozen
class Account:
    """One job's due times and verdicts, and what doesn't match."""

    job: str
    due: int
    verdicts: Counter[Verdict]
    missing: tuple[datetime, ...] = ()
    """Due times without a verdict."""
    double: tuple[datetime, ...] = ()
    """Due times with more than one."""
    unknown: tuple[datetime, ...] = ()
    """Verdicts for times at which the job was never due."""

    @property
    def ran(self) -> int:
        """How many of the due times ran."""
        return sum(count for verdict, count in self.verdicts.items() if verdict.ran)

    @property
    def settled(self) -> bool:
        """Whether every due time has exactly one verdict."""
        return not (self.missing or self.double or self.unknown)


def balance(rows: Iterable[StoredJob], entries: Iterable[Entry], until: datetime) -> list[Account]:
    """
    Return the account of each of *rows*, all due times up to *until* included.

    A later due time counts too if it has its verdict already. *entries* is the whole history.
    """
    closing = [entry for entry in entries if entry.verdict is not None and "!" not in entry.occurrence]
    return [_account(row, [entry for entry in closing if entry.job == row.alias], until) for row in rows]


def _account(row: StoredJob, entries: list[Entry], until: datetime) -> Account:
    end = max([until, *(moment for entry in entries if (moment := entry.last or entry.due))])
    dues = list(_due_times(row, end))
    found: Counter[datetime] = Counter()
    verdicts: Counter[Verdict] = Counter()
    for entry in entries:
        covered = _covered(entry, dues)
        found.update(covered)
        if entry.verdict is not None:
            verdicts[entry.verdict] += len(covered)
    known = set(dues)
    late = [due for due in dues if due > until]
    return Account(
        row.alias,
        len(dues) - sum(not found[due] for due in late),
        verdicts,
        tuple(due for due in dues if due <= until and not found[due]),
        tuple(due for due in dues if found[due] > 1),
        tuple(sorted(moment for moment in found if moment not in known)),
    )


def _due_times(row: StoredJob, end: datetime) -> Iterator[datetime]:
    due = first_due(row.job, row.anchor, row.anchor)
    while due is not None and due <= end:
        yield due
        due = next_due(row.job, due, row.anchor)


def _covered(entry: Entry, dues: list[datetime]) -> list[datetime]:
    """Return the due times that *entry* gives its verdict to; a range tells only of its ends."""
    if entry.due is None:
        return []
    if entry.what is not What.NEVER_RAN or entry.last is None:
        return [entry.due]
    inside = [due for due in dues if entry.due <= due <= entry.last]
    return inside if entry.count in {None, len(inside)} else [*inside, entry.due]
