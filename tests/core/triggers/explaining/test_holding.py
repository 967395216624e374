"""What is known to be excluded: listed, counted, and told of as that, never as if it ran."""

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clockhand import Job, explain
from clockhand.contracts import Condition, ConditionContext, Facts
from clockhand.triggers import (
    all_of,
    at,
    between,
    blackout,
    cron,
    date_range,
    every,
    if_last,
    next_business_day,
    on,
    weekdays,
)
from clockhand.triggers.explaining import Plan, excluded
from clockhand.triggers.explaining.holding import opening
from clockhand.works import call

NOV = datetime(2026, 11, 23, 12, tzinfo=UTC)
NEW_YORK = "America/New_York"


def _job(*triggers, **more):
    return Job(alias="a", work=call(print), triggers=triggers, **more)


def _page(*triggers, after=NOV, **more):
    return explain(_job(*triggers, **more), tz=NEW_YORK, after=after)


def _surprises(*triggers, **more):
    return [str(one) for one in _page(*triggers, **more).surprises]


class Even(Condition):
    """A condition of a plugin: even hours only."""

    reads = frozenset()

    def passes(self, context):
        """Say whether the hour is even."""
        return context.due.hour % 2 == 0


zones = st.sampled_from(["UTC", NEW_YORK, "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca"])
times = st.sampled_from(["00:00", "00:30", "01:00", "01:30", "01:45", "02:00", "02:15", "03:00", "23:30"])
conditions = st.one_of(
    st.tuples(times, times, zones).filter(lambda one: one[0] != one[1]).map(lambda one: between(*one)),
    st.builds(lambda days, tz: on(weekdays(days, tz=tz)), st.sampled_from(["sun", "mon-fri"]), zones),
    st.builds(lambda tz: on(date_range("2026-03-01", "2026-11-01", tz=tz), weekdays("sat", tz=tz)), zones),
    st.just(on(blackout("2026-03-08T06:00:00Z", "2026-03-08T08:00:00Z"))),
    st.just(Even()),
)
begins = st.sampled_from(
    ["2026-03-07T20:00Z", "2026-10-31T20:00Z", "2026-04-04T00:00Z", "2011-12-29T00:00Z", "2026-02-14T20:00Z"]
).map(datetime.fromisoformat)


@settings(deadline=None, max_examples=300)
@given(conditions, begins, st.sampled_from(["7m", "15m", "11m30s"]))
def test_no_run_is_passed_over(condition, begin, period):
    """Whatever is leapt over while a condition excludes is excluded, through each kind of clock change."""
    timer, end = every(period, anchor="2011-01-01T00:00:00Z"), begin + timedelta(days=3)
    found = [due for due, held in Plan.of(_job(timer, condition), Facts()).look(begin) if held is None]
    due, expected = timer.next_after(begin), []
    while due <= end:
        if condition.passes(ConditionContext(job="a", due=due, now=due)):
            expected.append(due)
        due = timer.next_after(due)
    assert [one for one in found if one <= end] == expected


def test_an_opening_is_soon_found():
    """What runs a minute a day is found a day ahead, though it is due each second."""
    plan = Plan.of(_job(cron("* * * * * *"), between("00:00", "00:01", "UTC")), Facts())
    assert plan.ahead(NOV, 61)[59:] == [
        datetime(2026, 11, 24, 0, 0, 59, tzinfo=UTC),
        datetime(2026, 11, 25, tzinfo=UTC),
    ]
    assert opening(on(date_range("2020-01-01", "2020-01-02")), NOV) is None
    assert opening(Even(), NOV) == NOV


def test_what_can_never_run_is_a_warning():
    """A condition that excludes all that is seen, or all there is; what may run some day is none."""
    shut = between("22:00", "06:00")
    page = _page(cron("0 9 * * *"), shut)
    assert page.warnings == (
        "each of its next 1,000 due times is excluded: if that is from 22:00 up to 06:00",
    )
    assert (page.spacing, page.surprises) == (None, ())
    assert page.fires[0].held_by == "if that is from 22:00 up to 06:00"
    once = _page(at("2026-12-01T12:00:00Z"), on(weekdays("sun")))
    assert once.warnings == ("each of its due times is excluded: if that is on Sunday",)
    both = _page(cron("0 9,23 * * *"), shut, between("08:00", "10:00"))
    assert both.warnings[0].endswith(": if that is from 22:00 up to 06:00, if that is from 08:00 up to 10:00")
    assert _page(cron("0 9 * * *"), on(date_range("2028-01-01", "2028-01-02"))).warnings == ()
    over = _page(cron("0 9 * * *"), on(date_range("2020-01-01", "2020-01-02")))
    assert over.warnings[0].startswith("each of its due times is excluded: if that is from 1 Jan 2020")
    assert _page(cron("0 9 * * *"), if_last("other")).warnings == ()


