"""`blackout(start, end)`: a stretch of time between two moments."""

from __future__ import annotations

from datetime import datetime

import attrs

from clockhand._model.moments import format_moment, parse_moment, utc
from clockhand._model.protocols import Calendar
from clockhand.errors import DefinitionError


def _moment(value: object, where: str) -> datetime:
    return parse_moment(value, where) if isinstance(value, str) else utc(value, where)


def _start(value: object) -> datetime:
    return _moment(value, "blackout: start")


def _end(value: object) -> datetime:
    return _moment(value, "blackout: end")


@attrs.frozen
class Blackout(Calendar):
    """A calendar of one stretch of time: from *start* up to *end*, and *end* itself is out."""

    start: datetime = attrs.field(converter=_start)
    end: datetime = attrs.field(converter=_end)

    def __attrs_post_init__(self) -> None:
        if self.end <= self.start:
            raise DefinitionError(
                f"blackout: end: {format_moment(self.end)} is not after start, {format_moment(self.start)}"
            )

    def covers(self, moment: datetime) -> bool:
        """Say whether *moment* is in the stretch."""
        return self.start <= moment < self.end

    def next_change(self, moment: datetime) -> datetime | None:
        """Return the start or the end, whichever is ahead; None after both."""
        return self.start if moment < self.start else self.end if moment < self.end else None

    def last_change(self, moment: datetime) -> datetime | None:
        """Return the start or the end, whichever is behind; None before both."""
        return self.end if moment >= self.end else self.start if moment >= self.start else None


def blackout(start: datetime | str, end: datetime | str) -> Blackout:
    """Return a calendar from *start* up to *end*: aware datetimes, or texts with an offset."""
    return Blackout(start, end)
