"""Calendars: which days, or which stretches of time, are in; parts of timers and conditions."""

from clockhand.triggers.calendars.blackouts import Blackout, blackout
from clockhand.triggers.calendars.dates import DateRange, Dates, date_range, dates
from clockhand.triggers.calendars.days import DateCalendar
from clockhand.triggers.calendars.weekdays import Weekdays, weekdays

__all__ = [
    "Blackout",
    "DateCalendar",
    "DateRange",
    "Dates",
    "Weekdays",
    "blackout",
    "date_range",
    "dates",
    "weekdays",
]
