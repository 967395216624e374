"""`at_start()` and `after_completion(...)`: due by what happens here, not by the clock alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import ClassVar

import attrs

from clockhand._model.moments import parse_span, shown_span
from clockhand._model.policies import LONGEST
from clockhand._model.protocols import NO_FACTS, Facts, Timer
from clockhand.errors import DefinitionError
from clockhand.triggers.naive import refuses_naive


class _Single(Timer):
    """A timer that has at most one due time, as the facts have it."""

    def _due(self, facts: Facts) -> datetime | None:
        raise NotImplementedError

    @refuses_naive
    def next_after(self, moment: datetime, facts: Facts = NO_FACTS) -> datetime | None:
        """Return the due time if it is strictly later than *moment*, else None."""
        due = self._due(facts)
        return due if due is not None and due > moment else None

    @refuses_naive
    def last_before(self, moment: datetime, *, since: datetime, facts: Facts = NO_FACTS) -> datetime | None:
        """Return the due time if it lies in the closed range from *since* to *moment*, else None."""
        due = self._due(facts)
        return due if due is not None and since <= due <= moment else None

    @refuses_naive
    def count(self, first: datetime, last: datetime, facts: Facts = NO_FACTS) -> int:
        """Return 1 if the due time lies in the closed range, else 0."""
        due = self._due(facts)
        return int(due is not None and first <= due <= last)


@attrs.frozen
class AtStart(_Single):
    """
    A timer that is due once each time a process begins to run the job's silo: at that moment.

    Where nothing runs there is no due time. A job that is added while a process runs is due when the
    next one starts.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"process_started"})

    def _due(self, facts: Facts) -> datetime | None:
        return None if facts.process_started is None else facts.process_started.astimezone(UTC)


def _delay(value: object) -> timedelta:
    delay = parse_span(value, "after_completion")
    if delay < timedelta():
        raise DefinitionError(f"after_completion: shorter than zero, given {shown_span(value)}")
    if delay > LONGEST:
        raise DefinitionError(
            f"after_completion: longer than {LONGEST.days:,} days, given {shown_span(value)}"
        )
    return delay


@attrs.frozen
class AfterCompletion(_Single):
    """
    A timer that is due *delay* after the job's last run ended, however that ended: a fixed delay.

    Before there was one it is due at the job's anchor: at its start_time, else as soon as it is added.
    While a run is on nothing follows it: the next due time is known when it has ended, and so runs never
    overlap. Takes a timedelta, seconds or a text such as `90s`.
    """

    needs: ClassVar[frozenset[str]] = frozenset({"last_end"})
    keeps_past: ClassVar[bool] = True

    delay: timedelta = attrs.field(converter=_delay)

    def _due(self, facts: Facts) -> datetime | None:
        if facts.last_end is None:
            return None if facts.anchor is None else facts.anchor.astimezone(UTC)
        try:
            return facts.last_end.astimezone(UTC) + self.delay
        except OverflowError:
            return None


def at_start() -> AtStart:
    """Return a timer that is due once each time a process begins to run the job's silo."""
    return AtStart()


def after_completion(delay: timedelta | float | str) -> AfterCompletion:
    """
    Return a timer that is due *delay* after the job's last run ended; the first time when it is added.

    *delay* is a timedelta, seconds, or a text such as `90s`. A DefinitionError names what can't be.
    """
    return AfterCompletion(delay)