def test_a_search_without_an_end_ends_the_look():
    """What was found before is told."""
    timer = all_of(at("2026-12-01T00:00:00Z", "2999-12-01T01:00:00Z"), cron("0 0 * * *"))
    assert Plan.of(_job(timer), Facts()).ahead(NOV, 3) == [datetime(2026, 12, 1, tzinfo=UTC)]


def test_gaps_are_between_runs():
    """Not between what is excluded."""
    page = _page(cron("*/4 * * * * *"), between("00:00", "00:01"))
    assert str(page.spacing) == "shortest 4s, longest 23h 59m 4s"
    assert NOV < page.spacing.until < NOV + timedelta(days=365)
    page = _page(cron("0 9 * * *"), on(weekdays("mon-fri")))
    assert str(page.spacing) == "shortest 24h, longest 3d 1h"
    assert page.spacing.until == NOV + timedelta(days=365)


@pytest.mark.parametrize(
    ("triggers", "told"),
    [
        (
            (cron("30 2 * * *"), between("02:00", "03:00")),
            ["Sun 14 Mar 2027: 02:30 does not exist, 03:00 is excluded"],
        ),
        (
            (cron("30 2 * * *"), between("02:00", "03:01")),
            ["Sun 14 Mar 2027: 02:30 does not exist, fires 03:00"],
        ),
        (
            (cron("30 2 * * *"), between("03:00", "04:00")),
            ["Sun 14 Mar 2027: 02:30 does not exist, fires 03:00"],
        ),
        ((cron("30 2 * * *"), between("09:00", "10:00")), []),
        ((cron("30 2,3 * * *", gap="after"), between("03:30", "04:00")), []),
        ((cron("0,30 2,3 * * *"), between("03:00", "04:00")), []),
        (
            (cron("*/30 * * * *"), between("01:30", "03:00")),
            [
                "Sun 14 Mar 2027: 02:00 and 02:30 do not exist, do not fire",
                "Sun 7 Nov 2027: 01:30 comes twice, fires both times",
            ],
        ),
        ((cron("*/4 * * * * *"), between("00:00", "00:01")), []),
        (
            (cron("*/4 * * * * *"), between("01:58", "02:02")),
            [
                "Sun 14 Mar 2027: 30 times from 02:00 to 02:01:56 do not exist, do not fire",
                "Sun 7 Nov 2027: 30 times from 01:58 to 01:59:56 come twice, fire both times",
            ],
        ),
        (
            (cron("30 1 * * *", overlap="both"), between("05:00", "06:00", "UTC")),
            ["Sun 7 Nov 2027: 01:30 comes twice, fires the first time only"],
        ),
        ((cron("30 1 * * *"), on(weekdays("mon-fri"))), []),
        (
            (cron("30 1,2 * * *"), on(weekdays("sun"))),
            [
                "Sun 14 Mar 2027: 02:30 does not exist, fires 03:00",
                "Sun 7 Nov 2027: 01:30 comes twice, fires the first time only",
            ],
        ),
        (
            (cron("30 2 * * *"), on(blackout("2027-01-01T00:00:00Z", "2027-04-01T00:00:00Z")), Even()),
            [],
        ),
    ],
)
def test_a_clock_change_is_told_as_what_really_runs(triggers, told):
    """What comes where it is excluded is told so; what is excluded anyway is no surprise."""
    assert _surprises(*triggers) == told


def test_a_day_that_is_left_out_matters_only_to_what_would_run():
    """Samoa's 30 December 2011 was a Friday."""
    begin = datetime(2011, 12, 1, tzinfo=UTC)
    for days, number in (("fri", 1), ("mon", 0)):
        job = _job(cron("0 9 * * *", tz="Pacific/Apia"), on(weekdays(days, tz="Pacific/Apia")))
        found = [one for one in explain(job, after=begin).surprises if one.day.year == 2011]
        assert [one.what for one in found] == ["this day does not exist, does not fire"] * number


