"""The page that an explanation is, to the letter."""

from datetime import UTC, datetime

import pytest

from clockhand import explain
from clockhand.triggers import (
    after_completion,
    all_of,
    any_of,
    at,
    at_start,
    but_not,
    cron,
    dates,
    every,
    next_business_day,
    weekdays,
)

NOV = datetime(2026, 11, 23, 12, tzinfo=UTC)

PAGES = [
    (
        cron("30 2 * * *", tz="Europe/Berlin"),
        """\
normal     30 2 * * *
words      at 02:30
zone       Europe/Berlin
next       Tue 24 Nov 2026 02:30 +01:00  2026-11-24T01:30:00Z
           Wed 25 Nov 2026 02:30 +01:00  2026-11-25T01:30:00Z
gaps       shortest 23h 30m, longest 25h (up to 23 Nov 2027)
surprises  Sun 28 Mar 2027: 02:30 does not exist, fires 03:00
           Sun 31 Oct 2027: 02:30 comes twice, fires the first time only
""",
    ),
    (
        cron("*/30 * * * *", tz="America/New_York"),
        """\
normal     */30 * * * *
words      every 30 minutes
zone       America/New_York
next       Mon 23 Nov 2026 07:30 -05:00  2026-11-23T12:30:00Z
           Mon 23 Nov 2026 08:00 -05:00  2026-11-23T13:00:00Z
gaps       always 30m (up to 23 Nov 2027)
surprises  Sun 14 Mar 2027: 02:00 and 02:30 do not exist, do not fire
           Sun 7 Nov 2027: 01:00 and 01:30 come twice, fire both times
""",
    ),
    (
        cron("* * * * * *", tz="Australia/Lord_Howe"),
        """\
normal     * * * * * *
words      every second
zone       Australia/Lord_Howe
next       Mon 23 Nov 2026 23:00:01 +11:00  2026-11-23T12:00:01Z
           Mon 23 Nov 2026 23:00:02 +11:00  2026-11-23T12:00:02Z
gaps       always 1s (up to 23 Nov 2027)
surprises  Sun 4 Apr 2027: 1,800 times from 01:30 to 01:59:59 come twice, fire both times
           Sun 3 Oct 2027: 1,800 times from 02:00 to 02:29:59 do not exist, do not fire
""",
    ),
    (
        cron("0 0 * * *", tz="America/Santiago"),
        """\
normal     0 0 * * *
words      at 00:00
zone       America/Santiago
next       Tue 24 Nov 2026 00:00 -03:00  2026-11-24T03:00:00Z
           Wed 25 Nov 2026 00:00 -03:00  2026-11-25T03:00:00Z
gaps       shortest 23h, longest 25h (up to 23 Nov 2027)
surprises  Sun 5 Sep 2027: 00:00 does not exist, fires 01:00
""",
    ),
    (
        cron("15,30 2 * * *", tz="America/New_York", gap="skip", overlap="second"),
        """\
normal     cron('15,30 2 * * *', tz='America/New_York', gap='skip', overlap='second')
words      at 02:15 and 02:30, not where a clock change skips that, the second time only where a clock \
change repeats that
zone       America/New_York
next       Tue 24 Nov 2026 02:15 -05:00  2026-11-24T07:15:00Z
           Tue 24 Nov 2026 02:30 -05:00  2026-11-24T07:30:00Z
gaps       shortest 15m, longest 46h 45m (up to 23 Nov 2027)
surprises  Sun 14 Mar 2027: 02:15 and 02:30 do not exist, do not fire
""",
    ),
    (
        cron("0 0 31 * *"),
        """\
normal     0 0 31 * *
words      at 00:00 on day 31 of the month
zone       UTC
next       Thu 31 Dec 2026 00:00 +00:00  2026-12-31T00:00:00Z
           Sun 31 Jan 2027 00:00 +00:00  2027-01-31T00:00:00Z
gaps       shortest 31d, longest 61d (up to 23 Nov 2027)
surprises  Nov 2026: has no day 31, does not fire
           Feb 2027: has no day 31, does not fire
           Apr 2027: has no day 31, does not fire
           Jun 2027: has no day 31, does not fire
           Sep 2027: has no day 31, does not fire
warnings   day-of-month: a month without day 31 has no run; L is the last day of each
""",
    ),
    (
        cron("0 0 29 feb *"),
        """\
normal     0 0 29 2 *
words      at 00:00 on day 29 of the month in February
zone       UTC
next       Tue 29 Feb 2028 00:00 +00:00  2028-02-29T00:00:00Z
           Sun 29 Feb 2032 00:00 +00:00  2032-02-29T00:00:00Z
gaps       always 1461d (up to 29 Feb 2044)
surprises  Feb 2027: has no day 29, does not fire
warnings   day-of-month: 29 February comes in leap years only
""",
    ),
    (
        cron("0 0 */2 * mon"),
        """\
normal     0 0 */2 * 1
words      at 00:00 on every 2 days from day 1 to 31 of the month if that is also Monday
zone       UTC
next       Mon 7 Dec 2026 00:00 +00:00  2026-12-07T00:00:00Z
           Mon 21 Dec 2026 00:00 +00:00  2026-12-21T00:00:00Z
gaps       shortest 7d, longest 21d (up to 23 Nov 2027)
warnings   a day field begins with *, so both day fields must match
           day-of-month: every 2 begins again on day 1 of each month
""",
    ),
    (
        every("90s"),
        """\
normal     every('1m30s')
words      every 1 minute 30 seconds
zone       UTC
next       Mon 23 Nov 2026 12:01:30 +00:00  2026-11-23T12:01:30Z
           Mon 23 Nov 2026 12:03 +00:00  2026-11-23T12:03:00Z
gaps       always 1m 30s (up to 23 Nov 2027)
warnings   counted from Mon 23 Nov 2026 12:00 +00:00, as if it were added then; an anchor would fix it
""",
    ),
    (
        every(months=1, at="02:30", tz="Europe/Paris", anchor="2027-01-31"),
        """\
normal     every(months=1, at='02:30', tz='Europe/Paris', anchor='2027-01-31')
words      every month at 02:30, counted from 31 Jan 2027, on the last day of a month without that day
zone       Europe/Paris
next       Sun 31 Jan 2027 02:30 +01:00  2027-01-31T01:30:00Z
           Sun 28 Feb 2027 02:30 +01:00  2027-02-28T01:30:00Z
gaps       shortest 28d, longest 31d (up to 23 Nov 2027)
surprises  Feb 2027: has no day 31, fires on day 28
           Apr 2027: has no day 31, fires on day 30
           Jun 2027: has no day 31, fires on day 30
           Sep 2027: has no day 31, fires on day 30
           Sun 31 Oct 2027: 02:30 comes twice, fires the first time only
""",
    ),
    (
        at("2026-12-01T09:00:00Z", "2020-01-01T00:00:00Z"),
        """\
normal     at('2020-01-01T00:00:00Z', '2026-12-01T09:00:00Z')
words      at 1 Jan 2020 00:00 UTC and 1 Dec 2026 09:00 UTC
zone       UTC
next       Tue 1 Dec 2026 09:00 +00:00  2026-12-01T09:00:00Z
warnings   1 of its moments have passed; a job that is added now makes up for it as its catch-up says
""",
    ),
    (
        at_start(),
        """\
normal     at_start()
words      each time a scheduler starts
zone       UTC
""",
    ),
    (
        after_completion("5m"),
        """\
normal     after_completion('5m')
words      5 minutes after the last run has ended, the first time when it is added
zone       UTC
""",
    ),
    (
        any_of(cron("0 9 * * 1-5", tz="Europe/Berlin"), cron("30 2 28 3 *", tz="Asia/Tokyo")),
        """\
normal     any_of(cron('0 9 * * 1-5', tz='Europe/Berlin'), cron('30 2 28 3 *', tz='Asia/Tokyo'))
words      at 09:00 on Monday to Friday in Europe/Berlin; or at 02:30 on day 28 of the month in March in \
Asia/Tokyo
zone       Europe/Berlin
next       Tue 24 Nov 2026 09:00 +01:00  2026-11-24T08:00:00Z
           Wed 25 Nov 2026 09:00 +01:00  2026-11-25T08:00:00Z
gaps       shortest 24h, longest 3d 1h (up to 23 Nov 2027)
""",
    ),
    (
        all_of(cron("0 0 13 * *"), cron("0 0 * * fri")),
        """\
normal     all_of(cron('0 0 13 * *'), cron('0 0 * * 5'))
words      when all of these meet: at 00:00 on day 13 of the month; at 00:00 on Friday
zone       UTC
next       Fri 13 Aug 2027 00:00 +00:00  2027-08-13T00:00:00Z
           Fri 13 Oct 2028 00:00 +00:00  2028-10-13T00:00:00Z
gaps       shortest 91d, longest 427d (up to 13 Sep 2030)
""",
    ),
    (
        but_not(
            cron("30 2 * * *", tz="Europe/Berlin"), weekdays("sun", tz="Europe/Berlin"), dates("2026-12-25")
        ),
        """\
normal     but_not(cron('30 2 * * *', tz='Europe/Berlin'), weekdays('sun', tz='Europe/Berlin'), \
dates('2026-12-25'))
words      at 02:30, but not on Sunday or on 25 Dec 2026
zone       Europe/Berlin
next       Tue 24 Nov 2026 02:30 +01:00  2026-11-24T01:30:00Z
           Wed 25 Nov 2026 02:30 +01:00  2026-11-25T01:30:00Z
gaps       shortest 24h, longest 2d 1h (up to 23 Nov 2027)
""",
    ),
    (
        next_business_day(cron("0 9 1 * *")),
        """\
normal     next_business_day(cron('0 9 1 * *'), weekdays('sat,sun'))
words      at 09:00 on day 1 of the month; what falls on Saturday or Sunday comes on the next open day
zone       UTC
next       Tue 1 Dec 2026 09:00 +00:00  2026-12-01T09:00:00Z
           Fri 1 Jan 2027 09:00 +00:00  2027-01-01T09:00:00Z
gaps       shortest 28d, longest 32d (up to 23 Nov 2027)
surprises  Sat 1 May 2027: 09:00 is on a closed day, comes on Mon 3 May 2027
           Sun 1 Aug 2027: 09:00 is on a closed day, comes on Mon 2 Aug 2027
""",
    ),
]


