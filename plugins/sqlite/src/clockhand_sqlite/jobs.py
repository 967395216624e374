"""The table of jobs: read by alias, and written as the rules leave them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from datetime import datetime

import attrs

from clockhand.contracts import Definition, Entry, StoredJob, Unreadable, What, to_us
from clockhand_sqlite import occurrences, rows
from clockhand_sqlite.rows import JOB, Row, last_text, micros, plain
from clockhand_sqlite.transaction import Transaction, listed

_BY_ALIAS = f"SELECT {JOB} FROM jobs j WHERE j.alias IN (SELECT value FROM json_each(?))"  # noqa: S608 - columns
_AFTER = f"SELECT {JOB} FROM jobs j WHERE j.alias > ? ORDER BY j.alias"  # noqa: S608 - columns

_WRITE = (
    "UPDATE jobs SET anchor = ?, cursor = ?, reached = ?, paused = ?, pause_reason = ?, pause_by = ?,"
    " quarantined = ?, last = ?, last_run = ?"
)


@attrs.define
class Kept:
    """A job as the file has it: the row, what it says, and who may plan it."""

    rowid: int
    stored: StoredJob | Unreadable
    planner: str
    planner_token: int


def kept(tx: Transaction, row: Row) -> Kept:
    """Return what a row that begins with the columns of JOB holds."""
    return Kept(row[0], rows.job(tx.codec, row), row[14], row[15])


def by_alias(tx: Transaction, aliases: Iterable[str]) -> dict[str, Kept]:
    """Return the jobs of *aliases* that exist."""
    wanted = set(aliases)
    found = tx.connection.execute(_BY_ALIAS, (listed(wanted),))
    # SQLite ends a text of JSON at a NUL, so that it may find what nobody asked for.
    return {row[1]: kept(tx, row) for row in found if row[1] in wanted}


def following(tx: Transaction, after: str) -> Iterator[Kept]:
    """Yield the jobs whose alias sorts after *after*, by alias."""
    with contextlib.closing(tx.connection.execute(_AFTER, (plain(after),))) as found:
        for row in found:
            # An alias that is no text is shown otherwise than it is kept, and could come up again and again.
            if row[1] > after:
                yield kept(tx, row)


def write(tx: Transaction, several: Iterable[StoredJob]) -> None:
    """Write what is not the definition of jobs that exist."""
    tx.connection.executemany(f"{_WRITE} WHERE alias = ?", [(*_state(row), row.alias) for row in several])


def write_planned(tx: Transaction, several: Iterable[StoredJob]) -> None:
    """Write jobs as their plans left them; whoever asks first may plan them next."""
    tx.connection.executemany(
        f"{_WRITE}, planner = '', planner_token = 0 WHERE alias = ?",
        [(*_state(row), row.alias) for row in several],
    )


def write_last(tx: Transaction, several: Iterable[StoredJob]) -> None:
    """Write the last verdicts of jobs, and leave the rest of them alone."""
    tx.connection.executemany(
        "UPDATE jobs SET last = ?, last_run = ? WHERE alias = ?",
        [(last_text(row.last), last_text(row.last_run), row.alias) for row in several],
    )


def give_back(tx: Transaction, aliases: Iterable[str]) -> None:
    """Let jobs be planned by whoever asks first."""
    tx.connection.executemany(
        "UPDATE jobs SET planner = '', planner_token = 0 WHERE alias = ?", [(alias,) for alias in aliases]
    )


def define(tx: Transaction, defined: Iterable[tuple[StoredJob, Definition]]) -> None:
    """Write jobs with their definitions, new ones or others in their place."""
    several = list(defined)
    tx.connection.executemany(
        "INSERT INTO jobs (anchor, cursor, reached, paused, pause_reason, pause_by, quarantined, last,"
        " last_run, alias, definition, work, executor, revision, source)"
        " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
        " ON CONFLICT (alias) DO UPDATE SET anchor = excluded.anchor, cursor = excluded.cursor,"
        " reached = excluded.reached, paused = excluded.paused, pause_reason = excluded.pause_reason,"
        " pause_by = excluded.pause_by, quarantined = excluded.quarantined, last = excluded.last,"
        " last_run = excluded.last_run, definition = excluded.definition, work = excluded.work,"
        " executor = excluded.executor, revision = excluded.revision, source = excluded.source",
        [
            (*_state(row), row.alias, text.text, text.work, text.executor, row.revision, plain(row.source))
            for row, text in several
        ],
    )
    occurrences.move(tx, [(text.executor, row.alias) for row, text in several])


def remove(tx: Transaction, aliases: Iterable[str]) -> None:
    """Forget jobs, and with them their open occurrences."""
    tx.connection.executemany("DELETE FROM jobs WHERE alias = ?", [(alias,) for alias in aliases])


def quarantine(tx: Transaction, jobs: Iterable[tuple[Kept, str]], now: datetime) -> list[Entry]:
    """Put jobs into quarantine, each with its reason, and return the entries that say so."""
    found = list(jobs)
    tx.connection.executemany(
        "UPDATE jobs SET quarantined = ? WHERE rowid = ?",
        [(plain(reason), job.rowid) for job, reason in found],
    )
    return [Entry(now, What.JOB_QUARANTINED, job.stored.alias, reason=reason) for job, reason in found]


def _state(row: StoredJob) -> Row:
    paused = row.paused
    return (
        to_us(row.anchor),
        micros(row.cursor),
        micros(row.reached),
        None if paused is None else to_us(paused.since),
        "" if paused is None else plain(paused.reason),
        "" if paused is None else plain(paused.by),
        plain(row.quarantined),
        last_text(row.last),
        last_text(row.last_run),
    )
