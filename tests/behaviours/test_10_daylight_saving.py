"""10. Daylight saving, as far as the timers go: fixed times run once a day, intervals keep their length."""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from accounts import became
from storeroom import Store

from clockhand import Job, Timing, call, cron, every
from clockhand.testing.clock import VirtualClock
from clockhand.testing.loop import run_virtual

NEW_YORK = ZoneInfo("America/New_York")
SPRING, AUTUMN = date(2026, 3, 8), date(2026, 11, 1)


async def quick() -> None:
    """Take no time."""


@pytest.fixture(params=["memory", "sqlite"])
def fires(request, tmp_path):
    """Run a job over the local day *day* of New York and a day on either side; return its due times there."""

    def run(timer, day: date) -> list[datetime]:
        begin = datetime.combine(day - timedelta(days=1), datetime.min.time(), NEW_YORK).astimezone(UTC)
        clock = VirtualClock(begin - timedelta(seconds=1))
        store = Store(request.param, tmp_path, clock)

        async def main():
            async with store.scheduler(timing=Timing(poll="1h", lease="3h", beat="1h")) as scheduler:
                await scheduler.add_job(Job(alias="job", work=call(quick), triggers=timer))
                await asyncio.sleep(timedelta(days=3).total_seconds())
            return await store.ledger()

        entries = run_virtual(main(), clock=clock)
        assert all(list(map(str, found)) == ["succeeded"] for found in became(entries).values())
        dues = [entry.due for entry in entries if entry.verdict is not None]
        assert all(due.astimezone(NEW_YORK).astimezone(UTC) == due for due in dues), "a UTC round trip"
        return [due.astimezone(NEW_YORK) for due in dues]

    return run


def on(day: date, dues: list[datetime]) -> list[datetime]:
    """Return those of the local day."""
    return [due for due in dues if due.date() == day]


def test_a_time_that_does_not_exist_runs_right_after_the_gap(fires):
    """Daily at 02:30 on 8 March: once, at 03:00, which is when the clock shows it first."""
    dues = fires(cron("30 2 * * *", tz="America/New_York"), SPRING)
    assert [(due.hour, due.minute) for due in on(SPRING, dues)] == [(3, 0)]
    assert [due.date() for due in dues] == [SPRING + timedelta(days=days) for days in (-1, 0, 1)]


def test_a_time_that_comes_twice_runs_once(fires):
    """Daily at 01:30 on 1 November: at the first of the two."""
    dues = fires(cron("30 1 * * *", tz="America/New_York"), AUTUMN)
    (due,) = on(AUTUMN, dues)
    assert (due.hour, due.minute, due.fold) == (1, 30, 0)
    assert [due.date() for due in dues] == [AUTUMN + timedelta(days=days) for days in (-1, 0, 1)]


def test_a_time_that_does_not_exist_can_be_left_out(fires):
    """With gap="skip": no run on 8 March, and those of the days beside it."""
    dues = fires(cron("30 2 * * *", tz="America/New_York", gap="skip"), SPRING)
    assert [due.date() for due in dues] == [SPRING + timedelta(days=days) for days in (-1, 1)]


@pytest.mark.parametrize(("overlap", "folds"), [("first", [0]), ("second", [1]), ("both", [0, 1])])
def test_the_pass_can_be_chosen(fires, overlap, folds):
    """Daily at 01:30 on 1 November: at the first, at the second, or at both."""
    dues = on(AUTUMN, fires(cron("30 1 * * *", tz="America/New_York", overlap=overlap), AUTUMN))
    assert [(due.hour, due.minute, due.fold) for due in dues] == [(1, 30, fold) for fold in folds]


@pytest.mark.parametrize(("day", "count"), [(SPRING, 46), (AUTUMN, 50)])
def test_a_field_that_begins_with_a_star_follows_every_real_minute(fires, day, count):
    """Every 30 minutes: 46 times in the day of 23 hours, 50 times in the one of 25."""
    assert len(on(day, fires(cron("*/30 * * * *", tz="America/New_York"), day))) == count


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
def test_hours_are_elapsed_time(fires, day):
    """Every 24 hours stays 24 hours, whatever the wall does."""
    dues = [due.astimezone(UTC) for due in fires(every(hours=24), day)]
    assert {b - a for a, b in itertools.pairwise(dues)} == {timedelta(hours=24)}
