"""Runs asked for by hand, and their end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from clockhand.contracts import Cancel, Fire, OpenState, Requested, StoredJob, rules
from clockhand_sqlite import jobs
from clockhand_sqlite.known import Kept
from clockhand_sqlite.transaction import Transaction
from clockhand_sqlite.writes import Writes

_MARK: Final = re.compile("[@!]")
"""What ends the alias in an occurrence's key."""


def answer(tx: Transaction, requests: Sequence[Fire | Cancel], now: datetime) -> list[Requested]:
    """Do what each request asks for, one after the other."""
    found = jobs.load(tx, map(_alias, requests))
    writes = Writes(tx, now)
    answers = []
    for request in requests:
        job = found.get(_alias(request))
        done = _fire(writes, job, request) if isinstance(request, Fire) else _cancel(writes, job, request)
        answers.append(done)
    writes.write()
    return answers


def _alias(request: Fire | Cancel) -> str:
    return request.alias if isinstance(request, Fire) else _MARK.split(request.key, maxsplit=1)[0]


def _fire(writes: Writes, job: Kept | None, fire: Fire) -> Requested:
    answer, one = rules.fire(job.shown() if job else None, fire, writes.now)
    if job is not None and one is not None and one.key not in job.opened:
        writes.open(job, one)
    return answer


def _cancel(writes: Writes, job: Kept | None, cancel: Cancel) -> Requested:
    one = job.opened.get(cancel.key) if job else None
    if job is None or one is None:
        return Requested("missing", reason=f"no open occurrence {cancel.key!r} in this silo")
    if one.state is OpenState.RUNNING:
        writes.cancel(job, one)
        return Requested("done", one.key)
    entry = rules.cancelled(one, writes.now, cancel.by)
    if isinstance(job.stored, StoredJob):
        writes.job(job, rules.recorded(job.stored, (entry,)))
    writes.close(job, one)
    # Whoever is planning the job counts on the occurrence: its plan must not bring it back.
    writes.free(job)
    writes.let_in_line(job)
    writes.entries.append(entry)
    return Requested("done", one.key)
