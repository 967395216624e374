"""Rows into values and back: whatever a row holds, reading it never raises, and never changes it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from clockhand.contracts import (
    Job,
    Last,
    OpenOccurrence,
    OpenState,
    Paused,
    Run,
    StoredJob,
    Unreadable,
    Verdict,
    from_us,
    to_us,
)
from clockhand.errors import NewerDefinition, shown

Row = Sequence[Any]
Load = Callable[[bytes], Job]
"""What makes a job of its text, and raises if it can't."""

JOB: Final = (
    "j.id, j.alias, CAST(j.definition AS BLOB), j.executor, j.revision, j.source, j.anchor, j.cursor,"
    " j.reached, j.paused, j.pause_reason, j.pause_by, j.quarantined, j.last, j.last_run, j.failed_in_row,"
    " j.runs"
)
"""The columns that `job` reads, of jobs AS j."""
OCCURRENCE: Final = (
    "o.job, o.key, o.due, o.state, o.attempt, o.not_before, o.executor, o.forced, o.owner, o.token,"
    " o.revision, o.deaths, o.cancel, o.started, o.priority, o.failures, o.watched, o.lost"
)
"""The columns that `occurrence` reads, of occurrences AS o."""
PLAIN_OCCURRENCE: Final = (
    "job, key, due, state, attempt, not_before, executor, owner, token, revision, started, priority"
)
"""The columns of an occurrence that waits for nothing and has nothing special about it."""
_THE_SAME: Final = "="
"""What last_run says when it is the last verdict, as it is most of the time."""
ORPHANED: Final = "orphaned"
"""The state, known to the file only, of a running occurrence whose owner is dead."""


def job(load: Load, row: Row, opened: int) -> StoredJob | Unreadable:
    """
    Return the job of a row of JOB that has so many open occurrences.

    Unreadable, with the reason, when it doesn't make one.
    """
    try:
        return _job(load, row, opened)
    except Exception as error:  # noqa: BLE001 - a row can hold anything, and a codec raise it
        newer = isinstance(error, NewerDefinition)
        return _unreadable(row, str(error) or type(error).__name__, newer=newer)


def _job(load: Load, row: Row, opened: int) -> StoredJob:
    _, alias, text, executor, revision, source, anchor, cursor, reached, paused, *more = row[:17]
    reason, by, quarantined, last, last_run, failed_in_row, runs = more
    found = load(text)
    if found.alias != alias:
        raise ValueError(f"definition: it is that of {found.alias!r}")
    words(executor, "executor")
    ended = None if last is None else _last(last)
    return StoredJob(
        found,
        whole(revision, "revision"),
        words(source, "source"),
        moment(anchor, "anchor"),
        None if cursor is None else moment(cursor, "cursor"),
        None if reached is None else moment(reached, "reached"),
        None if paused is None else _paused(reason, by, paused),
        words(quarantined, "quarantined"),
        ended,
        ended if last_run in {last, _THE_SAME} else None if last_run is None else _last(last_run),
        whole(failed_in_row, "failed_in_row"),
        opened,
        whole(runs, "runs"),
    )


def _unreadable(row: Row, reason: str, *, newer: bool) -> Unreadable:
    """Return what can be said of a row of JOB that makes no job."""
    raw, revision, source = row[2], row[4], row[5]
    return Unreadable(
        row[1],
        reason,
        raw if isinstance(raw, bytes) else b"",
        source if isinstance(source, str) else "",
        revision if type(revision) is int else 0,
        newer,
    )


def occurrence(row: Row) -> OpenOccurrence:
    """Return the occurrence of a row of OCCURRENCE; TypeError, ValueError, OverflowError if it makes none."""
    return OpenOccurrence(
        words(row[1], "key"),
        words(row[0], "job"),
        moment(row[2], "due"),
        OpenState.RUNNING if row[3] == ORPHANED else OpenState(row[3]),
        whole(row[4], "attempt"),
        moment(row[5], "not_before"),
        words(row[6], "executor"),
        bool(row[7]),
        words(row[8], "owner"),
        whole(row[9], "token"),
        whole(row[10], "revision"),
        whole(row[11], "deaths"),
        bool(row[12]),
        None if row[13] is None else moment(row[13], "started"),
        whole(row[14], "priority"),
        whole(row[15], "failures"),
        bool(row[16]),
    )


def occurrence_row(one: OpenOccurrence, lost: Run | None, line: str | None) -> Row:
    """Return the columns of OCCURRENCE, and the line, of an open occurrence."""
    return (
        one.job,
        one.key,
        to_us(one.due),
        str(one.state),
        one.attempt,
        to_us(one.not_before),
        one.executor,
        int(one.forced),
        plain(one.owner),
        one.token,
        one.revision,
        one.deaths,
        int(one.cancel),
        micros(one.started),
        one.priority,
        one.failures,
        int(one.watched),
        None if lost is None else _lost_text(lost),
        line,
    )


def plain_occurrence_row(one: OpenOccurrence) -> Row:
    """Return the columns of PLAIN_OCCURRENCE of an open occurrence; the others have their defaults."""
    return (
        one.job,
        one.key,
        to_us(one.due),
        str(one.state),
        one.attempt,
        to_us(one.not_before),
        one.executor,
        plain(one.owner),
        one.token,
        one.revision,
        micros(one.started),
        one.priority,
    )


def micros(moment: datetime | None) -> int | None:
    """Return *moment* as a column holds it."""
    return None if moment is None else to_us(moment)


def last_texts(row: StoredJob) -> tuple[str | None, str | None]:
    """Return the last verdict of a job, and the last of those that ran, as columns hold them."""
    last = _last_text(row.last)
    if row.last_run is row.last and last is not None:
        return last, _THE_SAME
    return last, _last_text(row.last_run)


def _last_text(last: Last | None) -> str | None:
    if last is None:
        return None
    return f"{last.verdict} {to_us(last.due)} {to_us(last.at)} {plain(last.reason)}"


def plain(text: str) -> str:
    """Return *text* with what UTF-8 can't hold (lone surrogates, of a file's name say) written out."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def _last(text: str) -> Last:
    verdict, due, at, reason = text.split(" ", 3)
    return Last(Verdict(verdict), from_us(int(due)), from_us(int(at)), reason)


def _paused(reason: object, by: object, since: object) -> Paused:
    return Paused(words(reason, "pause_reason"), words(by, "pause_by"), moment(since, "paused"))


def _lost_text(run: Run) -> str:
    return json.dumps([run.attempt, run.owner, run.token, run.revision, to_us(run.started)])


def lost_run(text: str) -> Run:
    """Return the run of a column `lost`; TypeError, ValueError, OverflowError if it makes none."""
    attempt, owner, token, revision, started = json.loads(text)
    return Run(
        whole(attempt, "lost"),
        words(owner, "lost"),
        whole(token, "lost"),
        whole(revision, "lost"),
        moment(started, "lost"),
    )


_moments = lru_cache(4_096)(from_us)


def moment(value: object, column: str) -> datetime:
    """Return the moment that a *column* holds; TypeError, OverflowError if it is none."""
    return _moments(whole(value, column))


def whole(value: object, column: str) -> int:
    """Return the whole number that a *column* holds; TypeError if it is none."""
    if type(value) is not int:
        raise TypeError(f"{column}: not a whole number, found {shown(value)}")
    return value


def words(value: object, column: str) -> str:
    """Return the text that a *column* holds; TypeError if it is none."""
    if type(value) is not str:
        raise TypeError(f"{column}: not a text, found {shown(value)}")
    return value
