"""
The fields of a cron expression and the words they know.

The value of a field is one number, a set of bits. Bit n stands for the value n; the two day fields have
bits above those for what depends on the month: `LAST_DAY` and its neighbours here, the places of `nth`
and `last` for weekdays.
"""

from __future__ import annotations

from typing import Final

import attrs

NICKNAMES: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}

SATURDAY: Final = 6
WEEK: Final = 7
FIFTH: Final = 5
"""The highest n of `d#n`: no month has a weekday six times."""

LAST_DAY: Final = 1 << 32
LAST_WEEKDAY: Final = 1 << 33
_NEAREST: Final = 33


def nearest(day: int) -> int:
    """Return the bit of `nW`: the weekday nearest to that day of the month."""
    return 1 << _NEAREST + day


def nth(weekday: int, number: int) -> int:
    """Return the bit of `d#n`: that weekday of the month, counted from 1."""
    return 1 << WEEK * number + weekday


def last(weekday: int) -> int:
    """Return the bit of `dL`: the last such weekday of the month."""
    return nth(weekday, FIFTH + 1)


@attrs.frozen(eq=False)
class Field:
    """One field: its name, the values it takes, and their names."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()
    instead: str = ""
    """What to write instead of a step that is longer than the field."""

    full: int = attrs.field(init=False)
    """The set of all its values."""
    values: dict[str, int] = attrs.field(init=False)
    """Each value as it is mostly written: in one or two digits, or by its name in lower case."""
    bits: dict[str, int] = attrs.field(init=False)
    """The set that each of these texts stands for, and `*`."""

    @full.default
    def _full(self) -> int:
        return (2 << self.high) - (1 << self.low)

    @values.default
    def _values(self) -> dict[str, int]:
        known = {f"{value:02}": value for value in range(self.low, self.highest + 1)}
        known |= {str(value): value for value in range(self.low, self.highest + 1)}
        return known | {name: value for value, name in enumerate(self.names, self.low)}

    @bits.default
    def _bits(self) -> dict[str, int]:
        sets = {text: 1 << self.folded(value) for text, value in self.values.items()}
        return sets | {"*": self.full} | ({"?": self.full} if self.of_days else {})

    @property
    def size(self) -> int:
        """How many values it has."""
        return self.high - self.low + 1

    @property
    def highest(self) -> int:
        """The highest number that may be written: Sunday is also 7."""
        return WEEK if self.high == SATURDAY else self.high

    @property
    def of_days(self) -> bool:
        """Whether it is one of the two day fields."""
        return self.name.startswith("day")

    def folded(self, value: int) -> int:
        """Return *value* with Sunday as 0."""
        return 0 if self.high == SATURDAY and value == WEEK else value


SECOND: Final = Field("second", 0, 59, instead="; use every(seconds=...) for a longer period")
MINUTE: Final = Field("minute", 0, 59, instead="; use every(minutes=...) for a longer period")
HOUR: Final = Field("hour", 0, 23, instead="; use every(hours=...) for a longer period")
DAY: Final = Field("day-of-month", 1, 31)
MONTH: Final = Field(
    "month", 1, 12, ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
)
WEEKDAY: Final = Field("day-of-week", 0, SATURDAY, ("sun", "mon", "tue", "wed", "thu", "fri", "sat"))

FIELDS: Final = (MINUTE, HOUR, DAY, MONTH, WEEKDAY)
"""The five, in their order; a sixth one, the second, comes before them."""
