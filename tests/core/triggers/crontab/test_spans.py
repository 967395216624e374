"""Where the clocks of a zone change, without the zone telling."""

import struct
from datetime import UTC, datetime, timedelta
from importlib import resources
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from clockhand.triggers.crontab.spans import _HALVES, FIRST, LAST, UNCHANGING, changes, span_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = sorted(available_timezones() - {"localtime", "Factory", "posixrules"})
NAMED = [
    "Europe/Berlin",
    "America/New_York",
    "Pacific/Apia",
    "Africa/Casablanca",
    "Asia/Gaza",
    "Africa/Monrovia",
]


def transitions(key):
    """Return (instant, before, after) of each change in the file of a zone, as RFC 9636 lays it out."""
    data = resources.files("tzdata").joinpath("zoneinfo", *key.split("/")).read_bytes()
    _, _, isutc, isstd, leaps, times, types, chars = struct.unpack(">4sc15x6l", data[:44])
    begin = 44 + times * 5 + types * 6 + chars + leaps * 8 + isstd + isutc
    _, _, _, _, _, times, types, _ = struct.unpack(">4sc15x6l", data[begin : begin + 44])
    begin += 44
    instants = struct.unpack(f">{times}q", data[begin : begin + times * 8])
    kinds = data[begin + times * 8 : begin + times * 9]
    table = data[begin + times * 9 :]
    offsets = [struct.unpack(">lbb", table[kind * 6 : kind * 6 + 6])[0] for kind in range(types)]
    before = offsets[0]
    found = []
    for instant, kind in zip(instants, kinds, strict=True):
        if offsets[kind] != before:
            found.append((instant, before, offsets[kind]))
            before = offsets[kind]
    return found


def from_tzdata(key):
    """Return the zone as the package tzdata has it, whatever the system has."""
    with resources.files("tzdata").joinpath("zoneinfo", *key.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key)


@pytest.mark.parametrize("key", NAMED)
def test_each_change_is_found(key):
    """Those that the file of the zone lists are those that are found."""
    listed = transitions(key)
    found = changes(from_tzdata(key), listed[0][0], listed[-1][0])
    assert [(one.instant, one.before, one.after) for one in found] == listed


def test_changes_are_farther_apart_than_what_is_asked():
    """In all zones there are: two changes are never in one step of the search, nor near to that."""
    step = 2 * _HALVES[0]
    closest = min(
        after[0] - before[0]
        for key in ZONES
        if resources.files("tzdata").joinpath("zoneinfo", *key.split("/")).is_file()
        for before, after in pairwise(transitions(key))
    )
    assert closest > 2 * step.total_seconds()


@pytest.mark.parametrize("key", NAMED)
def test_spans_follow_one_another(key):
    """From 1900 on, each begins where the one before ended, and has the offset that the zone has."""
    zone = ZoneInfo(key)
    instant, end = -2_208_988_800, 4_102_444_800
    while instant < end:
        span = span_of(zone, instant)
        assert span.start <= instant < span.end
        for edge in (span.start, (span.start + span.end) // 2, span.end - 1):
            there = (EPOCH + timedelta(seconds=edge)).astimezone(zone)
            assert there.utcoffset() == timedelta(seconds=span.offset)
            assert span_of(zone, edge) == span
        instant = span.end
        assert span_of(zone, instant).start == instant


def test_what_is_skipped_and_repeated():
    """Berlin, 2026: from 02:00 to 03:00 in March, and twice in October."""
    zone = ZoneInfo("Europe/Berlin")
    spring, autumn = (
        int(datetime(2026, month, day, 1, tzinfo=UTC).timestamp()) for month, day in ((3, 29), (10, 25))
    )
    winter, summer, next_winter = (span_of(zone, instant) for instant in (spring - 1, spring, autumn))
    assert (winter.end, winter.offset, winter.skips) == (spring, 3600, False)
    assert (summer.start, summer.offset, summer.skips) == (spring, 7200, True)
    assert summer.reached == spring + 3600
    assert span_of(zone, autumn - 1).again == autumn + 3600
    assert (next_winter.reached, next_winter.skips) == (autumn + 7200, False)


def test_utc_and_the_ends():
    """UTC has one span; others have some up to the ends of the calendar."""
    assert span_of(None, 0) is UNCHANGING
    for key in NAMED:
        assert span_of(ZoneInfo(key), FIRST).start == FIRST
        assert span_of(ZoneInfo(key), LAST).end == LAST + 1
