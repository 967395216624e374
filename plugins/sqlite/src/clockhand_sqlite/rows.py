"""Rows into values and back: whatever a row holds, reading it never raises, and never changes it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import attrs

from clockhand.contracts import (
    Codec,
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

JOB: Final = (
    "j.rowid, j.alias, CAST(j.definition AS BLOB), j.revision, j.source, j.anchor, j.cursor, j.reached,"
    " j.paused, j.pause_reason, j.pause_by, j.quarantined, j.last, j.last_run, j.planner, j.planner_token,"
    " (SELECT count(*) FROM occurrences o WHERE o.job = j.alias)"
)
"""The columns that `job` reads, of jobs AS j."""
OCCURRENCE: Final = (
    "o.key, o.job, o.due, o.state, o.attempt, o.not_before, o.executor, o.forced, o.owner, o.token,"
    " o.revision, o.deaths, o.cancel, o.started, o.lost"
)
"""The columns that `occurrence` reads, of occurrences AS o."""
OCCURRENCE_COLUMNS: Final = 15
ORPHANED: Final = "orphaned"
"""The state, known to the file only, of a running occurrence whose owner is dead."""


def job(codec: Codec, row: Row) -> StoredJob | Unreadable:
    """Return the job of a row of JOB; Unreadable, with the reason, when it doesn't make one."""
    try:
        return _job(codec, row)
    except Exception as error:  # noqa: BLE001 - a row can hold anything, and a codec raise it
        newer = isinstance(error, NewerDefinition)
        return _unreadable(row, str(error) or type(error).__name__, newer=newer)


def _job(codec: Codec, row: Row) -> StoredJob:
    _, alias, text, revision, source, anchor, cursor, reached, paused, *more = row
    reason, by, quarantined, last, last_run, _, _, opened = more[:8]
    found = codec.load(text)
    if found.alias != alias:
        raise ValueError(f"definition: it is that of {found.alias!r}")
    ended = None if last is None else _last(last)
    return StoredJob(
        found,
        _whole(revision, "revision"),
        _words(source, "source"),
        _moment(anchor, "anchor"),
        None if cursor is None else _moment(cursor, "cursor"),
        None if reached is None else _moment(reached, "reached"),
        None if paused is None else _paused(reason, by, paused),
        _words(quarantined, "quarantined"),
        ended,
        ended if last_run == last else None if last_run is None else _last(last_run),
        opened,
    )


def _unreadable(row: Row, reason: str, *, newer: bool) -> Unreadable:
    """Return what can be said of a row of JOB that makes no job."""
    raw, revision, source = row[2], row[3], row[4]
    return Unreadable(
        row[1],
        reason,
        raw if isinstance(raw, bytes) else b"",
        source if isinstance(source, str) else "",
        revision if type(revision) is int else 0,
        newer,
    )


@attrs.define
class Open:
    """An open occurrence as the file has it, and what the file knows besides."""

    one: OpenOccurrence
    orphaned: bool = False
    """Whether its owner is dead and nobody else has it yet."""
    lost: Run | None = None
    """The run that a dead owner didn't end, until another one has ended."""


def occurrence(row: Row) -> Open:
    """Return the occurrence of a row of OCCURRENCE; TypeError, ValueError, OverflowError if it makes none."""
    orphaned = row[3] == ORPHANED
    one = OpenOccurrence(
        row[0],
        row[1],
        _moment(row[2], "due"),
        OpenState.RUNNING if orphaned else OpenState(row[3]),
        _whole(row[4], "attempt"),
        _moment(row[5], "not_before"),
        _words(row[6], "executor"),
        bool(row[7]),
        _words(row[8], "owner"),
        _whole(row[9], "token"),
        _whole(row[10], "revision"),
        _whole(row[11], "deaths"),
        bool(row[12]),
        None if row[13] is None else _moment(row[13], "started"),
    )
    return Open(one, orphaned, None if row[14] is None else _lost(row[14]))


def occurrence_row(one: OpenOccurrence, lost: Run | None = None) -> Row:
    """Return the columns of OCCURRENCE for *one*."""
    return (
        one.key,
        one.job,
        to_us(one.due),
        str(one.state),
        one.attempt,
        to_us(one.not_before),
        one.executor,
        one.forced,
        plain(one.owner),
        one.token,
        one.revision,
        one.deaths,
        one.cancel,
        micros(one.started),
        lost_text(lost),
    )


def micros(moment: datetime | None) -> int | None:
    """Return *moment* as a column holds it."""
    return None if moment is None else to_us(moment)


def last_text(last: Last | None) -> str | None:
    """Return *last* as a column holds it."""
    if last is None:
        return None
    return f"{last.verdict} {to_us(last.due)} {to_us(last.at)} {plain(last.reason)}"


def lost_text(run: Run | None) -> str | None:
    """Return a run that was not ended as a column holds it."""
    if run is None:
        return None
    return json.dumps([run.attempt, run.owner, run.token, run.revision, to_us(run.started)])


def plain(text: str) -> str:
    """Return *text* with what UTF-8 can't hold (lone surrogates, of a file's name say) written out."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def _last(text: str) -> Last:
    verdict, due, at, reason = text.split(" ", 3)
    return Last(Verdict(verdict), from_us(int(due)), from_us(int(at)), reason)


def _paused(reason: object, by: object, since: object) -> Paused:
    return Paused(_words(reason, "pause_reason"), _words(by, "pause_by"), _moment(since, "paused"))


def _lost(text: str) -> Run:
    attempt, owner, token, revision, started = json.loads(text)
    return Run(
        _whole(attempt, "lost"),
        _words(owner, "lost"),
        _whole(token, "lost"),
        _whole(revision, "lost"),
        _moment(started, "lost"),
    )


def _moment(value: object, column: str) -> datetime:
    return from_us(_whole(value, column))


def _whole(value: object, column: str) -> int:
    if type(value) is not int:
        raise TypeError(f"{column}: not a whole number, found {shown(value)}")
    return value


def _words(value: object, column: str) -> str:
    if type(value) is not str:
        raise TypeError(f"{column}: not a text, found {shown(value)}")
    return value
