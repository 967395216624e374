"""The intervals that a scheduler keeps to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs

from clockhand._model.moments import format_span, parse_span
from clockhand.errors import DefinitionError, shown


def _span(value: object, field: attrs.Attribute[Any]) -> timedelta:
    span = parse_span(value, field.name)
    if span <= timedelta():
        raise DefinitionError(f"{field.name}: not longer than zero, given {shown(value)}")
    return span


def _seconds(default: float) -> Any:
    converter = attrs.Converter(_span, takes_field=True)
    return attrs.field(default=timedelta(seconds=default), converter=converter)


@attrs.frozen(kw_only=True)
class Timing:
    """The intervals that a scheduler keeps to; each takes a timedelta, seconds, or a text like `1m30s`."""

    poll: timedelta = _seconds(1)
    """A silo is asked at least this often, for what no wake-up told."""
    lease: timedelta = _seconds(15)
    """An owner that hasn't beaten for this long is dead."""
    beat: timedelta = _seconds(5)
    """How often an owner beats."""
    grace: timedelta = _seconds(10)
    """How long a run that was asked to end may take until it is made to."""
    stop_deadline: timedelta = _seconds(30)
    """How long a stop waits for running work before it asks it to end."""
    patience: timedelta = _seconds(10)
    """How long a silo or a history may take over one call."""

    def __attrs_post_init__(self) -> None:
        if self.beat >= self.lease:
            given = f"{format_span(self.beat)} and {format_span(self.lease)}"
            raise DefinitionError(
                f"beat: not shorter than lease, given {given}; a lease must outlast a late beat"
            )