@pytest.mark.parametrize(("timer", "page"), PAGES, ids=[repr(timer)[:50] for timer, _ in PAGES])
def test_the_page_of_a_timer(timer, page):
    """All that a person is told of it, in this order."""
    assert f"{explain(timer, n=2, after=NOV)}\n" == page


def test_a_day_that_a_zone_leaves_out():
    """Samoa went over the date line: who was due on 30 December 2011 was not."""
    found = explain(cron("0 9 * * *", tz="Pacific/Apia"), after=datetime(2011, 12, 1, tzinfo=UTC)).surprises
    assert str(found[0]) == "Fri 30 Dec 2011: this day does not exist, does not fire"
    mondays = explain(cron("0 9 * * mon", tz="Pacific/Apia"), after=datetime(2011, 12, 1, tzinfo=UTC))
    assert mondays.surprises == ()


def test_a_gap_that_ends_where_it_is_due_anyway():
    """What is skipped comes together with the next: that is one due time, not two."""
    found = explain(cron("0,30 2,3 * * *", tz="Europe/Berlin"), after=NOV).surprises
    assert str(found[0]) == "Sun 28 Mar 2027: 02:00 and 02:30 do not exist, come with 03:00"


def test_elapsed_days_drift_by_the_wall_clock():
    """A period of 24 hours is due an hour later, or earlier, once the clocks have changed."""
    timer = every(hours=24, anchor="2026-11-01T08:00:00Z")
    found = explain(timer, tz="Europe/Berlin", after=NOV).surprises
    assert [str(one) for one in found] == [
        "Sun 28 Mar 2027: clocks change, fires 10:00 from then on, not 09:00",
        "Sun 31 Oct 2027: clocks change, fires 09:00 from then on, not 10:00",
    ]
    assert explain(every(hours=23), tz="Europe/Berlin", after=NOV).surprises == ()


