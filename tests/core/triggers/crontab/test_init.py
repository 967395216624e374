"""cron(...) as people meet it: its answers in plain weeks, its zone, its value."""

import copy
import pickle
from datetime import UTC, datetime, timedelta, timezone
from time import process_time
from zoneinfo import ZoneInfo

import attrs
import pytest

from clockhand._plugins.structure import structure, unstructure
from clockhand.contracts import Facts, Timer
from clockhand.errors import ConfigError, DefinitionError
from clockhand.triggers import Cron, cron
from clockhand.triggers.crontab.spans import _block

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def days(timer, number):
    """Return the dates of the first *number* due times of 2026."""
    found, moment = [], NEW_YEAR - timedelta(microseconds=1)
    for _ in range(number):
        moment = timer.next_after(moment)
        found.append((moment.month, moment.day))
    return found


@pytest.mark.parametrize("spec", ["0 0 * * 0", "0 0 * * 7", "0 0 * * sun", "@weekly"])
def test_zero_and_seven_are_sunday(spec):
    """Sunday is 0, 7 and sun; 4 January 2026 is the first of the year."""
    assert days(cron(spec), 4) == [(1, 4), (1, 11), (1, 18), (1, 25)]


def test_friday_or_the_thirteenth():
    """Both day fields restricted: either is enough."""
    assert days(cron("0 0 13 * fri"), 6) == [(1, 2), (1, 9), (1, 13), (1, 16), (1, 23), (1, 30)]


def test_a_day_field_that_begins_with_a_star_is_not_restricted():
    """With */2 in the day of month, the weekday must match as well."""
    assert days(cron("0 0 */2 * mon"), 3) == [(1, 5), (1, 19), (2, 9)]


def test_a_full_range_counts_as_restricted():
    """1-31 is every day, so with a weekday every day matches."""
    assert days(cron("0 0 1-31 * mon"), 3) == [(1, 1), (1, 2), (1, 3)]


def test_leap_days_skip_the_year_2100():
    """29 February 2096 is followed by that of 2104, and back."""
    timer = cron("0 0 29 2 *")
    assert timer.next_after(datetime(2096, 3, 1, tzinfo=UTC)) == datetime(2104, 2, 29, tzinfo=UTC)
    before = datetime(2104, 2, 28, tzinfo=UTC)
    assert timer.last_before(before, since=NEW_YEAR) == datetime(2096, 2, 29, tzinfo=UTC)


def test_a_leap_day_that_must_be_a_sunday():
    """*/7 and 29 February: 40 years can pass, around 2100."""
    timer = cron("0 0 29 2 */7")
    assert timer.next_after(datetime(2088, 3, 1, tzinfo=UTC)) == datetime(2128, 2, 29, tzinfo=UTC)


def test_the_last_before_is_inside_the_closed_range():
    """Both ends of the range count; an older due time doesn't."""
    timer = cron("0 9 * * *")
    nine = NEW_YEAR + timedelta(hours=9)
    assert timer.last_before(nine, since=nine) == nine
    assert timer.last_before(nine - timedelta(seconds=1), since=NEW_YEAR) is None
    assert timer.last_before(nine + timedelta(days=3, hours=1), since=NEW_YEAR) == nine + timedelta(days=3)


@pytest.mark.parametrize("spec", ["*/7 3-5 * * *", "30 2 1,15 * fri", "59 23 31 * *", "0 0 29 2 *"])
def test_counting_agrees_with_stepping(spec):
    """Over some years, from odd starts, count is the number of answers of next_after."""
    timer = cron(spec)
    for first in (NEW_YEAR, NEW_YEAR + timedelta(days=14, hours=2, minutes=30, seconds=1)):
        last = first + timedelta(days=500, hours=3, minutes=17)
        stepped, moment = 0, timer.next_after(first - timedelta(microseconds=1))
        while moment is not None and moment <= last:
            stepped += 1
            moment = timer.next_after(moment)
        assert timer.count(first, last) == stepped
        assert timer.count(last, first) == 0


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York"])
@pytest.mark.parametrize("gap", [None, "after"])
def test_a_century_of_seconds_is_counted_at_once(zone, gap):
    """Also with clock changes: under 10 ms; the first time, when those are looked for, under 40."""
    last = NEW_YEAR.replace(year=2126) - timedelta(seconds=1)
    seconds = (last - NEW_YEAR) // timedelta(seconds=1) + 1

    def taken():
        timer = cron("* * * * * *", tz=zone, gap=gap)
        began = process_time()
        assert timer.count(NEW_YEAR, last) == seconds
        return process_time() - began

    _block.cache_clear()
    assert taken() < 0.04
    assert min(taken() for _ in range(9)) < 0.01


