"""Entries into rows of the table history and back."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from clockhand.contracts import Entry, Outcome, Result, Run, Verdict, What, to_us
from clockhand.errors import shown
from clockhand_sqlite.rows import Row, moment, plain, whole, words

COLUMNS: Final = "position, life, seq, at, what, job, occurrence, verdict, body"
"""The columns of an entry in history."""
BODY: Final = 8
"""Where in a row of COLUMNS the body stands."""

_LOG = logging.getLogger("clockhand.sqlite")
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"))
_NOTHING: Final = "-"
"""What stands in a body for what there is not."""


def entry_row(entry: Entry, life: int) -> Row:
    """Return the values of COLUMNS for *entry*, whose life has that number."""
    job, occurrence, body = entry.job, entry.occurrence, _body(entry)
    texts = f"{job}{occurrence}{body}"
    if "\0" in texts or plain(texts) != texts:
        job, occurrence, body = plain(job), plain(occurrence), ""
    return (
        entry.position,
        life,
        entry.seq,
        to_us(entry.at),
        str(entry.what),
        job,
        occurrence,
        "" if entry.verdict is None else str(entry.verdict),
        body or _ENCODER.encode(entry.to_json()),
    )


def _body(entry: Entry) -> str:
    """
    Return what the other columns don't say of an entry as words in a line, the reason last.

    Empty when words don't do; then it has to be said in JSON, which takes several times as long.
    """
    run, outcome = entry.run, None if entry.run is None else entry.run.outcome
    if entry.last is not None or entry.count != 1 or entry.output is not None:
        return ""
    due = _NOTHING if entry.due is None else to_us(entry.due)
    if run is None:
        return f"entry {due} {entry.reason}"
    if not run.owner or " " in run.owner:
        return ""
    if outcome is not None and (outcome.code or outcome.reason or outcome.output is not None):
        return ""
    ended = _NOTHING if run.ended is None else to_us(run.ended)
    result = _NOTHING if outcome is None else str(outcome.result)
    began = f"{run.attempt} {run.owner} {run.token} {run.revision} {to_us(run.started)}"
    return f"run {due} {began} {ended} {result} {entry.reason}"


def read(rows: Iterable[Row]) -> Iterator[Entry]:
    """Yield the entries of rows of COLUMNS, with the life's name; one that can't be read is passed over."""
    for row in rows:
        try:
            yield _entry(row)
        except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError) as error:
            _LOG.warning("entry %s can't be read and is passed over: %s", row[0], shown(str(error)))


def _entry(row: Row) -> Entry:
    position, life, seq, at, what, job, occurrence, verdict, body = row
    kind, _, rest = body.partition(" ")
    run = None
    if kind == "run":
        due, attempt, owner, token, revision, started, ended, result, reason = rest.split(" ", 8)
        outcome = None if result == _NOTHING else Outcome(Result(result))
        begun = moment(int(started), "started")
        run = Run(int(attempt), owner, int(token), int(revision), begun, _moment(ended), outcome)
    elif kind == "entry":
        due, reason = rest.split(" ", 1)
    else:
        return Entry.from_json(json.loads(body), position)
    return Entry(
        moment(at, "at"),
        What(what),
        words(job, "job"),
        words(occurrence, "occurrence"),
        _moment(due),
        Verdict(verdict) if verdict else None,
        run,
        reason,
        life=words(life, "life"),
        seq=whole(seq, "seq"),
        position=position,
    )


def _moment(text: str) -> datetime | None:
    return None if text == _NOTHING else moment(int(text), "moment")
