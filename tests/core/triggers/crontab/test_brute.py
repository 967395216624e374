"""
The engine against the walk through every minute around every clock change of every zone, 2000 to 2050.

`nox -s brute` does all of it, CLOCKHAND_BRUTE=all; otherwise a sample is walked. Zones that change in the
same way at the same moment share the walk, and each of them is asked.
"""

import os
from datetime import timedelta
from functools import cache
from random import Random
from zoneinfo import ZoneInfo, available_timezones

import pytest
from daemon import DAY, MINUTE, SECOND, asked, asked_back, changes, fired, walk
from expressions import expression

from clockhand.triggers import cron

ALL = os.environ.get("CLOCKHAND_BRUTE") == "all"
SEED = os.environ.get("CLOCKHAND_BRUTE_SEED", "2026")
SHARDS = 16 if ALL else 2
SAMPLE = 12
"""How many zones a shard of the sample has, and how many of their clock changes."""
EXPRESSIONS = 6 if ALL else 3

ZONES = tuple(sorted(available_timezones() - {"localtime", "Factory", "posixrules"}))
HOUR = timedelta(hours=1)


def signature(zone, moment):
    """Return what the walk depends on: the offset at each minute of the hour of a change."""
    return tuple(
        (moment + minute * MINUTE).astimezone(zone).utcoffset() // MINUTE for minute in range(-1, 62)
    )


@cache
def grouped(zones):
    """Return (moment, keys of the zones that change so) for each way to change at each moment."""
    found = {}
    for key in zones:
        zone = ZoneInfo(key)
        for moment in changes(zone):
            found.setdefault((moment, signature(zone, moment)), []).append(key)
    return [(moment, keys) for (moment, _), keys in sorted(found.items())]


def groups(shard):
    """Return those that a shard walks."""
    if ALL:
        return grouped(ZONES)[shard::SHARDS]
    random = Random(f"{SEED} {shard}")
    sample = grouped(tuple(random.sample(ZONES, SAMPLE)))
    return random.sample(sample, min(SAMPLE, len(sample)))


def ways(random):
    """Return how to get through a clock change."""
    return {
        "gap": random.choice([None, None, "after", "skip"]),
        "overlap": random.choice([None, None, "first", "second", "both"]),
    }


def hold(spec, way, looks, keys):
    """Assert that in each of the zones the engine says what a daemon does that looks so."""
    first, last = looks[0].moment, looks[-1].moment
    expected = fired(spec, looks, **way)
    for key in keys:
        timer = cron(spec.text, tz=key, **way)
        told = f"{spec.text!r} in {key} from {first}, {way}, seed {SEED}"
        assert asked(timer, first, last) == expected, told
        assert timer.count(first, last) == len(expected), told
    assert asked_back(timer, first, last) == expected, told


@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_minute_around_every_change(shard):
    """A day and a half on either side, with random expressions and every way through the change."""
    walked = 0
    for moment, keys in groups(shard):
        random = Random(f"{SEED} {moment} {keys[0]}")
        looks = walk(ZoneInfo(keys[0]), moment - 36 * HOUR, moment + 36 * HOUR)
        for _ in range(EXPRESSIONS):
            hold(expression(random), ways(random), looks, keys)
        walked += len(keys)
    assert walked


@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_second_around_every_change(shard):
    """Half an hour before the change, and two hours and a half after it."""
    for moment, keys in groups(shard)[:: 1 if ALL else 4]:
        random = Random(f"{SEED} seconds {moment} {keys[0]}")
        looks = walk(ZoneInfo(keys[0]), moment - HOUR / 2, moment + 2.5 * HOUR, SECOND)
        hold(expression(random, seconds=True), ways(random), looks, keys)


def test_days_without_a_change_are_like_all_others():
    """Any day of any zone between 2000 and 2050."""
    random = Random(SEED)
    for _ in range(400 if ALL else 20):
        key = random.choice(ZONES)
        first = changes(ZoneInfo("Europe/Berlin"))[0] + random.randrange(50 * 365) * DAY
        spec, way = expression(random), ways(random)
        hold(spec, way, walk(ZoneInfo(key), first, first + DAY), [key])
