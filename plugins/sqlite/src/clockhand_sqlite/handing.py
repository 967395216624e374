"""What one owner may plan and run now, and when there is something to hand out next."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Final

from clockhand.contracts import EPOCH, Due, from_us, to_us
from clockhand_sqlite import occurrences, owners
from clockhand_sqlite.asker import Ask, Sieve
from clockhand_sqlite.claiming import claims
from clockhand_sqlite.due import SLEEPING, due_jobs
from clockhand_sqlite.transaction import Transaction

NEXT: Final = (
    f"""SELECT j.cursor {SLEEPING} AND j.cursor > :after AND typeof(j.cursor) = 'integer'
        ORDER BY j.cursor LIMIT 1""",
    *(
        f"SELECT not_before FROM occurrences INDEXED BY occurrences_in_line WHERE line = '{line}'"  # noqa: S608
        " AND not_before > :after AND typeof(not_before) = 'integer' ORDER BY not_before LIMIT 1"
        for line in ("asking", "coming", "ready")
    ),
)
"""The earliest moments of the cursors and of each line."""


def hand_out(tx: Transaction, ask: Ask) -> Due:
    """Return what *ask*'s owner gets, written as its own; rows that can't be read go into quarantine."""
    if not owners.alive(tx, [ask.owner]):
        return Due()
    owners.expire(tx, ask.now, ask.owner)
    owners.withdraw(tx, [ask.owner])
    occurrences.promote(tx, ask.now)
    sieve = Sieve()
    return Due(due_jobs(tx, ask, sieve), claims(tx, ask, sieve), sieve.quarantine(tx, ask.now))


def next_due(tx: Transaction, after: datetime | None) -> datetime | None:
    """Return the earliest moment later than *after* at which anything falls due, whoever may plan it."""
    values = {"after": -math.inf if after is None else to_us(after)}
    rows = (tx.connection.execute(query, values).fetchone() for query in NEXT)
    moments = [row[0] for row in rows if row is not None]
    if not moments:
        return None
    try:
        return from_us(min(moments))
    except OverflowError:
        return EPOCH  # a row that goes into quarantine as soon as somebody asks for work
