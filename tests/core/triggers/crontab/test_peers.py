"""Beside croniter, cronsim and APScheduler: the same answers, but for what docs/cron.md says and why."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from zoneinfo import ZoneInfo

import pytest
from apscheduler.triggers.cron import CronTrigger
from croniter import CroniterBadCronError, croniter
from cronsim import CronSim, CronSimError
from daemon import DAY, changes
from expressions import WEEKDAYS
from hypothesis import given, settings
from hypothesis import strategies as st

from clockhand import cron

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "America/Santiago"]
NUMBER = 8
SEEDS = st.integers(0, 2**32)


def item(random, low, high):
    """Return a value, a range or a step: what all four read in the same way."""
    first, last = sorted(random.sample(range(low, high + 1), 2))
    step = random.randint(1, (high - low) // 2)
    return random.choice(
        [str(first), str(last), f"{first}-{last}", f"{first}-{last}/{min(step, last - first)}", f"*/{step}"]
    )


def field(random, low, high, stays_open=0.4):
    """Return a field: open, or a list of one or two."""
    if random.random() < stays_open:
        return "*"
    return ",".join(item(random, low, high) for _ in range(random.choice([1, 1, 2])))


def common(random, days):
    """Return an expression that all of them read; one of the two day fields is open."""
    month = random.choice(["*", "*", "*", "2-11", "jan,jul", "1-12/2"])
    day = random.choice(days)(random)
    return f"{field(random, 0, 59, 0.2)} {field(random, 0, 23)} {day[0]} {month} {day[1]}"


def some_days(random):
    """Return a restricted day of the month, or its last day."""
    return random.choice([field(random, 1, 28), "L", "15"]), "*"


def some_weekdays(random):
    """Return a restricted day of the week, or one of its days of the month."""
    name = random.choice(WEEKDAYS)
    return "*", random.choice([field(random, 0, 6), name, f"{name}-sat", "5#3", "1#1"]).replace(
        "sat-sat", "sat"
    )


def either_day(random):
    """Return two restricted day fields, of which one is enough."""
    return str(random.randint(1, 28)), random.choice([*WEEKDAYS, "1-5", "2,4"])


def a_start(random, zone):
    """Return a moment within two days before a clock change, or any of these years."""
    if (known := changes(zone)) and random.random() < 0.7:
        return random.choice(known) - random.randint(1, 48) * timedelta(hours=1)
    return datetime(2000, 1, 1, tzinfo=UTC) + timedelta(minutes=random.randrange(50 * 525_600))


def ours(spec, zone, start):
    """Return the next answers."""
    timer, found = cron(spec, tz=zone.key), []
    for _ in range(NUMBER):
        start = timer.next_after(start)
        found.append(start)
    return found


def in_utc(moments):
    """Return the first moments as those of UTC: those of one zone are compared by the wall."""
    return [moment.astimezone(UTC) for moment in islice(moments, NUMBER)]


@settings(max_examples=150, deadline=None)
@given(SEEDS, st.sampled_from(ZONES))
def test_cronsim(seed, key):
    """The same through every clock change of whole hours, from any start but one in a second pass."""
    random, zone = Random(seed), ZoneInfo(key)
    spec = common(random, [some_days, some_weekdays, either_day])
    start = a_start(random, zone)
    assert ours(spec, zone, start) == in_utc(CronSim(spec, start.astimezone(zone))), spec


@settings(max_examples=100, deadline=None)
@given(SEEDS)
def test_croniter(seed):
    """The same in UTC; its stars don't make both day fields necessary, so only one is restricted here."""
    random, zone = Random(seed), ZoneInfo("UTC")
    spec = common(random, [some_days, some_weekdays, either_day])
    start = a_start(random, zone)
    fires = croniter(spec, start)
    assert ours(spec, zone, start) == in_utc(fires.get_next(datetime) for _ in range(NUMBER)), spec


def there(found, zone):
    """Return moments as texts of local time."""
    return [moment.astimezone(zone).strftime("%d %H:%M %z") for moment in found]


