"""What an explanation is: values, and the page that a person reads."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import attrs

from clockhand.triggers.explaining import shown

_ROOM = 11


@attrs.frozen
class Fire:
    """A time at which it is due: in UTC, and as the wall clock shows it."""

    due: datetime
    local: datetime
    held_by: str = ""
    """The words of the condition that this one doesn't pass; empty: none that can tell beforehand."""

    def __str__(self) -> str:
        held = f"  excluded: {self.held_by}" if self.held_by else ""
        return f"{shown.whole(self.local)}  {self.due.replace(tzinfo=None).isoformat()}Z{held}"


@attrs.frozen
class Spacing:
    """The shortest and the longest time between two in a row that aren't excluded, of all up to `until`."""

    shortest: timedelta
    longest: timedelta
    until: datetime

    def __str__(self) -> str:
        if self.shortest == self.longest:
            return f"always {shown.length(self.shortest)}"
        return f"shortest {shown.length(self.shortest)}, longest {shown.length(self.longest)}"


@attrs.frozen
class Surprise:
    """
    A day, or a month, on which it does otherwise than people may think, and what it does.

    `at` is the moment that it is about: of the due time that comes of it if it `fires`, else of the
    clock change, or the beginning of that day or month.
    """

    at: datetime
    day: date
    what: str
    fires: bool
    whole_month: bool = False

    def __str__(self) -> str:
        return f"{shown.month(self.day) if self.whole_month else shown.whole_day(self.day)}: {self.what}"


@attrs.frozen(kw_only=True)
class Explanation:
    """
    What a trigger, or the triggers of a job, come to; as a text the page that a person reads.

    `tz` is the zone that the page is told in, `after` the moment that it begins with. `spacing` is None
    where no two runs follow one another. `surprises` are those of the year from there on, in order,
    `warnings` what is right but may not be what was meant.
    """

    normal: str
    words: str
    tz: str
    after: datetime
    fires: tuple[Fire, ...] = ()
    spacing: Spacing | None = None
    surprises: tuple[Surprise, ...] = ()
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        until = f" (up to {shown.short_day(self.spacing.until.date())})" if self.spacing else ""
        parts = {
            "normal": [self.normal],
            "words": [self.words],
            "zone": [self.tz],
            "next": [str(fire) for fire in self.fires],
            "gaps": [f"{self.spacing}{until}"] if self.spacing else [],
            "surprises": [str(surprise) for surprise in self.surprises],
            "warnings": list(self.warnings),
        }
        return "\n".join(
            f"{'' if number else name:{_ROOM}}{line}"
            for name, lines in parts.items()
            for number, line in enumerate(lines)
        )
