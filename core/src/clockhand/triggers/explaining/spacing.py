"""How far apart due times lie: by arithmetic where the timer allows, else one by one up to a number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from clockhand._model.moments import EPOCH, MICROSECOND
from clockhand._model.protocols import Timer
from clockhand.triggers.crontab import Cron, fields
from clockhand.triggers.crontab.spans import LAST, span_of
from clockhand.triggers.elapsed import Every
from clockhand.triggers.explaining.runs import Clock, Run, joined
from clockhand.triggers.explaining.value import Spacing

LOOKED_AT: Final = 1_000
"""So many due times are looked at for those that no condition excludes."""
WALKED: Final = 1_000
"""So many due times are looked at one by one; the gaps of more are not told."""

Next = Callable[[datetime], datetime | None]
"""What is due next after a moment."""


def spacing(timer: Timer, first: datetime, until: datetime, following: Next) -> Spacing | None:
    """
    Return how far apart the due times lie from *first*, which is one, up to *until*; None if it is the only.

    *following* answers what is due next: a job's answer may end before that of its *timer*.
    """
    if isinstance(timer, Every):
        after = following(first)
        return None if after is None or after > until else Spacing(timer.period, timer.period, until)
    if isinstance(timer, Cron):
        return _of_run(_cron(timer, first, until), until)
    return _walked(first, until, following)


def _walked(first: datetime, until: datetime, following: Next) -> Spacing | None:
    before, shortest, longest = first, timedelta.max, timedelta.min
    for _ in range(WALKED):
        due = following(before)
        if due is None or due > until:
            break
        shortest, longest = min(shortest, due - before), max(longest, due - before)
        before = due
    else:
        until = before
    return None if before == first else Spacing(shortest, longest, until)


def passing(looked: Iterable[tuple[datetime, object]], until: datetime) -> Spacing | None:
    """
    Return how far apart those due times lie up to *until* that nothing excludes; None if there aren't two.

    *looked* has due times, each with what excludes it; as many of them as are looked at are no end.
    """
    before: datetime | None = None
    shortest, longest = timedelta.max, timedelta.min
    for number, (due, held) in enumerate(looked, 1):
        if due > until:
            break
        if held is None:
            if before is not None:
                shortest, longest = min(shortest, due - before), max(longest, due - before)
            before = due
        if number == LOOKED_AT:
            until = due
    return None if longest < shortest else Spacing(shortest, longest, until)


def _of_run(run: Run | None, until: datetime) -> Spacing | None:
    if run is None or run.longest < 0:
        return None
    return Spacing(timedelta(seconds=run.shortest), timedelta(seconds=run.longest), until)


def _cron(timer: Cron, first: datetime, until: datetime) -> Run | None:
    return joined(_spans(timer, _seconds(first), min(_seconds(until), LAST)))


def _spans(timer: Cron, first: int, last: int) -> Iterator[Run | None]:
    """
    Yield the due times of the closed range, those of each span between two clock changes as a run.

    All walls of a span that match, from its first due time on to its last, are due: only that first one
    may be none of them, and make up for what the gap before it has skipped.
    """
    zone = None if timer.tz in {None, "UTC"} else ZoneInfo(timer.tz)
    clock = Clock(fields.parse(timer.spec))
    while first <= last:
        span = span_of(zone, first)
        begin, end = max(first, span.start), min(last, span.end - 1)
        due = timer.next_after(_moment(begin) - MICROSECOND)
        latest = timer.last_before(_moment(end), since=_moment(begin))
        if due is not None and latest is not None:
            yield Run(_seconds(due), _seconds(due))
            rest = clock.run(_seconds(due) + span.offset, _seconds(latest) + span.offset)
            yield rest and rest.moved(-span.offset)
        first = span.end


def _seconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(seconds=1)


def _moment(seconds: int) -> datetime:
    return EPOCH + timedelta(seconds=seconds)
