"""`cron(...)`: due when the wall clock of a zone shows what a cron expression says."""

from __future__ import annotations

import difflib
import zoneinfo
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

import attrs

from clockhand._model.moments import MICROSECOND
from clockhand._model.protocols import NO_FACTS, Facts, Timer
from clockhand.errors import DefinitionError, shown
from clockhand.triggers.crontab import fields, zones
from clockhand.triggers.crontab.search import MINUTE, count_walls, last_wall, next_wall
from clockhand.triggers.crontab.table import Table

FARTHEST: Final = 10_000
"""How many due times are counted one by one; of more, in a zone with clock changes, the number isn't told."""

_LONGEST_KEY: Final = 40

_EARLIEST: Final = datetime(1, 1, 3, tzinfo=UTC)
_LATEST: Final = datetime(9999, 12, 29, tzinfo=UTC)
"""Between these two a moment has a wall-clock time in every zone."""


def _key(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, zoneinfo.ZoneInfo) and value.key is not None:
        return value.key
    if not isinstance(value, str):
        raise DefinitionError(f"tz: not a time zone, given {shown(value)}; write it like 'Europe/Berlin'")
    try:
        return zoneinfo.ZoneInfo(value).key
    except (KeyError, ValueError, OSError):
        near = difflib.get_close_matches(value[:_LONGEST_KEY], zoneinfo.available_timezones(), n=1)
        hint = f", did you mean {near[0]!r}?" if near else ""
        raise DefinitionError(f"tz: unknown time zone {shown(value)}{hint}") from None


# Without slots, so that the compiled expression can be kept beside the fields, neither compared nor stored.
@attrs.frozen(slots=False)
class Cron(Timer):
    """
    A timer that is due when the wall clock in *tz* matches the five fields of *spec*.

    *tz* None: the scheduler's own zone, which is written in when the job is added; until then it is
    UTC. A day matches when either day field does, if neither begins with `*`; else when both do.
    """

    spec: str
    tz: str | None = attrs.field(default=None, converter=_key)

    def __attrs_post_init__(self) -> None:
        self._table  # noqa: B018 - compiled now, so that a mistake shows where it was written

    @cached_property
    def _table(self) -> Table:
        return fields.parse(self.spec)

    @cached_property
    def _zone(self) -> zoneinfo.ZoneInfo | None:
        return None if self.tz is None or self.tz == "UTC" else zoneinfo.ZoneInfo(self.tz)

    def next_after(self, moment: datetime, facts: Facts = NO_FACTS) -> datetime | None:
        """Return the first due time strictly later than *moment*; None past the year 9999."""
        moment = _within(moment)
        if moment == _LATEST:
            return None
        if self._zone is None:
            return next_wall(self._table, zones.floor(moment) + MINUTE)
        search = zones.next_wildcard if self._table.wildcard else zones.next_fixed
        try:
            return search(self._table, moment, self._zone)
        except OverflowError:
            return None

    def last_before(self, moment: datetime, *, since: datetime, facts: Facts = NO_FACTS) -> datetime | None:
        """Return the last due time in the closed range from *since* to *moment*, or None."""
        try:
            due = self._last(_within(moment))
        except OverflowError:
            return None
        return due if due is not None and due >= since else None

    def count(self, first: datetime, last: datetime, facts: Facts = NO_FACTS) -> int | None:
        """Return how many due times lie in the closed range; None, in a zone, for more than 10,000."""
        first, last = _within(first), _within(last)
        if self._zone is None:
            return count_walls(self._table, zones.ceiling(first), zones.floor(last))
        # Clock changes add or take away some of these: good enough to tell a short walk from a long one.
        if count_walls(self._table, zones.floor(first), zones.floor(last)) > FARTHEST:
            return None
        found = 0
        due = self.next_after(first - MICROSECOND)
        while due is not None and due <= last:
            found += 1
            due = self.next_after(due)
        return found

    def _last(self, moment: datetime) -> datetime | None:
        if self._zone is None:
            return last_wall(self._table, zones.floor(moment))
        search = zones.last_wildcard if self._table.wildcard else zones.last_fixed
        return search(self._table, moment, self._zone)


def _within(moment: datetime) -> datetime:
    return min(max(moment.astimezone(UTC), _EARLIEST), _LATEST)


def cron(spec: str, *, tz: str | None = None) -> Cron:
    """
    Return a timer that is due when the wall clock in *tz* matches *spec*, five fields or a nickname.

    Minute, hour, day of month, month, day of week: `*`, values, lists, ranges, steps, three-letter
    names, Sunday as 0 or 7. Whatever is not understood, or can never come, is a DefinitionError that
    names the field.
    """
    return Cron(spec, tz)
