"""The table of jobs: read by alias, and written as the rules leave them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from clockhand.contracts import Definition, Entry, StoredJob, Unreadable, What, to_us
from clockhand_sqlite import occurrences, rows
from clockhand_sqlite.known import Kept
from clockhand_sqlite.rows import JOB, Row, last_texts, micros, plain
from clockhand_sqlite.transaction import Transaction, listed

_OPEN = "(SELECT count(*) FROM occurrences o WHERE o.job = j.alias)"
_BY_ALIAS = f"SELECT {JOB}, {_OPEN} FROM jobs j WHERE j.alias IN (SELECT value FROM json_each(?))"  # noqa: S608 - columns
_AFTER = f"SELECT {JOB}, {_OPEN} FROM jobs j WHERE j.alias > ? ORDER BY j.alias"  # noqa: S608 - columns
_KEPT = f"SELECT {JOB}, r.owner, r.token FROM jobs j LEFT JOIN rights r ON r.job = j.id"  # noqa: S608 - columns
KEPT_BY_ALIAS = _KEPT + " WHERE j.alias IN (SELECT value FROM json_each(?))"  # noqa: S608 - columns
KEPT_BY_ID = _KEPT + " WHERE j.id IN (SELECT value FROM json_each(?))"  # noqa: S608 - columns

_STATE = (
    "anchor = ?, cursor = ?, reached = ?, paused = ?, pause_reason = ?, pause_by = ?, quarantined = ?,"
    " last = ?, last_run = ?, failed_in_row = ?, runs = ?"
)
_WRITE = f"UPDATE jobs SET {_STATE} WHERE alias = ?"  # noqa: S608 - columns
# Most turns change little of a job, and what stays as it is needn't be looked up in the indexes.
_MOVE = "UPDATE jobs SET cursor = ?, reached = ? WHERE id = ?"
_JUDGE = "UPDATE jobs SET last = ?, last_run = ?, failed_in_row = ? WHERE id = ?"
_DEFINITION = "definition, work, executor, revision, source, alias"
_CREATE = f"INSERT INTO jobs (id, anchor, cursor, {_DEFINITION}) VALUES (?,?,?,?,?,?,?,?,?)"  # noqa: S608 - columns
_CREATE_WHOLE = (
    f"INSERT INTO jobs (id, {_STATE.replace(' = ?', '')}, {_DEFINITION})"  # noqa: S608 - columns
    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)
_REDEFINE = (
    f"UPDATE jobs SET {_STATE}, definition = ?, work = ?, executor = ?, revision = ?, source = ?"  # noqa: S608
    " WHERE alias = ?"
)


def by_alias(tx: Transaction, aliases: Iterable[str]) -> dict[str, StoredJob | Unreadable]:
    """Return the jobs of *aliases* that exist, as their definitions read now."""
    wanted = set(aliases)
    found = tx.connection.execute(_BY_ALIAS, (listed(wanted),))
    # SQLite ends a text of JSON at a NUL, so that it may find what nobody asked for.
    return {row[1]: rows.job(tx.codec.load, row, row[-1]) for row in found if row[1] in wanted}


def following(tx: Transaction, after: str) -> Iterator[StoredJob | Unreadable]:
    """Yield the jobs whose alias sorts after *after*, by alias."""
    with contextlib.closing(tx.connection.execute(_AFTER, (plain(after),))) as found:
        for row in found:
            # An alias that is no text is shown otherwise than it is kept, and could come up again and again.
            if row[1] > after:
                yield rows.job(tx.codec.load, row, row[-1])


def load(tx: Transaction, aliases: Iterable[str]) -> dict[str, Kept]:
    """Return the jobs of *aliases* that exist, with all that is open of them."""
    known = tx.known.jobs
    wanted = set(aliases)
    found = {alias: known[alias] for alias in wanted if alias in known}
    if len(found) < len(wanted):
        missing = wanted - found.keys()
        read = tx.connection.execute(KEPT_BY_ALIAS, (listed(missing),)).fetchall()
        found |= {job.stored.alias: job for job in _kept(tx, [row for row in read if row[1] in missing])}
    return found


def load_by_id(tx: Transaction, places: Mapping[int, str]) -> list[Kept]:
    """Return the jobs of *places*, their ids with their aliases, with all that is open of them, in order."""
    known = tx.known.jobs
    missing = [one for one, alias in places.items() if alias not in known]
    read = {}
    if missing:
        found = tx.connection.execute(KEPT_BY_ID, (json.dumps(missing),)).fetchall()
        read = {job.id: job for job in _kept(tx, found)}
    return [read.get(one) or known[alias] for one, alias in places.items()]


def _kept(tx: Transaction, several: Sequence[Row]) -> list[Kept]:
    opened = occurrences.of_jobs(tx, [row[1] for row in several])
    found = []
    for row in several:
        group = opened.get(row[1], ())
        stored = rows.job(tx.definitions.load, row, len(group))
        job = Kept(row[0], stored, row[3], row[-2] or "", row[-1] or 0)
        occurrences.attach(job, group)
        if isinstance(stored, StoredJob) and not job.bad:
            tx.known.jobs[row[1]] = job
        found.append(job)
    return found


def write(tx: Transaction, several: Iterable[StoredJob]) -> None:
    """Write what is not the definition of jobs that exist; what waits of them is held up, or no longer."""
    written = list(several)
    tx.connection.executemany(_WRITE, [(*_state(row), row.alias) for row in written])
    _settled(tx, [row.alias for row in written])


def write_changed(tx: Transaction, several: Iterable[tuple[Kept, StoredJob]]) -> None:
    """Write jobs that were otherwise before: of each what has changed."""
    moved: list[Row] = []
    judged: list[Row] = []
    whole: list[StoredJob] = []
    for job, before in several:
        now = job.stored
        if not isinstance(now, StoredJob):
            continue
        if (
            now.paused is not before.paused
            or now.quarantined != before.quarantined
            or now.anchor is not before.anchor
            or now.runs != before.runs
        ):
            whole.append(now)
        elif now.last is before.last and now.failed_in_row == before.failed_in_row:
            moved.append((micros(now.cursor), micros(now.reached), job.id))
        elif now.cursor is before.cursor and now.reached is before.reached:
            judged.append((*last_texts(now), now.failed_in_row, job.id))
        else:
            whole.append(now)
    tx.connection.executemany(_MOVE, moved)
    tx.connection.executemany(_JUDGE, judged)
    if whole:
        tx.connection.executemany(_WRITE, [(*_state(row), row.alias) for row in whole])
        occurrences.line_up(tx, [row.alias for row in whole])


def create(tx: Transaction, several: Iterable[tuple[StoredJob, Definition]]) -> None:
    """Write jobs that aren't there yet."""
    (unused,) = tx.connection.execute("SELECT coalesce(max(id), 0) + 1 FROM jobs").fetchone()
    fresh: list[Row] = []
    whole: list[Row] = []
    for number, (row, text) in enumerate(several, unused):
        tx.known.jobs[row.alias] = Kept(number, row, text.executor)
        if (
            row.last
            or row.last_run
            or row.reached
            or row.paused
            or row.quarantined
            or row.failed_in_row
            or row.runs
        ):
            whole.append((number, *_state(row), *_definition(row, text)))
        else:
            fresh.append((number, to_us(row.anchor), micros(row.cursor), *_definition(row, text)))
    tx.connection.executemany(_CREATE, fresh)
    tx.connection.executemany(_CREATE_WHOLE, whole)