def test_the_zone_is_written_where_none_is_named():
    """As when the job is added: what is open gets the zone, what is named keeps its own and says so."""
    told = explain(
        any_of(cron("0 9 * * *"), cron("30 2 * * *", tz="Europe/Paris")), tz="Asia/Tokyo", after=NOV
    )
    assert told.words == "at 09:00 in Asia/Tokyo; or at 02:30 in Europe/Paris"
    assert told.normal == "any_of(cron('0 9 * * *'), cron('30 2 * * *', tz='Europe/Paris'))"
    assert str(told.fires[0]) == "Tue 24 Nov 2026 09:00 +09:00  2026-11-24T00:00:00Z"
    assert str(told.surprises[0]) == "Sun 28 Mar 2027: 02:30 does not exist, fires 03:00 (in Europe/Paris)"


def test_a_search_without_an_end_is_a_warning():
    """What can't be found within the bounds is told, not raised."""
    told = explain(all_of(cron("0 0 * * *"), cron("0 1 * * *")), after=NOV)
    assert told.fires == ()
    assert "a search ends after 10,000 steps or 100 years" in told.warnings[0]


def test_a_month_without_a_fifth_friday():
    """There are four to five of them a year; the others are named."""
    found = explain(cron("0 9 * jan-may fri#5"), after=NOV).surprises
    assert [str(one) for one in found] == [
        "Feb 2027: has no fifth Friday, does not fire",
        "Mar 2027: has no fifth Friday, does not fire",
        "May 2027: has no fifth Friday, does not fire",
    ]


