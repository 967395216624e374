"""The life of a job as its timer alone tells it: which due times there are, under which definition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import attrs

from clockhand import Job
from clockhand.contracts import Entry, OpenOccurrence, StoredJob
from clockhand.triggers import At, Cron, Every

BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@attrs.frozen
class Span:
    """A definition's part of a life: its due times later than *after*."""

    after: datetime
    job: Job
    anchor: datetime

    def dues(self, first: datetime, last: datetime) -> Iterator[datetime]:
        """Return the due times from *first* to *last*, both counted."""
        timer = self.job.timer
        if isinstance(timer, At):
            yield from (
                due for due in timer.moments if max(first, self.after) <= due <= last and due > self.after
            )
            return
        zero, step = self.anchor, MINUTE
        if isinstance(timer, Every):
            zero, step = timer.anchor or self.anchor, timer.period
        else:
            assert isinstance(timer, Cron)
            zero = BEGINNING
        begin = max(first, self.after, zero)
        due = zero + -((zero - begin) // step) * step
        while due <= last:
            if due > self.after:
                yield due
            due += step


class Life:
    """A job from when it was added to when it is removed."""

    def __init__(self, row: StoredJob, now: datetime) -> None:
        after = BEGINNING if isinstance(row.job.timer, At) else now
        self.spans = [Span(after, row.job, row.anchor)]
        self.anchor = row.anchor
        self.before: list[list[Span]] = []
        """The spans of the times before the clock was set back and the job went on from there."""
        self.reached: datetime | None = None
        self.limits: list[int | None] = []
        self.follow(row)

    def follow(self, row: StoredJob) -> None:
        """Take note of the definition that is in force."""
        self.limits.append(row.job.terms.max_running)

    def redefine(self, before: StoredJob, after: StoredJob, now: datetime) -> None:
        """Take note of a new definition: its due times count from the last that is owed, or was reached."""
        self._notice(before)
        self.anchor = after.anchor
        self.follow(after)
        if before.job.triggers == after.job.triggers:
            return
        if before.cursor is not None and before.cursor <= now:
            since = before.cursor
        elif isinstance(after.job.timer, At):
            since = before.reached or BEGINNING
        else:
            since = max(now, before.reached or now)
        if since == BEGINNING:
            self.spans.clear()
        self.spans.append(Span(since, after.job, after.anchor))

    def _notice(self, row: StoredJob) -> None:
        """Take note of an anchor that is new although the definition is not: from there on all is new."""
        if row.anchor == self.anchor:
            return
        assert isinstance(row.job.timer, Every), f"{row.alias}: only elapsed time goes on from elsewhere"
        self.before.append(self.spans)
        self.spans = [Span(row.anchor, row.job, row.anchor)]
        self.anchor, self.reached = row.anchor, None

    def dues(self, first: datetime, last: datetime, spans: Sequence[Span] | None = None) -> list[datetime]:
        """
        Return the due times from *first* to *last*, each under the definition of its time.

        A definition's part ends where any later one's begins: the clock may have been set back between.
        """
        found: list[datetime] = []
        end = last
        for span in reversed(self.spans if spans is None else spans):
            found += span.dues(first, end)
            end = min(end, span.after)
        return found

    def _covered(self, first: datetime, last: datetime) -> list[datetime]:
        """Return the due times of a range, in the times in which its first one was due."""
        for spans in (self.spans, *reversed(self.before)):
            dues = self.dues(first, last, spans)
            if first in dues:
                return dues
        return []

    def check(
        self, row: StoredJob, opened: Iterable[OpenOccurrence], entries: Sequence[Entry], now: datetime
    ) -> None:
        """Each due time that the cursor has passed has one verdict or is open, and no other has any."""
        self._notice(row)
        alias = row.alias
        covered: Counter[datetime] = Counter(one.due for one in opened if "@" in one.key)
        for entry in entries:
            if entry.verdict is None or entry.due is None or "!" in entry.occurrence:
                continue
            if entry.last is None:
                covered[entry.due] += 1
                continue
            dues = self._covered(entry.due, entry.last)
            assert len(dues) == entry.count, f"{alias}: {entry.verdict} of {entry.count} covers {dues}"
            covered.update(dues)
        twice = sorted(str(due) for due, count in covered.items() if count > 1)
        assert not twice, f"{alias}: covered twice: {twice}"
        if row.cursor is None:
            wanted = set(self.dues(BEGINNING, max([now, *covered])))
        else:
            wanted = {due for due in self.dues(BEGINNING, row.cursor) if due < row.cursor}
        known = {due for due in covered if any(self.dues(due, due, spans) for spans in self.before)}
        missing = sorted(map(str, wanted - set(covered)))
        extra = sorted(map(str, set(covered) - wanted - known))
        assert not missing, f"{alias}: without a verdict, and not open: {missing[:5]} of {len(missing)}"
        assert not extra, f"{alias}: decided about before their time: {extra[:5]} of {len(extra)}"
        if self.reached is not None:
            assert row.reached is not None, f"{alias}: it had reached {self.reached}"
            assert row.reached >= self.reached, f"{alias}: back from {self.reached} to {row.reached}"
        self.reached = row.reached
        if row.cursor is not None and row.reached is not None:
            assert row.cursor > row.reached, (
                f"{alias}: {row.cursor} comes next, and {row.reached} was reached"
            )