def redefine(tx: Transaction, several: Iterable[tuple[StoredJob, Definition]]) -> None:
    """Write jobs with definitions in place of those that are there; what waits of them goes by these."""
    defined = list(several)
    tx.connection.executemany(_REDEFINE, [(*_state(row), *_definition(row, text)) for row, text in defined])
    occurrences.place(tx, [(text.executor, row.job.terms.priority, row.alias) for row, text in defined])
    _settled(tx, [row.alias for row, _ in defined])


def _definition(row: StoredJob, text: Definition) -> Row:
    return (text.text, text.work, text.executor, row.revision, plain(row.source), row.alias)


def _settled(tx: Transaction, aliases: Sequence[str]) -> None:
    """See to the open occurrences of jobs that were written whole."""
    occurrences.line_up(tx, aliases)
    for alias in aliases:
        tx.known.jobs.pop(alias, None)


def remove(tx: Transaction, aliases: Sequence[str]) -> None:
    """Forget jobs, and with them their open occurrences and the rights to plan them."""
    tx.connection.executemany("DELETE FROM jobs WHERE alias = ?", [(alias,) for alias in aliases])
    for alias in aliases:
        tx.known.jobs.pop(alias, None)


def quarantine(tx: Transaction, jobs: Iterable[tuple[Kept, str]], now: datetime) -> list[Entry]:
    """Put jobs into quarantine, each with its reason, and return the entries that say so."""
    found = list(jobs)
    tx.connection.executemany(
        "UPDATE jobs SET quarantined = ? WHERE id = ?", [(plain(reason), job.id) for job, reason in found]
    )
    _settled(tx, [job.stored.alias for job, _ in found])
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
        *last_texts(row),
        row.failed_in_row,
        row.runs,
    )
