"""A cron that has been up all along and looks at the clock every minute, to hold the engine against."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

import attrs

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


@attrs.frozen
class Look:
    """One look at the clock: the moment, what the clock shows, and what is behind and before it."""

    moment: datetime
    wall: datetime
    seen: bool
    """Whether the clock has shown that before."""
    again: bool
    """Whether it will show that again."""
    skipped: tuple[datetime, ...]
    """What it should have shown since the look before and didn't, without dates that are left out."""

    def runs(self, spec, gap, overlap):
        """Say whether a job runs now."""
        if gap == "after" and any(map(spec.matches, self.skipped)):
            return True
        if (overlap == "first" and self.seen) or (overlap == "second" and self.again):
            return False
        return spec.matches(self.wall)


@lru_cache(64)
def walk(zone, first, last, step=MINUTE):
    """Return a look for each minute (or *step*) of the closed range; it knows two days on either side."""
    moments = [first - 2 * DAY + number * MINUTE for number in range((last - first + 4 * DAY) // MINUTE + 1)]
    if step != MINUTE:
        edge = timedelta(minutes=2)
        middle = [first + number * step for number in range((last - first) // step + 1)]
        moments = [one for one in moments if not first - edge <= one <= last + edge]
        around = [first - edge + number * step for number in range(edge // step)]
        beyond = [last + step + number * step for number in range(edge // step)]
        moments = sorted([*moments, *around, *middle, *beyond])
    walls = [moment.astimezone(zone).replace(tzinfo=None) for moment in moments]
    looks = []
    reached = walls[0] - step
    ahead = lowest_ahead(walls)
    for place, (moment, wall) in enumerate(zip(moments, walls, strict=True)):
        if first <= moment <= last:
            skipped = tuple(left_out(reached, wall, step)) if wall > reached + step else ()
            looks.append(Look(moment, wall, wall <= reached, wall >= ahead[place], skipped))
        reached = max(reached, wall)
    return tuple(looks)


def lowest_ahead(walls):
    """Return for each wall the lowest of those that come after it."""
    lowest, found = datetime.max, []
    for wall in reversed(walls):
        found.append(lowest)
        lowest = min(lowest, wall)
    return found[::-1]


def left_out(reached, wall, step):
    """Yield the walls between two, without those of a date that isn't there at all."""
    missing = reached + step
    while missing < wall:
        midnight = missing.replace(hour=0, minute=0, second=0)
        if not (reached < midnight and midnight + DAY <= wall):
            yield missing
        missing += step


def defaults(spec, gap, overlap):
    """Return gap and overlap with Debian's rule where they are None."""
    wall = spec.follows_the_wall
    return gap or ("skip" if wall else "after"), overlap or ("both" if wall else "first")


def fired(spec, looks, gap=None, overlap=None):
    """Return when the job runs."""
    ways = defaults(spec, gap, overlap)
    return [look.moment for look in looks if look.runs(spec, *ways)]


def asked(timer, first, last):
    """Return what next_after gives, one after the other, in the closed range."""
    found = []
    moment = timer.next_after(first - TICK)
    while moment is not None and moment <= last:
        found.append(moment)
        moment = timer.next_after(moment)
    return found


def asked_back(timer, first, last):
    """Return what last_before gives, one before the other, in the closed range; in order."""
    found = []
    moment = timer.last_before(last, since=first)
    while moment is not None:
        found.append(moment)
        moment = timer.last_before(moment - TICK, since=first)
    return found[::-1]


@lru_cache(4_096)
def changes(zone, first=2000, last=2050):
    """Return the moments, to the hour before, at which the offset of *zone* changes in these years."""
    step = timedelta(hours=1)
    moment, end = datetime(first, 1, 1, tzinfo=UTC), datetime(last, 1, 1, tzinfo=UTC)
    found = []
    while moment < end:
        if moment.astimezone(zone).utcoffset() != (moment + DAY).astimezone(zone).utcoffset():
            while moment.astimezone(zone).utcoffset() == (moment + step).astimezone(zone).utcoffset():
                moment += step
            found.append(moment)
            moment += step
        else:
            moment += DAY
    return tuple(found)