@pytest.mark.parametrize(
    "spec", ["0 0 * * *", "0 0 1-31 * *", "0 0 */2 * *", "0 0 1-31/2 * *", "0 0 31,L * *"]
)
def test_who_names_no_such_day_is_not_bothered(spec):
    """A month without a 31st surprises nobody who means each day, each second day, or the last one too."""
    assert explain(cron(spec), after=NOV).surprises == ()


def test_a_month_that_fires_on_its_other_days():
    """It lacks a day and is due all the same; with `skip` an interval of months is not."""
    assert str(explain(cron("0 0 15,30 * *"), after=NOV).surprises[0]) == "Feb 2027: has no day 30"
    assert (
        str(explain(cron("0 0 31W * *"), after=NOV).surprises[1]) == "Feb 2027: has no day 31, does not fire"
    )
    skip = every(months=1, at="09:00", anchor="2026-12-31", month_end="skip")
    assert [str(one) for one in explain(skip, after=NOV).surprises][:2] == [
        "Feb 2027: has no day 31, does not fire",
        "Apr 2027: has no day 31, does not fire",
    ]


def test_an_overlap_before_the_first_due_time():
    """An interval that is counted from the second pass has nothing to say of the first."""
    timer = every(days=1, at="02:50", tz="Europe/Berlin", anchor="2026-10-25T01:20:00Z")
    page = explain(timer, after=datetime(2026, 10, 1, tzinfo=UTC))
    assert [str(one) for one in page.surprises] == ["Sun 28 Mar 2027: 02:50 does not exist, fires 03:00"]


def test_a_drift_is_one_only_where_the_time_of_day_differs():
    """Not before it has begun, and not where the clock has been put back by the next time."""
    begun = every(hours=24, anchor="2027-06-01T08:00:00Z")
    assert len(explain(begun, tz="Europe/Berlin", after=NOV).surprises) == 1
    over_ramadan = every(hours=24 * 60, anchor="2027-01-20T12:00:00Z")
    assert explain(over_ramadan, tz="Africa/Casablanca", after=NOV).surprises == ()


def test_fractions_of_a_second_are_told():
    """A moment and a length have as many digits as they need."""
    page = explain(every("0.25s"), n=1, after=NOV)
    assert str(page.fires[0]).startswith("Mon 23 Nov 2026 12:00:00.25 +00:00")
    assert str(page.spacing) == "always 0.25s"


def test_where_all_days_are_closed_nothing_is_moved():
    """There is no open day to tell of."""
    page = explain(next_business_day(cron("0 9 1 * *"), weekdays("mon-sun")), after=NOV)
    assert (page.fires, page.surprises) == ((), ())


def test_often_moved_is_no_surprise():
    """What is due daily is moved each weekend."""
    assert explain(next_business_day(cron("0 9 * * *")), after=NOV).surprises == ()
    berlin = next_business_day(cron("30 2 * * *"))
    assert explain(berlin, tz="Europe/Berlin", after=NOV).surprises == ()  # on Sundays it never fires
