"""Ending claims: with a verdict, for another attempt, or because they were not begun."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from clockhand.contracts import Claim, End, Entry, OpenOccurrence, StoredJob, rules
from clockhand_sqlite import jobs, ledger, occurrences
from clockhand_sqlite.transaction import Transaction


def settle(tx: Transaction, ends: Sequence[End], now: datetime, others: Sequence[Entry]) -> list[bool]:
    """End each claim whose token is the current one; *others* are written in any case."""
    found = occurrences.by_key(tx, [end.key for end in ends])
    kept = jobs.by_alias(tx, [end.job for end in ends])
    taken: dict[str, tuple[End, OpenOccurrence]] = {}
    answers = []
    for end in ends:
        one = None if end.key in taken else occurrences.held(found, end.key, end.token)
        answers.append(one is not None and one.job == end.job and end.job in kept)
        if one is not None and answers[-1]:
            taken[end.key] = (end, one)
    _write(tx, list(taken.values()), kept, now)
    ledger.record(tx, [*(entry for end, _ in taken.values() for entry in end.entries), *others])
    return answers


def _write(
    tx: Transaction,
    taken: Sequence[tuple[End, OpenOccurrence]],
    kept: Mapping[str, jobs.Kept],
    now: datetime,
) -> None:
    for end, _ in taken:
        job = kept[end.job]
        if isinstance(job.stored, StoredJob):  # one that can't be read any more keeps what it had
            job.stored = rules.recorded(job.stored, end.entries)
    ended = {end.job: kept[end.job].stored for end, _ in taken}
    jobs.write_last(tx, [stored for stored in ended.values() if isinstance(stored, StoredJob)])
    jobs.quarantine(tx, [(kept[end.job], end.quarantine) for end, _ in taken if end.quarantine], now)
    occurrences.close(tx, [end.key for end, _ in taken if end.verdict is not None])
    occurrences.plan_again(tx, [(end, one) for end, one in taken if end.verdict is None], now)


def hand_back(tx: Transaction, claims: Sequence[Claim]) -> None:
    """Let claims that were not begun be claimed again; stale tokens are ignored."""
    several = [claim.occurrence for claim in claims]
    found = occurrences.by_key(tx, [one.key for one in several])
    occurrences.take_back(tx, [one.key for one in several if occurrences.held(found, one.key, one.token)])
