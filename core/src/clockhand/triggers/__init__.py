"""When jobs are due: timers say when, conditions say whether, calendars are parts of both."""

from typing import Final

from clockhand._model.protocols import Calendar
from clockhand.triggers.business import NextBusinessDay, next_business_day
from clockhand.triggers.calendar_interval import CalendarInterval
from clockhand.triggers.calendars import (
    Blackout,
    DateCalendar,
    DateRange,
    Dates,
    Weekdays,
    blackout,
    date_range,
    dates,
    weekdays,
)
from clockhand.triggers.combining import AllOf, AnyOf, all_of, any_of
from clockhand.triggers.conditions import IfLast, if_last
from clockhand.triggers.crontab import Cron, cron
from clockhand.triggers.elapsed import Every
from clockhand.triggers.excluding import ButNot, but_not
from clockhand.triggers.intervals import every
from clockhand.triggers.moments import At, at
from clockhand.triggers.starting import AfterCompletion, AtStart, after_completion, at_start
from clockhand.triggers.verdict import validate_trigger
from clockhand.triggers.windows import Between, On, between, on

BUILTIN: Final[dict[str, type]] = {
    "at": At,
    "every": Every,
    "calendar_interval": CalendarInterval,
    "cron": Cron,
    "at_start": AtStart,
    "after_completion": AfterCompletion,
    "any_of": AnyOf,
    "all_of": AllOf,
    "but_not": ButNot,
    "next_business_day": NextBusinessDay,
    "if_last": IfLast,
    "between": Between,
    "on": On,
    "weekdays": Weekdays,
    "dates": Dates,
    "date_range": DateRange,
    "blackout": Blackout,
}
"""The value class of each trigger and calendar that core ships, by the name of its kind."""

__all__ = [
    "BUILTIN",
    "AfterCompletion",
    "AllOf",
    "AnyOf",
    "At",
    "AtStart",
    "Between",
    "Blackout",
    "ButNot",
    "Calendar",
    "CalendarInterval",
    "Cron",
    "DateCalendar",
    "DateRange",
    "Dates",
    "Every",
    "IfLast",
    "NextBusinessDay",
    "On",
    "Weekdays",
    "after_completion",
    "all_of",
    "any_of",
    "at",
    "at_start",
    "between",
    "blackout",
    "but_not",
    "cron",
    "date_range",
    "dates",
    "every",
    "if_last",
    "next_business_day",
    "on",
    "validate_trigger",
    "weekdays",
]
