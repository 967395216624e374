"""
From the wall clock of a zone to UTC, through every clock change: for the timers that name days and times.

A wall time that a change skips comes right after the gap; one that a change repeats comes in its first
pass. A date that a zone left out, as Samoa did 30 December 2011, does not come at all. All moments that
go in and out are in UTC; walls are naive.
"""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Final

import attrs

from clockhand._model.moments import utc

EARLIEST: Final = datetime(1, 1, 4, tzinfo=UTC)
LATEST: Final = datetime(9999, 12, 28, tzinfo=UTC)
"""Between these two a moment, and its neighbours, have a wall-clock time in every zone."""

DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)
_NONE: Final = timedelta()
_MOST_OF_A_DAY: Final = timedelta(hours=20)


def zone_of(key: str | None) -> zoneinfo.ZoneInfo:
    """Return the zone of that name; of None, UTC."""
    return zoneinfo.ZoneInfo(key or "UTC")


def within(moment: datetime) -> datetime:
    """Return *moment* in UTC, or the nearest that has a wall-clock time in every zone."""
    try:
        return min(max(moment, EARLIEST), LATEST).astimezone(UTC)
    except TypeError:
        utc(moment, "moment")  # says what is wrong with it
        raise


def wall_of(moment: datetime, zone: zoneinfo.ZoneInfo) -> datetime:
    """Return what the wall clock of *zone* shows at *moment*, naive."""
    return moment.astimezone(zone).replace(tzinfo=None)


def instant(wall: datetime, zone: zoneinfo.ZoneInfo) -> datetime:
    """Return when the naive *wall* comes in *zone*: right after a gap that skips it, else its first pass."""
    here = wall.replace(tzinfo=zone, fold=0)
    if in_gap(here):
        return _end_of_gap(here)
    return here.astimezone(UTC)


def in_gap(wall: datetime) -> bool:
    """Say whether a clock change skips *wall*, a datetime of a zone."""
    before, after = _offsets(wall)
    return before < after


def _offsets(wall: datetime) -> tuple[timedelta, timedelta]:
    before, after = wall.replace(fold=0).utcoffset(), wall.replace(fold=1).utcoffset()
    return before or _NONE, after or _NONE


def _end_of_gap(wall: datetime) -> datetime:
    """Return the instant of the change that skips *wall*: the first whole second with the later offset."""
    before, after = _offsets(wall)
    naive = wall.replace(tzinfo=UTC, fold=0, microsecond=0)
    return _change(naive - after, naive - before, before, wall.tzinfo)


def _change(low: datetime, high: datetime, before: timedelta, zone: tzinfo | None) -> datetime:
    """Return the first second after *low*, at most *high*, at which the offset isn't *before* any more."""
    while high - low > _SECOND:
        middle = low + (high - low) // _SECOND // 2 * _SECOND
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high


def exists(day: date, zone: zoneinfo.ZoneInfo) -> bool:
    """Say whether any moment of the *day* comes in *zone*."""
    midnight = datetime.combine(day, time(), zone)
    # Where midnight is there, or comes late, the day does; only a change by a day can leave it out.
    return not in_gap(midnight) or wall_of(_end_of_gap(midnight), zone).date() == day


def start_of(day: date, zone: zoneinfo.ZoneInfo) -> datetime:
    """Return the first moment of the *day* in *zone*; of a day left out, the moment of the change."""
    return instant(datetime.combine(day, time()), zone)


def day_of(moment: datetime, zone: zoneinfo.ZoneInfo) -> date:
    """
    Return the day of *zone* that *moment* is in: the latest one that has begun.

    A clock that goes back over midnight shows the day before once more, for a while; for whoever counts
    days that is over, and the new day goes on.
    """
    here = moment.astimezone(zone)
    day = here.date()
    return day + DAY if here.fold and start_of(day + DAY, zone) <= moment else day


@attrs.frozen
class Stretch:
    """A part of a day during which a zone keeps one offset from UTC: the wall clock only goes forward."""

    start: datetime
    end: datetime
    """The first moment that is no part of it."""
    offset: timedelta

    def wall_of(self, moment: datetime) -> datetime:
        """Return what the wall clock shows at *moment*, in it or not, with that offset; naive."""
        return (moment + self.offset).replace(tzinfo=None)

    def moment_of(self, wall: datetime) -> datetime:
        """Return when the wall clock shows the naive *wall*, in it or not, with that offset."""
        return wall.replace(tzinfo=UTC) - self.offset

    def shows(self, day: date) -> bool:
        """Say whether the wall clock shows that *day* from its beginning on."""
        return self.wall_of(self.start).date() == day


def stretches(day: date, zone: zoneinfo.ZoneInfo) -> list[Stretch]:
    """Return the stretches of the *day*: one, or two where the clocks change in it; none of a lost one."""
    start, end = start_of(day, zone), start_of(day + DAY, zone)
    if start == end:
        return []
    before, after = (one.astimezone(zone).utcoffset() or _NONE for one in (start, end - _SECOND))
    if before == after:
        return [Stretch(start, end, before)]
    change = _change(start, end, before, zone)
    return [Stretch(start, change, before), Stretch(change, end, after)]


@lru_cache(4096)
def lost_days(key: str, year: int) -> tuple[date, ...]:
    """Return the days of the *year* that the zone *key* left out; nearly always none."""
    zone = zoneinfo.ZoneInfo(key)
    first, last = within(datetime(year, 1, 1, tzinfo=UTC)), within(datetime(year, 12, 31, 23, tzinfo=UTC))
    # Whoever moves across the date line stays there: it shows in the offsets from year to year.
    before, after = (one.astimezone(zone).utcoffset() or _NONE for one in (first, last))
    if after - before < _MOST_OF_A_DAY:
        return ()
    days = (date(year, 1, 1) + number * DAY for number in range(366))
    return tuple(day for day in days if not exists(day, zone))


@lru_cache(4096)
def gaps(key: str, year: int) -> tuple[tuple[datetime, datetime], ...]:
    """Return the gaps of the zone *key* in a *year* of UTC: of each the first wall skipped, and the end."""
    zone = zoneinfo.ZoneInfo(key)
    found = []
    start = max(datetime(year, 1, 1, tzinfo=UTC), EARLIEST)
    # No zone changes twice within a week; a test looks for one.
    while start.year == year and start < LATEST:
        end = min(start + 7 * DAY, datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC) + _SECOND)
        before, after = (one.astimezone(zone).utcoffset() or _NONE for one in (start, end))
        if before < after:
            change = _change(start, end, before, zone).replace(tzinfo=None)
            found.append((change + before, change + after))
        start = end
    return tuple(found)
