"""What all calendars of whole days share: where a day of a zone begins and ends."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from clockhand._model.protocols import Calendar
from clockhand.triggers import wallclock

DAY: Final = timedelta(days=1)


class DateCalendar(Calendar):
    """
    The base of calendars that are made of whole days of the zone `tz`; None: open, until then UTC.

    A subclass says in `has` which days are in, and may say in `next_day` and `last_day` how long it
    stays so, which makes searches shorter. A day goes on until the next begins for the first time.
    """

    tz: str | None

    def has(self, day: date) -> bool:
        """Say whether the *day* is in the calendar."""
        raise NotImplementedError

    def next_day(self, day: date) -> date | None:
        """Return the first day after *day* for which `has` may answer otherwise; None: there is none."""
        return day + DAY if day < date.max else None

    def last_day(self, day: date) -> date | None:
        """Return the first of the days up to *day* since which `has` answers the same; None: always."""
        return day

    def covers(self, moment: datetime) -> bool:
        """Say whether the day of *moment* is in the calendar."""
        zone = self._zone
        return self.has(wallclock.day_of(wallclock.within(moment), zone))

    def next_change(self, moment: datetime) -> datetime | None:
        """Return where the next day begins for which `has` may answer otherwise; None: nowhere."""
        day = self.next_day(wallclock.day_of(wallclock.within(moment), self._zone))
        return None if day is None else self._start(day)

    def last_change(self, moment: datetime) -> datetime | None:
        """Return where the first day begins since which `has` answers the same; None: it always did."""
        day = self.last_day(wallclock.day_of(wallclock.within(moment), self._zone))
        return None if day is None else self._start(day)

    @property
    def _zone(self) -> ZoneInfo:
        return wallclock.zone_of(self.tz)

    def _start(self, day: date) -> datetime | None:
        if not wallclock.EARLIEST.date() < day < wallclock.LATEST.date():
            return None
        return wallclock.start_of(day, self._zone)