@pytest.mark.parametrize(
    ("spec", "zone"), [("30 2 * * *", "Europe/Berlin"), ("*/30 * * * *", "America/New_York")]
)
def test_a_century_in_a_zone_is_counted_as_stepped(spec, zone):
    """The number of due times is that of the answers, whatever the clocks did in between."""
    timer = cron(spec, tz=zone)
    first, last = NEW_YEAR.replace(year=1950), NEW_YEAR.replace(year=1990)
    stepped, moment = 0, timer.next_after(first - timedelta(microseconds=1))
    while moment <= last:
        stepped += 1
        moment = timer.next_after(moment)
    assert timer.count(first, last) == stepped


def test_no_zone_is_utc_until_the_scheduler_writes_its_own_in():
    """Omitted tz behaves as UTC, but isn't the same definition."""
    assert cron("0 9 * * *").next_after(NEW_YEAR) == cron("0 9 * * *", tz="UTC").next_after(NEW_YEAR)
    assert cron("0 9 * * *") != cron("0 9 * * *", tz="UTC")
    berlin = attrs.evolve(cron("0 9 * * *"), tz="Europe/Berlin")
    assert berlin.next_after(NEW_YEAR) == datetime(2026, 1, 1, 8, tzinfo=UTC)


def test_the_start_may_be_of_any_offset():
    """A question with a foreign offset is answered in UTC."""
    tokyo = datetime(2026, 1, 1, 12, 0, 0, 1, tzinfo=timezone(timedelta(hours=9)))
    due = cron("0 * * * *", tz="Europe/Berlin").next_after(tokyo)
    assert due == datetime(2026, 1, 1, 4, tzinfo=UTC)
    assert due.tzinfo is UTC


@pytest.mark.parametrize("zone", [None, "Pacific/Kiritimati", "America/Los_Angeles", "Asia/Tokyo"])
@pytest.mark.parametrize("spec", ["* * * * *", "0 0 1 1 *", "59 23 31 12 *", "* 0 1 2 *"])
def test_the_ends_of_the_calendar(zone, spec):
    """At the first and the last day there is, an answer or None, never an OverflowError."""
    timer = cron(spec, tz=zone)
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    assert timer.next_after(last) is None
    december = last - timedelta(days=30)
    found = timer.next_after(december)
    assert found is None or found > december
    for moment in (first, first + timedelta(days=30)):
        found = timer.last_before(moment, since=first)
        assert found is None or first <= found <= moment + timedelta(days=3)
    assert timer.next_after(first) > first
    assert timer.last_before(last, since=first) < last


def test_the_value():
    """Compared and hashed by its two fields, copied and pickled, a Timer that keeps no past."""
    timer = cron("5 4 * * *", tz="Europe/Berlin")
    assert timer == Cron("5 4 * * *", "Europe/Berlin") == pickle.loads(pickle.dumps(timer))
    assert len({timer, Cron(spec="5 4 * * *", tz="Europe/Berlin")}) == 1
    assert timer != cron("5 4 * * *")
    assert [field.name for field in attrs.fields(Cron)] == ["spec", "tz", "gap", "overlap"]
    assert timer == copy.deepcopy(timer)
    assert timer != cron("5 4 * * *", tz="Europe/Berlin", gap="after")
    assert cron("@daily", overlap="both") == Cron("@daily", None, None, "both")
    assert isinstance(timer, Timer)
    assert not timer.keeps_past
    assert timer.next_after(NEW_YEAR, Facts(anchor=NEW_YEAR, alias="x")) == timer.next_after(NEW_YEAR)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        timer.spec = "* * * * *"


