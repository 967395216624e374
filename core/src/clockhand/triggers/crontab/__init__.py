"""`cron(...)`: due when the wall clock of a zone shows what a cron expression says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property
from typing import Any, Final
from zoneinfo import ZoneInfo

import attrs

from clockhand._model.moments import EPOCH, utc
from clockhand._model.protocols import NO_FACTS, Facts, Timer
from clockhand._model.zone import zone_key
from clockhand.triggers.crontab import fields, words
from clockhand.triggers.crontab.choices import GAPS, OVERLAPS, choice
from clockhand.triggers.crontab.doubts import doubts
from clockhand.triggers.crontab.normal import normal
from clockhand.triggers.crontab.search import Gap, Overlap, Search
from clockhand.triggers.crontab.table import Table
from clockhand.triggers.naive import refuses_naive

_DAY: Final = 86_400
_STEPS: Final = {seconds: timedelta(seconds=seconds) for seconds in (1, *range(60, 3_601, 60), _DAY)}
"""The steps that are taken most, ready made: a timedelta takes longer to make than to add."""


# Without slots, so that the compiled expression can be kept beside the fields, neither compared nor stored.
@attrs.frozen(slots=False)
class Cron(Timer):
    """
    A timer that is due when the wall clock in *tz* matches the five or six fields of *spec*.

    *tz* None: the scheduler's own zone, which is written in when the job is added; until then it is
    UTC. A day matches when either day field does, if neither begins with `*`; else when both do.

    *gap* and *overlap* say what happens where clocks change. None is the rule of Debian's cron: a timer
    whose minute or hour field begins with `*` follows the wall clock (`skip` and `both`), any other has
    fixed times (`after` and `first`).
    """

    spec: str
    tz: str | None = attrs.field(default=None, converter=zone_key)
    gap: Gap | None = attrs.field(default=None, validator=choice(GAPS))
    overlap: Overlap | None = attrs.field(default=None, validator=choice(OVERLAPS))

    def __attrs_post_init__(self) -> None:
        # Compiled now, so that a mistake shows where it was written.
        self.__dict__["_table"] = fields.parse(self.spec)  # without the lock of a cached_property

    def __reduce__(self) -> tuple[type[Cron], tuple[Any, ...]]:
        return Cron, (self.spec, self.tz, self.gap, self.overlap)

    @cached_property
    def _table(self) -> Table:
        return fields.parse(self.spec)  # pragma: no cover - it is there already

    @cached_property
    def _search(self) -> Search:
        zone = None if self.tz is None or self.tz == "UTC" else ZoneInfo(self.tz)
        gap: Gap = self.gap or ("skip" if self._table.wildcard else "after")
        overlap: Overlap = self.overlap or ("both" if self._table.wildcard else "first")
        return Search(self._table, zone, gap, overlap)

    def next_after(self, moment: datetime, facts: Facts = NO_FACTS) -> datetime | None:
        """Return the first due time strictly later than *moment*; None past the year 9999."""
        try:
            gone = moment - EPOCH
        except TypeError:
            utc(moment, "moment")  # says what is wrong with it
            raise
        instant = gone.days * _DAY + gone.seconds
        due = self._search.next(instant + 1)
        if due is None:
            return None
        step = _STEPS.get(due - instant)
        if step is not None and moment.tzinfo is UTC and not gone.microseconds:
            return moment + step
        return EPOCH + timedelta(due // _DAY, due % _DAY)

    @refuses_naive
    def last_before(self, moment: datetime, *, since: datetime, facts: Facts = NO_FACTS) -> datetime | None:
        """Return the last due time in the closed range from *since* to *moment*, or None."""
        found = self._search.last(_floor(moment))
        if found is None:
            return None
        due = EPOCH + timedelta(seconds=found)
        return due if due >= since else None

    @refuses_naive
    def count(self, first: datetime, last: datetime, facts: Facts = NO_FACTS) -> int:
        """Return how many due times lie in the closed range, by arithmetic between the clock changes."""
        return self._search.count(-_floor_of(EPOCH - first), _floor(last))

    @cached_property
    def normal(self) -> str:
        """The expression in its normal form: numbers in order, ranges where there are some; the same set."""
        return normal(self.spec)

    @cached_property
    def words(self) -> str:
        """What it says in plain words: `at 09:00 on Monday to Friday`."""
        return words.told(self._table)

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What is right but may not be what was meant, a sentence each."""
        return doubts(self.spec, self._table)


def _floor(moment: datetime) -> int:
    return _floor_of(moment - EPOCH)


def _floor_of(gone: timedelta) -> int:
    return gone.days * _DAY + gone.seconds


def cron(
    spec: str, *, tz: str | tzinfo | None = None, gap: Gap | None = None, overlap: Overlap | None = None
) -> Cron:
    """
    Return a timer that is due when the wall clock in *tz* matches *spec*: five or six fields, or a nickname.

    Minute, hour, day of month, month, day of week, and if there are six the second before them: `*`,
    values, lists, ranges, steps, three-letter names, Sunday as 0 or 7, and `L`, `LW`, `nW`, `d#n`, `dL`.
    *gap* (`after`, `skip`) and *overlap* (`first`, `second`, `both`) say what clock changes do. Whatever
    is not understood, or can never come, is a DefinitionError that names the field.
    """
    return Cron(spec, tz, gap, overlap)
