"""Moments as somebody types them: with an offset, or as a date or a time of the configuration's zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from clockhand_cli.exits import Misused


def typed(text: str, where: str) -> datetime:
    """Return the moment that *text* is, naive if it names no offset; Misused names *where*."""
    from clockhand.contracts import parse_moment
    from clockhand.errors import DefinitionError

    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = None
    if read is not None and read.tzinfo is None:
        return read
    try:
        return parse_moment(text, where)
    except DefinitionError as error:
        raise Misused(str(error)) from error


def placed(moment: datetime, tz: str, where: str) -> datetime:
    """
    Return *moment* in UTC; if it is naive, when it comes in the zone *tz* for the first time.

    One that a clock change skips is just before the change, so that what is due at it comes after.
    Misused names *where* if a timetable can't be told from there.
    """
    from clockhand.triggers import wallclock

    try:
        found = _in_zone(moment, ZoneInfo(tz)) if moment.tzinfo is None else moment
    except OverflowError:
        found = None
    if found is None or not wallclock.EARLIEST <= found < wallclock.LATEST:
        first, last = (one.date().isoformat() for one in (wallclock.EARLIEST, wallclock.LATEST))
        raise Misused(f"{where}: not between {first} and {last}, given {moment.isoformat()}")
    return found


def _in_zone(wall: datetime, zone: ZoneInfo) -> datetime:
    from clockhand.contracts import MICROSECOND
    from clockhand.triggers import wallclock

    moment = wallclock.instant(wall, zone)
    return moment - MICROSECOND if wallclock.in_gap(wall.replace(tzinfo=zone)) else moment