def asked(spec, key, start, number):
    """Return what each of the two others says, and what ours says, as texts."""
    zone = ZoneInfo(key)
    begin = start.astimezone(zone)
    fires = croniter(spec, begin)
    return {
        "ours": there(ours(spec, zone, start)[:number], zone),
        "cronsim": there(islice(CronSim(spec, begin), number), zone),
        "croniter": there((fires.get_next(datetime) for _ in range(number)), zone),
    }


def test_cronsim_misses_where_clocks_move_by_half_an_hour():
    """Lord Howe, 5 April 2026: 02:00 goes back to 01:30. Both times 01:45 count for an hourly job."""
    found = asked("*/15 * * * *", "Australia/Lord_Howe", datetime(2026, 4, 4, 14, 29, tzinfo=UTC), 5)
    expected = ["05 01:30 +1100", "05 01:45 +1100", "05 01:30 +1030", "05 01:45 +1030", "05 02:00 +1030"]
    assert found["ours"] == expected
    assert found["cronsim"] == found["croniter"] == expected
    hourly = asked("45 * * * *", "Australia/Lord_Howe", datetime(2026, 4, 4, 14, 29, tzinfo=UTC), 3)
    assert hourly["ours"] == ["05 01:45 +1100", "05 01:45 +1030", "05 02:45 +1030"]
    assert hourly["croniter"] == hourly["ours"]
    assert hourly["cronsim"] == ["05 01:45 +1100", "05 02:45 +1030", "05 03:45 +1030"]


def test_cronsim_answers_before_the_start_in_the_second_pass():
    """New York, 1 November 2026, 01:10 for the second time: 01:30 has been, also for one that asks now."""
    start = datetime(2026, 11, 1, 6, 10, tzinfo=UTC)
    zone = ZoneInfo("America/New_York")
    assert next(CronSim("30 1 * * *", start.astimezone(zone))).astimezone(UTC) < start
    assert ours("30 1 * * *", zone, start)[0] == datetime(2026, 11, 2, 6, 30, tzinfo=UTC)


def test_croniter_doubles_in_the_overlap():
    """New York, 1 November 2026: a job at 01:30 runs once, not in both passes."""
    found = asked("30 1 * * *", "America/New_York", datetime(2026, 10, 31, 12, tzinfo=UTC), 2)
    assert found["ours"] == found["cronsim"] == ["01 01:30 -0400", "02 01:30 -0500"]
    assert found["croniter"] != found["ours"]


def test_croniter_needs_either_day_where_one_begins_with_a_star():
    """*/2 is a star to cron, so both must match; croniter takes it for a restricted field."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    found = asked("0 0 */2 * mon", "UTC", start, 3)
    assert found["ours"] == found["cronsim"] == ["05 00:00 +0000", "19 00:00 +0000", "09 00:00 +0000"]
    assert found["croniter"] == ["03 00:00 +0000", "05 00:00 +0000", "07 00:00 +0000"]


def test_a_range_of_one_value():
    """5-5 is 5; to croniter it goes once around, and cronsim takes a step after it to the end."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    found = asked("0 0 * * 5-5", "UTC", start, 2)
    assert found["ours"] == found["cronsim"] == ["02 00:00 +0000", "09 00:00 +0000"]
    assert found["croniter"] == ["02 00:00 +0000", "03 00:00 +0000"]
    found = asked("5-5/20 0 * * *", "UTC", start, 2)
    assert found["ours"] == ["01 00:05 +0000", "02 00:05 +0000"]
    assert found["cronsim"] == ["01 00:05 +0000", "01 00:25 +0000"]


def test_a_weekday_to_the_end():
    """3/2 is 3 and 5: a week ends at Saturday; cronsim goes on to Sunday as 7."""
    found = asked("0 0 * * 3/2", "UTC", datetime(2026, 1, 1, tzinfo=UTC), 3)
    assert found["ours"] == ["02 00:00 +0000", "07 00:00 +0000", "09 00:00 +0000"]
    assert found["cronsim"] == ["02 00:00 +0000", "04 00:00 +0000", "07 00:00 +0000"]


