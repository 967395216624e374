"""The intervals that a scheduler keeps to."""

from __future__ import annotations

from datetime import timedelta

import attrs

from clockhand._model.moments import format_span, parse_span
from clockhand.errors import DefinitionError, shown

LONGEST = timedelta(days=365)
"""Beyond it an interval is a slip of the pen, and a lease would end after the last date there is."""


def _span(value: object, name: str) -> timedelta:
    span = parse_span(value, name)
    if span <= timedelta():
        raise DefinitionError(f"{name}: not longer than zero, given {shown(value)}")
    if span > LONGEST:
        raise DefinitionError(f"{name}: longer than {LONGEST.days} days, given {shown(value)}")
    return span


def _poll(value: object) -> timedelta:
    return _span(value, "poll")


def _lease(value: object) -> timedelta:
    return _span(value, "lease")


def _beat(value: object) -> timedelta:
    return _span(value, "beat")


def _kill_after(value: object) -> timedelta:
    return _span(value, "kill_after")


def _stop_deadline(value: object) -> timedelta:
    return _span(value, "stop_deadline")


def _patience(value: object) -> timedelta:
    return _span(value, "patience")


@attrs.frozen(kw_only=True)
class Timing:
    """The intervals that a scheduler keeps to; each takes a timedelta, seconds, or a text like `1m30s`."""

    poll: timedelta = attrs.field(default=timedelta(seconds=1), converter=_poll)
    """A silo is asked at least this often, for what no wake-up told."""
    lease: timedelta = attrs.field(default=timedelta(seconds=15), converter=_lease)
    """An owner that hasn't beaten for this long is dead."""
    beat: timedelta = attrs.field(default=timedelta(seconds=5), converter=_beat)
    """How often an owner beats."""
    kill_after: timedelta = attrs.field(default=timedelta(seconds=10), converter=_kill_after)
    """How long a run that was asked to end may take until it is made to."""
    stop_deadline: timedelta = attrs.field(default=timedelta(seconds=30), converter=_stop_deadline)
    """How long a stop waits for running work before it asks it to end."""
    patience: timedelta = attrs.field(default=timedelta(seconds=8), converter=_patience)
    """How long a silo may take over what one turn asks of it, and a history over one batch."""

    def __attrs_post_init__(self) -> None:
        if self.beat >= self.lease:
            given = f"{format_span(self.beat)} and {format_span(self.lease)}"
            raise DefinitionError(
                f"beat: not shorter than lease, given {given}; a lease must outlast a late beat"
            )
