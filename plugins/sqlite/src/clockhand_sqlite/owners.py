"""Owners: who is alive, what falls free when one dies, and the tokens that fence the dead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from clockhand.contracts import MICROSECOND, Beat, to_us
from clockhand_sqlite import occurrences
from clockhand_sqlite.known import Kept
from clockhand_sqlite.rows import plain
from clockhand_sqlite.transaction import Transaction, listed

_REMEMBERED: Final = timedelta(days=30)
"""How long a dead owner's name is kept: longer than any process sleeps and then goes on."""


def beat(tx: Transaction, name: str, now: datetime, lease: timedelta) -> Beat:
    """Renew the lease of an owner; one that is dead stays so, and a lease of zero is its last word."""
    owner = plain(name)
    row = tx.connection.execute("SELECT dead FROM owners WHERE name = ?", (owner,)).fetchone()
    if row is not None and row[0]:
        return Beat(alive=False)
    if lease <= timedelta():
        bury(tx, [owner], now)
        return Beat(alive=False)
    if row is None:
        _forget(tx, now)
    tx.connection.execute(
        "INSERT INTO owners (name, expires, lease, dead) VALUES (?, ?, ?, 0)"
        " ON CONFLICT (name) DO UPDATE SET expires = excluded.expires, lease = excluded.lease",
        (owner, to_us(now + lease), lease // MICROSECOND),
    )
    cancelled = tx.connection.execute(
        "SELECT token FROM occurrences WHERE cancel AND owner = ? AND state = 'running'", (owner,)
    )
    return Beat(alive=True, cancel=frozenset(token for (token,) in cancelled))


def alive(tx: Transaction, names: Iterable[str]) -> frozenset[str]:
    """Return which of *names* beat at least once and are not dead."""
    rows = tx.connection.execute(
        "SELECT name FROM owners WHERE dead = 0 AND name IN (SELECT value FROM json_each(?))",
        (listed(names),),
    )
    return frozenset(name for (name,) in rows)


def expire(tx: Transaction, now: datetime, by: str) -> None:
    """Declare dead every other owner whose lease has passed."""
    at = to_us(now)
    rows = tx.connection.execute(
        "SELECT name, expires, lease FROM owners WHERE dead = 0 AND name <> ?", (by,)
    ).fetchall()
    if dead := [name for name, expires, _ in rows if expires <= at]:
        bury(tx, dead, now)
    # As rules.leased_until: the clock was set back.
    if ahead := [(at + lease, name) for name, expires, lease in rows if expires > at + 2 * lease]:
        tx.connection.executemany("UPDATE owners SET expires = ? WHERE name = ?", ahead)


def bury(tx: Transaction, names: Sequence[str], now: datetime) -> None:
    """Declare owners dead for good: what they were to plan and what they were running is free."""
    tx.connection.executemany(
        "INSERT INTO owners (name, expires, dead) VALUES (?, ?, 1) ON CONFLICT (name) DO UPDATE SET dead = 1",
        [(name, to_us(now)) for name in names],
    )
    withdraw(tx, names)
    occurrences.orphan(tx, names, now)
    tx.known.jobs.clear()


def withdraw(tx: Transaction, names: Iterable[str]) -> None:
    """Take from owners the right to plan whatever they were to plan."""
    several = set(names)
    taken = tx.connection.execute(
        "DELETE FROM rights WHERE owner IN (SELECT value FROM json_each(?))", (listed(several),)
    ).rowcount
    for job in tx.known.jobs.values() if taken else ():
        if job.planner in several:
            job.planner, job.token = "", 0


def grant(tx: Transaction, owner: str, jobs: Iterable[Kept]) -> None:
    """Give an owner the right to plan jobs that nobody alive may plan, each under its token."""
    several = list(jobs)
    tx.connection.executemany(
        "INSERT OR REPLACE INTO rights (job, owner, token) VALUES (?, ?, ?)",
        [(job.id, owner, job.token) for job in several],
    )
    for job in several:
        job.planner = owner


def free(tx: Transaction, jobs: Iterable[int]) -> None:
    """Let jobs, by id, be planned by whoever asks first."""
    tx.connection.executemany("DELETE FROM rights WHERE job = ?", [(job,) for job in jobs])


def tokens(tx: Transaction, count: int) -> int:
    """Take *count* tokens, each larger than any before, and return the first."""
    tx.connection.execute("UPDATE counters SET value = value + ? WHERE name = 'token'", (count,))
    (last,) = tx.connection.execute("SELECT value FROM counters WHERE name = 'token'").fetchone()
    return int(last) - count + 1


def _forget(tx: Transaction, now: datetime) -> None:
    tx.connection.execute("DELETE FROM owners WHERE dead AND expires < ?", (to_us(now - _REMEMBERED),))