@pytest.mark.parametrize("spec", ["0 22-2 * * *", "0 0 * * L5", "0 0 15W * *", "@daily", "0 0 ? * mon"])
def test_cronsim_does_not_read_all_of_it(spec):
    """Ranges that wrap around, L before its weekday, nW, nicknames, `?`."""
    cron(spec)
    with pytest.raises(CronSimError):
        CronSim(spec, datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("spec", ["0 0 LW * *", "0 0 * * 5L", "0 0 * * 5,6#3"])
def test_croniter_does_not_read_all_of_it(spec):
    """The last weekday of a month, L after its weekday, a list of Friday and the third Saturday."""
    cron(spec)
    with pytest.raises(CroniterBadCronError):
        croniter(spec, datetime(2026, 1, 1, tzinfo=UTC)).get_next(datetime)


def apscheduler(spec, key, start):
    """Return the next fire of APScheduler."""
    return CronTrigger.from_crontab(spec, ZoneInfo(key)).get_next_fire_time(None, start)


def test_apscheduler_needs_both_days_and_begins_the_week_on_monday():
    """The 13th and Friday together; and 0 is Monday."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert apscheduler("0 0 13 * fri", "UTC", start).date().isoformat() == "2026-02-13"
    assert ours("0 0 13 * fri", ZoneInfo("UTC"), start)[0].date().isoformat() == "2026-01-02"
    assert apscheduler("0 0 * * 0", "UTC", start).strftime("%a") == "Mon"
    assert ours("0 0 * * 0", ZoneInfo("UTC"), start)[0].strftime("%a") == "Sun"


def test_apscheduler_answers_with_a_time_that_does_not_exist():
    """New York, 8 March 2026: it says 02:30, which no clock shows."""
    zone = ZoneInfo("America/New_York")
    start = datetime(2026, 3, 8, 5, tzinfo=UTC)
    found = apscheduler("30 2 * * *", zone.key, start)
    assert found.strftime("%d %H:%M") == "08 02:30"
    assert found.astimezone(UTC).astimezone(zone).strftime("%d %H:%M") == "08 03:30"
    assert there(ours("30 2 * * *", zone, start)[:1], zone) == ["08 03:00 -0400"]


def test_apscheduler_doubles_in_the_overlap():
    """New York, 1 November 2026: a job at 01:30 runs in both passes."""
    zone = ZoneInfo("America/New_York")
    trigger = CronTrigger.from_crontab("30 1 * * *", zone)
    first = trigger.get_next_fire_time(None, datetime(2026, 11, 1, 4, tzinfo=UTC))
    second = trigger.get_next_fire_time(first, first)
    assert there([first, second], zone) == ["01 01:30 -0400", "01 01:30 -0500"]


@pytest.mark.parametrize(
    "spec", ["0 22-2 * * *", "0 0 L * *", "0 0 15W * *", "0 0 LW * *", "0 0 * * 5L", "@daily"]
)
def test_apscheduler_does_not_read_all_of_it(spec):
    """Ranges that wrap around, what depends on the month, nicknames."""
    cron(spec)
    with pytest.raises(ValueError, match=r"."):
        CronTrigger.from_crontab(spec, UTC)


def test_the_second_may_come_first_or_last():
    """Of six fields croniter has the second last."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    found = next(CronSim("15 0 0 1 1 *", start))
    assert found == ours("15 0 0 1 1 *", ZoneInfo("UTC"), start)[0] == start + timedelta(seconds=15)
    assert croniter("0 0 1 1 * 15", start).get_next(datetime) == found


def test_the_days_between_are_the_same_for_all():
    """A plain job on plain days: nobody differs."""
    start = datetime(2026, 6, 1, tzinfo=UTC)
    zone = ZoneInfo("Europe/Berlin")
    found = asked("0 9 * * mon-fri", "Europe/Berlin", start, 5)
    assert found["ours"] == found["cronsim"] == found["croniter"]
    assert apscheduler("0 9 * * mon-fri", zone.key, start) == ours("0 9 * * 1-5", zone, start)[0]
    assert start + DAY > ours("0 9 * * 1-5", zone, start)[0]
