"""The due times of `next_business_day` that fall on closed days, and where they come instead."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from clockhand._model.protocols import Facts
from clockhand.triggers import wallclock
from clockhand.triggers.business import NextBusinessDay
from clockhand.triggers.explaining import shown
from clockhand.triggers.explaining.holding import Holding
from clockhand.triggers.explaining.value import Surprise

_MOST: Final = 60
"""A timer that is due more often in a year falls on closed days all the time, and surprises nobody by it."""
_LOOKED: Final = 100
"""So many closed days in a row are looked at."""
_DAY: Final = timedelta(days=1)


def days(
    timer: NextBusinessDay, facts: Facts, first: datetime, last: datetime, holding: Holding
) -> Iterator[Surprise]:
    """Yield each due time of the closed range that is moved, for a timer with few enough of them."""
    zone = wallclock.zone_of(timer.tz)
    for due in _dues(timer, facts, first, last):
        day = wallclock.day_of(due, zone)
        ahead = (day + number * _DAY for number in range(_LOOKED))
        target = next((one for one in ahead if not any(calendar.has(one) for calendar in timer.closed)), day)
        if day == target:
            continue
        there = due.astimezone(zone)
        runs = holding.passes(wallclock.instant(datetime.combine(target, there.time()), zone))
        if runs or holding.passes(due):
            what = f"{shown.clock(there)} is on a closed day, comes on {shown.whole_day(target)}"
            yield Surprise(due, day, what if runs else f"{what} and is excluded", fires=False)


def _dues(timer: NextBusinessDay, facts: Facts, first: datetime, last: datetime) -> list[datetime]:
    found: list[datetime] = []
    due = timer.timer.next_after(first, facts)
    while due is not None and due <= last:
        if len(found) == _MOST:
            return []
        found.append(due)
        due = timer.timer.next_after(due, facts)
    return found
