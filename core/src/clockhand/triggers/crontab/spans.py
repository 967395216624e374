"""
The spans of a zone: stretches of real time in which its clocks don't change, as far as a timer must know.

Instants are seconds since 1970-01-01 UTC. Walls are what the clock shows then, in the same seconds: an
instant plus the offset that the span has from UTC.

Python's zones don't tell when they change, only which offset a wall has. So that is asked every
`_STEP`, and the second of a change is searched in the step where the offset differs. In the whole time
zone database no two changes of a zone lie less than 6.9 days apart; a test looks at that.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate, compress, repeat
from operator import add, ne
from typing import Final
from zoneinfo import ZoneInfo

import attrs

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)

FIRST: Final = (datetime(1, 1, 3, tzinfo=UTC) - _EPOCH) // _SECOND
LAST: Final = (datetime(9999, 12, 25, tzinfo=UTC) - _EPOCH) // _SECOND
"""Between these two an instant has a wall in every zone, and so has one a step later."""
FAR: Final = LAST * 2

_STEP_BITS: Final = 18
_STEP: Final = timedelta(seconds=1 << _STEP_BITS)
"""Three days; half of it, half of that and so on down to a second are whole seconds."""
_HALVES: Final = tuple(timedelta(seconds=1 << bit) for bit in reversed(range(_STEP_BITS)))
_BLOCK_BITS: Final = 26
"""A block is 256 steps, two years: what is found out at once and kept."""
_AROUND: Final = 1 << _STEP_BITS
"""More than a change can be away from the walls that it skips or repeats: offsets are below 16 hours."""
_KEPT: Final = 2_048


@attrs.frozen
class Change:
    """A clock change: its instant, and the offsets from UTC before and after it, all in seconds."""

    instant: int
    before: int
    after: int


@attrs.frozen
class Span:
    """
    A stretch from `start` up to `end`, both instants, in which the zone has one `offset`.

    Walls below `reached` have been shown before `start`, those from `again` on will be shown again after
    `end`. Where `reached` is below the first wall of the span, the walls between are skipped.
    """

    start: int
    end: int
    offset: int
    reached: int
    again: int

    @property
    def skips(self) -> bool:
        """Whether it begins after a gap."""
        return self.reached < self.start + self.offset


UNCHANGING: Final = Span(FIRST, LAST + 1, 0, FIRST, FAR)
"""The only span of UTC."""


def span_of(zone: ZoneInfo | None, instant: int) -> Span:
    """Return the span that *instant* lies in, or the part of it in a block; None stands for UTC."""
    if zone is None:
        return UNCHANGING
    for span in _block(zone, instant >> _BLOCK_BITS):
        if instant < span.end:
            return span
    raise AssertionError(instant)  # pragma: no cover - the last span of a block ends with it


def changes(zone: ZoneInfo, first: int, last: int) -> Iterator[Change]:
    """Yield each clock change of *zone* whose instant is in the closed range, in order."""
    begin, end = max(first - _AROUND, FIRST), min(last + _AROUND, LAST)
    steps = max(0, (end - begin >> _STEP_BITS) + 1)
    walls: list[datetime] = list(accumulate(repeat(_STEP, steps), add, initial=_wall(zone, begin)))
    offsets = list(map(zone.utcoffset, walls))
    for wall in compress(walls, map(ne, offsets, offsets[1:])):
        change = _change(zone, wall)
        if first <= change.instant <= last:
            yield change


def _wall(zone: ZoneInfo, seconds: int) -> datetime:
    return (_EPOCH + timedelta(seconds=seconds)).replace(tzinfo=zone)


def _change(zone: ZoneInfo, wall: datetime) -> Change:
    """Return the change between *wall* and a step later."""
    offset_of = zone.utcoffset
    before = offset_of(wall)
    for half in _HALVES:
        middle = wall + half
        if offset_of(middle) == before:
            wall = middle
    wall += _SECOND
    old, new = _seconds(before), _seconds(zone.utcoffset(wall))
    # The first pass keeps the old offset through all that is skipped and all that is repeated.
    shown = (wall.replace(tzinfo=UTC) - _EPOCH) // _SECOND
    return Change(shown - max(old, new), old, new)


def _seconds(offset: timedelta | None) -> int:
    assert offset is not None  # noqa: S101 - for the type checker: a ZoneInfo always knows
    return offset // _SECOND


@lru_cache(_KEPT)
def _block(zone: ZoneInfo, number: int) -> tuple[Span, ...]:
    start = max(number << _BLOCK_BITS, FIRST)
    end = min(number + 1 << _BLOCK_BITS, LAST + 1)
    near = tuple(changes(zone, start - _AROUND, end + _AROUND))
    offset = near[0].before if near else _seconds(zone.utcoffset(_wall(zone, start)))
    edges = [(start - _AROUND, offset), *((change.instant, change.after) for change in near)]
    ends = [*(change.instant for change in near), end + _AROUND]
    again = FAR
    later = []
    for edge, offset in reversed(edges):
        later.append(again)
        again = min(again, edge + offset)
    spans = []
    reached = edges[0][0] + edges[0][1]
    for (edge, offset), close, again in zip(edges, ends, reversed(later), strict=True):
        if edge < end and close > start:
            clipped = max(edge, start)
            known = reached if clipped == edge else max(reached, clipped + offset)
            spans.append(Span(clipped, min(close, end), offset, known, again))
        reached = max(reached, close + offset)
    return tuple(spans)
