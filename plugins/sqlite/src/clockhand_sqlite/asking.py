"""Runs asked for by hand, and their end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from clockhand.contracts import (
    Cancel,
    Fire,
    OpenState,
    Requested,
    StoredJob,
    rules,
)
from clockhand_sqlite import jobs, ledger, occurrences
from clockhand_sqlite.transaction import Transaction


def answer(tx: Transaction, requests: Sequence[Fire | Cancel], now: datetime) -> list[Requested]:
    """Do what each request asks for, one after the other."""
    return [_fire(tx, one, now) if isinstance(one, Fire) else _cancel(tx, one, now) for one in requests]


def _fire(tx: Transaction, fire: Fire, now: datetime) -> Requested:
    job = jobs.by_alias(tx, [fire.alias]).get(fire.alias)
    answer, one = rules.fire(job.stored if job else None, fire, now)
    if one is not None and one.key not in occurrences.by_key(tx, [one.key]):
        occurrences.write(tx, [one])
    return answer


def _cancel(tx: Transaction, cancel: Cancel, now: datetime) -> Requested:
    item = occurrences.by_key(tx, [cancel.key]).get(cancel.key)
    if item is None:
        return Requested("missing", reason=f"no open occurrence {cancel.key!r} in this silo")
    one = item.one
    if one.state is OpenState.RUNNING:
        occurrences.cancel(tx, one.key)
        return Requested("done", one.key)
    entry = rules.cancelled(one, now, cancel.by)
    for job in jobs.by_alias(tx, [one.job]).values():
        if isinstance(job.stored, StoredJob):
            jobs.write_last(tx, [rules.recorded(job.stored, (entry,))])
    occurrences.close(tx, [one.key])
    # Whoever is planning the job counts on the occurrence: its plan must not bring it back.
    jobs.give_back(tx, [one.job])
    ledger.record(tx, [entry])
    return Requested("done", one.key)
