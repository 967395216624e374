"""between and on: conditions on the time of day and on the calendar."""

import asyncio
from datetime import UTC, datetime, time, timedelta

import pytest

from clockhand import Job, Query, call
from clockhand.contracts import ConditionContext, What
from clockhand.errors import DefinitionError
from clockhand.triggers import between, blackout, dates, every, on, weekdays

SUNDAY = datetime(2026, 3, 1, tzinfo=UTC)


def passed(condition, hours):
    """Return at which of these hours of the first day of March 2026 the condition passes."""
    moments = {hour: SUNDAY + timedelta(hours=hour) for hour in hours}
    late = SUNDAY + timedelta(days=9)
    return [
        hour
        for hour, due in moments.items()
        if condition.passes(ConditionContext(job="a", due=due, now=late))
    ]


def test_between_has_its_start_and_not_its_end():
    """Of the day, or over midnight."""
    hours = [0, 5.99, 6, 12, 21.99, 22, 23.99]
    assert passed(between("06:00", "22:00"), hours) == [6, 12, 21.99]
    assert passed(between("22:00", time(6)), hours) == [0, 5.99, 22, 23.99]
    assert passed(between("12:00:00", "12:00:01"), [12, 12 + 1 / 3600]) == [12]


def test_between_goes_by_the_clock_of_its_zone():
    """09:00 in Tokyo is midnight in UTC; a zone that was left open can be written in."""
    assert passed(between("09:00", "10:00", tz="Asia/Tokyo"), range(24)) == [0]
    assert between("09:00", "10:00").in_zone("Asia/Tokyo") == between("09:00", "10:00", "Asia/Tokyo")


def test_on_passes_what_any_calendar_covers():
    """One of them is enough; their zones can be written in."""
    assert passed(on(weekdays("sun")), [0, 23.5, 24]) == [0, 23.5]
    window = blackout(SUNDAY + timedelta(hours=24), SUNDAY + timedelta(hours=25))
    assert passed(on(dates("2026-03-01"), window), [0, 23, 24, 25]) == [0, 23, 24]
    assert on(weekdays("sun")).in_zone("UTC") == on(weekdays("sun", tz="UTC"))


def test_they_read_as_they_are_written():
    """The history has that as the reason of what is excluded."""
    assert repr(between("22:00", "06:00:30", tz="UTC")) == "between('22:00', '06:00:30', tz='UTC')"
    assert repr(on(weekdays("sat-sun"), weekdays("mon"))) == "on(weekdays('sat,sun'), weekdays('mon'))"
    assert between("22:00", "06:00").reads == on(weekdays()).reads == frozenset()


def test_what_does_not_pass_is_excluded(make, virtual):
    """In a scheduler: hourly, but on record as excluded from 02:00 on."""

    async def main():
        scheduler = make(timezone="Europe/Berlin")
        job = Job(alias="a", work=call(int), triggers=[every(hours=1), between("01:00", "03:00")])
        scheduler.add(job)
        async with scheduler:
            await asyncio.sleep(3.5 * 3600)
            return await scheduler.read(Query(jobs=frozenset({"a"})))

    entries = [one for one in virtual(main).entries if one.what in {What.RUN_STARTED, What.NEVER_RAN}]
    assert [(one.what, one.due.hour) for one in entries][:1] == [(What.RUN_STARTED, 1)]
    assert {one.reason for one in entries[1:]} == {
        "condition between('01:00', '03:00', tz='Europe/Berlin') did not pass"
    }


@pytest.mark.parametrize(
    ("make_it", "message"),
    [
        (lambda: between("09:00", "09:00"), "between: start and end are both 09:00, so nothing would pass"),
        (
            lambda: between("9", "10:00"),
            "between: start: not a time of day, given '9'; write it like '09:00'",
        ),
        (
            lambda: between("09:00", None),
            "between: end: not a time of day, given None; write it like '09:00'",
        ),
        (lambda: between("09:00", "10:00", "Mars"), "tz: unknown time zone 'Mars'"),
        (on, "on: calendars: no calendar given, name at least one"),
        (lambda: on(every(5)), "on: calendars: not a calendar, given Every("),
    ],
)
def test_what_can_not_be(make_it, message):
    """The field is named."""
    with pytest.raises(DefinitionError) as caught:
        make_it()
    assert str(caught.value).startswith(message)