def test_a_short_month_matters_only_to_what_would_run():
    """A month whose missing day would have been excluded lacks nothing."""
    assert _surprises(cron("0 9 31 * *"), between("22:00", "06:00")) == []
    assert _surprises(cron("0 9 31 * *"), on(date_range("2027-02-01", "2027-05-31"))) == [
        "Feb 2027: has no day 31, does not fire",
        "Apr 2027: has no day 31, does not fire",
    ]
    monthly = every(months=1, at="09:00", anchor="2026-12-31")
    assert _surprises(monthly, on(weekdays("fri"))) == ["Apr 2027: has no day 31, fires on day 30"]
    assert _surprises(cron("0 9 31 12 *"), Even()) == []


def test_a_drift_out_of_the_window_is_told():
    """Elapsed days leave their window where the clocks change, and come back; within or without, no news."""
    daily = every(hours=24, anchor="2026-11-01T14:00:00Z")
    assert _surprises(daily, between("09:00", "09:30")) == [
        "Sun 14 Mar 2027: clocks change, 10:00 from then on is excluded, 09:00 was not",
        "Sun 7 Nov 2027: clocks change, fires 09:00 from then on, not 10:00",
    ]
    assert _surprises(daily, between("20:00", "21:00")) == []
    assert len(_surprises(daily, on(weekdays("wed")))) == 2


def test_what_is_moved_to_a_day_on_which_it_is_excluded():
    """It says so; and nothing where both days are excluded."""
    payday = next_business_day(cron("0 9 1 * *"))
    assert _surprises(payday, on(weekdays("tue-sun")))[0] == (
        "Sat 1 May 2027: 09:00 is on a closed day, comes on Mon 3 May 2027 and is excluded"
    )
    assert _surprises(payday, between("10:00", "11:00")) == []


def test_no_more_due_times_than_may_run():
    """Of a job with `max_runs`; what is excluded is no run, and what another job may exclude isn't known."""
    page = _page(cron("30 1 * * *"), max_runs=2)
    assert len(page.fires) == 2
    assert (str(page.spacing), page.surprises) == ("always 24h", ())
    assert _page(cron("30 1 * * *"), max_runs=1).spacing is None
    page = _page(cron("0 9 * * *"), on(weekdays("wed")), max_runs=1)
    assert [bool(fire.held_by) for fire in page.fires] == [True, True, False]
    assert len(_page(cron("0 9 * * *"), if_last("other"), max_runs=1).fires) == 5
    assert len(_page(cron("0 9 * * *"), between("22:00", "06:00"), max_runs=1).fires) == 5
    plan = Plan.of(_job(cron("0 9 * * *"), max_runs=3), Facts(), runs=1)
    assert len(plan.ahead(NOV, 9)) == 2


def test_a_job_says_which_condition_excludes_a_moment():
    """In words, for somebody who lives elsewhere; those that read of another job aren't asked."""
    job = _job(cron("0 9 * * *"), if_last("other"), between("22:00", "06:00", "UTC"))
    assert excluded(job, NOV, NEW_YORK) == "if that is from 22:00 up to 06:00 in UTC"
    assert excluded(job, NOV + timedelta(hours=11)) == ""


@pytest.mark.parametrize("begin", [datetime.min, datetime.max, datetime(9999, 6, 1)], ids=str)
@pytest.mark.parametrize("tz", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_ends_of_the_calendar(begin, tz):
    """There are no errors there."""
    for condition in (between("22:00", "06:00", tz), on(weekdays("mon", tz=tz))):
        job = _job(cron("0 9 31 * *", tz=tz), condition)
        assert explain(job, after=begin.replace(tzinfo=UTC)).words


def test_looks_are_in_order():
    """Each is later than the one before."""
    plan = Plan.of(_job(every("1h"), between("22:00", "06:00", "UTC")), Facts(anchor=NOV))
    looked = [due for due, _ in islice(plan.look(NOV), 50)]
    assert all(before < after for before, after in pairwise(looked))
