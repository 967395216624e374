"""Planning jobs anew, and bringing near what waits of them after a step back of the clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from clockhand.contracts import Changed, StoredJob, Unreadable, rules
from clockhand_sqlite import declaring, jobs
from clockhand_sqlite.transaction import Transaction
from clockhand_sqlite.writes import Writes


def replan(
    tx: Transaction, aliases: Sequence[str], now: datetime, *, started: bool, stepped: timedelta
) -> list[Changed]:
    """Plan jobs anew, and return what became of each."""

    def rule(stored: StoredJob | Unreadable | None, alias: str) -> Changed:
        return rules.replan(stored, alias, now, started=started, stepped=stepped)

    answers = declaring.change(tx, [(alias, rule) for alias in aliases], now)
    if stepped > timedelta():
        _bring_near(tx, aliases, now)
    return answers


def _bring_near(tx: Transaction, aliases: Sequence[str], now: datetime) -> None:
    writes = Writes(tx, now)
    for job in jobs.load(tx, aliases).values():
        if not isinstance(job.stored, StoredJob):
            continue
        for one in tuple(job.opened.values()):
            near = rules.brought_near(job.stored.job, one, now)
            if near is not one:
                writes.open(job, near)
    writes.write()
