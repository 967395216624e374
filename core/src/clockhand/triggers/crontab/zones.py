"""
From the wall clock of a zone to UTC and back, through every clock change.

Jobs of two kinds, as in Debian's cron. One whose minute or hour field begins with `*` follows the
wall clock minute by real minute: nothing falls into a gap, and an overlap is passed through twice.
Any other has fixed times: what falls into a gap is due once, in the first minute after it; an overlap
counts in its first pass only. A whole date that a zone leaves out has no due time.

The walls here are datetimes of the zone, to the minute; comparing two of them compares wall clocks.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import attrs

from clockhand.triggers.crontab.search import MINUTE, last_wall, next_wall
from clockhand.triggers.crontab.table import Table

_SECOND: Final = timedelta(seconds=1)
_DAY: Final = timedelta(days=1)


@attrs.frozen
class Change:
    """A clock change: the instant of it, and the walls that a gap skips or an overlap repeats."""

    instant: datetime
    first: datetime
    """The first wall that is skipped or repeated."""
    end: datetime
    """The first wall after them."""
    gap: bool

    @property
    def resumes(self) -> datetime:
        """The first wall of a whole minute after the change; on a wall clock that has just been set."""
        return ceiling(self.end if self.gap else self.first)

    def covers_date_of(self, wall: datetime) -> bool:
        """Whether the whole date of *wall* is left out."""
        midnight = wall.replace(hour=0, minute=0)
        return self.gap and self.first <= midnight and midnight + _DAY <= self.end


def floor(wall: datetime) -> datetime:
    """Return the last whole minute not later than *wall*."""
    return wall.replace(second=0, microsecond=0, fold=0)


def ceiling(wall: datetime) -> datetime:
    """Return the first whole minute not earlier than *wall*."""
    whole = floor(wall)
    return whole if whole == wall else whole + MINUTE


def offsets(wall: datetime) -> tuple[timedelta, timedelta]:
    """Return the offsets from UTC that *wall* may have, before and after a change; mostly they are equal."""
    before, after = wall.replace(fold=0).utcoffset(), wall.replace(fold=1).utcoffset()
    assert before is not None  # noqa: S101 - for the type checker: a ZoneInfo always knows
    assert after is not None  # noqa: S101 - likewise
    return before, after


def change_at(wall: datetime) -> Change | None:
    """Return the change that skips or repeats *wall*, None for a wall that comes exactly once."""
    before, after = offsets(wall)
    if before == after:
        return None
    # Clocks change at whole seconds, and the search below keeps the fraction that it is given.
    naive = wall.replace(tzinfo=None, fold=0, microsecond=0)
    gap = before < after
    instant = _changes(wall, naive - max(before, after), naive - min(before, after), before)
    first, end = sorted((instant + before, instant + after))
    return Change(
        instant.replace(tzinfo=UTC), first.replace(tzinfo=wall.tzinfo), end.replace(tzinfo=wall.tzinfo), gap
    )


def _changes(wall: datetime, low: datetime, high: datetime, before: timedelta) -> datetime:
    # The first instant after low, to the second, whose offset isn't that of low any more.
    steps = (high - low) // _SECOND
    done = 0
    while done + 1 < steps:
        middle = (done + steps) // 2
        instant = (low + middle * _SECOND).replace(tzinfo=UTC)
        if instant.astimezone(wall.tzinfo).utcoffset() == before:
            done = middle
        else:
            steps = middle
    return low + steps * _SECOND


def instant(wall: datetime, fold: int = 0) -> datetime:
    """Return when *wall* comes, in UTC; of an overlap, the pass that *fold* names."""
    return wall.replace(fold=fold).astimezone(UTC)


def next_fixed(table: Table, moment: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the first due time strictly later than *moment* of a job with fixed times, or None."""
    here = moment.astimezone(zone)
    start = floor(here) + MINUTE
    change = change_at(here)
    if change is not None and here.fold:
        start = ceiling(change.end)
    elif here.second or here.microsecond:
        # A gap that ends within a minute is made up for at the end of that minute.
        partial = change_at(floor(here))
        start = ceiling(partial.first) if partial is not None and partial.gap else start
    while (wall := next_wall(table, start)) is not None:
        change = change_at(wall)
        if change is None or not change.gap:
            return instant(wall)
        if not change.covers_date_of(wall):
            return instant(change.resumes)
        start = wall.replace(hour=0, minute=0) + _DAY
    return None


def last_fixed(table: Table, moment: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the last due time not later than *moment* of a job with fixed times, or None."""
    here = moment.astimezone(zone)
    change = change_at(here)
    start = floor(here) if change is None or not here.fold else ceiling(change.end) - MINUTE
    while (wall := last_wall(table, start)) is not None:
        change = change_at(wall)
        if change is None or not change.gap:
            return instant(wall)
        if change.covers_date_of(wall):
            start = wall.replace(hour=0, minute=0) - MINUTE
        elif (due := instant(change.resumes)) <= moment:
            return due
        else:
            start = ceiling(change.first) - MINUTE
    return None


def next_wildcard(table: Table, moment: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the first due time strictly later than *moment* of a job that follows the wall, or None."""
    here = moment.astimezone(zone)
    wall = next_wall(table, floor(here) + MINUTE)
    change = change_at(here)
    if change is not None and not here.fold and (wall is None or wall >= change.end):
        wall = next_wall(table, change.resumes)
    while wall is not None:
        change = change_at(wall)
        if change is None:
            return instant(wall)
        if not change.gap:
            due = instant(wall)
            return due if due > moment else instant(wall, fold=1)
        wall = next_wall(table, change.resumes)
    return None


def last_wildcard(table: Table, moment: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the last due time not later than *moment* of a job that follows the wall, or None."""
    here = moment.astimezone(zone)
    wall = last_wall(table, floor(here))
    change = change_at(here)
    if change is not None and here.fold and (wall is None or wall < change.first):
        wall = last_wall(table, ceiling(change.end) - MINUTE)
    while wall is not None:
        change = change_at(wall)
        if change is None:
            return instant(wall)
        if not change.gap:
            due = instant(wall, fold=1)
            return due if due <= moment else instant(wall)
        wall = last_wall(table, ceiling(change.first) - MINUTE)
    return None
