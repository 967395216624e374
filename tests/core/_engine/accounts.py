"""Reading a ledger: what started, what became of each occurrence, and whether the sums are right."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from clockhand.contracts import Entry, Verdict, What


def starts(entries: Iterable[Entry]) -> Counter[str]:
    """Return how many start records each occurrence has."""
    return Counter(entry.occurrence for entry in entries if entry.what is What.RUN_STARTED)


def verdicts(entries: Iterable[Entry], job: str | None = None) -> list[tuple[str, str]]:
    """Return (occurrence, verdict) in order; a range is named by its first and last due time."""
    return [
        (entry.occurrence or f"{entry.job}@{entry.due:%H:%M:%S}..{entry.last:%H:%M:%S}", str(entry.verdict))
        for entry in entries
        if entry.verdict is not None and job in {None, entry.job}
    ]


def covered(entries: Iterable[Entry], job: str, step: timedelta) -> list[datetime]:
    """Return each due time of *job* that has a verdict, as often as it has one; ranges go by *step*."""
    dues: list[datetime] = []
    for entry in entries:
        if entry.verdict is not None and entry.job == job and "!" not in entry.occurrence:
            assert entry.due is not None
            assert entry.count is not None
            dues += [entry.due + step * number for number in range(entry.count)]
    return sorted(dues)


def grid(first: datetime, last: datetime, step: timedelta) -> list[datetime]:
    """Return the moments from *first* to *last*, both counted."""
    return [first + step * number for number in range((last - first) // step + 1)]


def became(entries: Iterable[Entry]) -> dict[str, list[Verdict]]:
    """Return the verdicts of each occurrence that has one of its own."""
    found: defaultdict[str, list[Verdict]] = defaultdict(list)
    for entry in entries:
        if entry.verdict is not None and entry.occurrence:
            found[entry.occurrence].append(entry.verdict)
    return dict(found)


def gaps(entries: Iterable[Entry]) -> dict[str, list[int]]:
    """Return, by life, the numbers of the entries where they aren't 1, 2, 3 and so on."""
    lives: defaultdict[str, list[int]] = defaultdict(list)
    for entry in entries:
        lives[entry.life].append(entry.seq)
    return {life: seqs for life, seqs in lives.items() if sorted(seqs) != list(range(1, len(seqs) + 1))}