def test_a_zone_may_be_given_as_one():
    """A ZoneInfo stands for its key."""
    assert cron("0 9 * * *", tz=ZoneInfo("Europe/Berlin")) == cron("0 9 * * *", tz="Europe/Berlin")


def test_asked_in_a_zone_of_its_own():
    """Two moments of one zone compare by wall and ignore fold: the engine asks in UTC, either fold."""
    zone = ZoneInfo("America/New_York")
    timer = cron("*/30 * * * *", tz="America/New_York")
    first, second = (datetime(2026, 11, 1, 1, 40, tzinfo=zone, fold=fold) for fold in (0, 1))
    assert timer.next_after(first) == datetime(2026, 11, 1, 6, 0, tzinfo=UTC)
    assert timer.next_after(second) == datetime(2026, 11, 1, 7, 0, tzinfo=UTC)
    assert timer.count(first, second) == 2
    assert timer.last_before(second, since=first) == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


def test_february_as_a_fifth_monday():
    """29 February on a Monday comes in 2072 and then, for 2100 has none, in 2112."""
    timer = cron("0 0 */28 2 mon#5")
    assert timer.next_after(datetime(2072, 2, 1, tzinfo=UTC)) == datetime(2072, 2, 29, tzinfo=UTC)
    assert timer.next_after(datetime(2072, 3, 1, tzinfo=UTC)) == datetime(2112, 2, 29, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"gap": "skp"}, "cron: gap: not a way through a clock change, given 'skp', did you mean 'skip'?"),
        ({"gap": "both"}, "cron: gap: not a way through a clock change, given 'both', known: after, skip"),
        (
            {"overlap": ["first"]},
            "cron: overlap: not a way through a clock change, given ['first'], known: first, second, both",
        ),
    ],
)
def test_an_unknown_way_through_a_clock_change_is_refused(given, message):
    """The error names the field, what was given, and what there is."""
    with pytest.raises(DefinitionError) as caught:
        cron("0 9 * * *", **given)
    assert str(caught.value) == message


def test_json_has_only_what_was_written():
    """Gap and overlap are kept as words; without them the payload is as it has always been."""
    assert unstructure(cron("0 9 * * *")) == {"spec": "0 9 * * *"}
    written = cron("0 9 * * *", tz="Europe/Berlin", gap="skip", overlap="both")
    payload = {"spec": "0 9 * * *", "tz": "Europe/Berlin", "gap": "skip", "overlap": "both"}
    assert unstructure(written) == payload
    assert structure(payload, Cron, "x") == written
    with pytest.raises(ConfigError, match="overlap"):
        structure({**payload, "overlap": "third"}, Cron, "x")


@pytest.mark.parametrize(
    ("tz", "message"),
    [
        ("Europe/Berln", "tz: unknown time zone 'Europe/Berln', did you mean 'Europe/Berlin'?"),
        ("", "tz: unknown time zone ''; write it like 'Europe/Berlin'"),
        ("../../etc/passwd", "tz: unknown time zone '../../etc/passwd'; write it like 'Europe/Berlin'"),
        ("a\0b", r"tz: unknown time zone 'a\x00b'; write it like 'Europe/Berlin'"),
        (3, "tz: not a time zone, given 3; write it like 'Europe/Berlin'"),
    ],
)
def test_an_unknown_zone_is_refused(tz, message):
    """The error names tz, what was given, and the nearest zone there is."""
    with pytest.raises(DefinitionError) as caught:
        cron("* * * * *", tz=tz)
    assert str(caught.value) == message


@pytest.mark.parametrize("tz", ["America", "x" * 10_000, "Europe/\N{GRINNING FACE}"])
def test_odd_zones_are_refused(tz):
    """A folder, an endless name, a name that is no file's: unknown, like any other."""
    with pytest.raises(DefinitionError, match=r"^tz: unknown time zone"):
        cron("* * * * *", tz=tz)
