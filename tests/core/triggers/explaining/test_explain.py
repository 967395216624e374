"""`explain` asked for all kinds of things: its fires are the timer's, and it never raises for a valid one."""

import contextlib
import time
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import attrs
import pytest
from composing import FACTS, beginnings, simple, zones
from hypothesis import given, settings
from hypothesis import strategies as st

from clockhand import Job, explain
from clockhand.contracts import Condition, Opaque, Timer
from clockhand.errors import DefinitionError, Unresolved
from clockhand.triggers import (
    after_completion,
    any_of,
    at,
    at_start,
    between,
    but_not,
    cron,
    dates,
    every,
    next_business_day,
    on,
    weekdays,
)
from clockhand.triggers.search import Exhausted
from clockhand.works import call

NOV = datetime(2026, 11, 23, 12, tzinfo=UTC)

calendars = st.sampled_from([weekdays("sat-sun"), dates("2026-03-29", tz="Europe/Berlin"), weekdays("mon")])
timers = st.recursive(
    st.one_of(
        simple,
        st.just(at_start()),
        st.builds(after_completion, st.integers(0, 9_999)),
        st.builds(
            lambda months, day, end, tz: every(
                months=months, at="02:30", anchor=f"2026-01-{day}", month_end=end, tz=tz
            ),
            st.integers(1, 30),
            st.integers(27, 31),
            st.sampled_from(["clamp", "skip"]),
            zones,
        ),
        st.builds(
            lambda spec, tz: cron(spec, tz=tz),
            st.sampled_from(["0 0 31 * *", "0 9 29 2 *", "5 2 * * 5#5"]),
            zones,
        ),
    ),
    lambda inner: st.one_of(
        st.builds(lambda parts: any_of(*parts), st.lists(inner, min_size=1, max_size=3)),
        st.builds(but_not, inner, calendars),
        st.builds(next_business_day, inner, st.just(weekdays("sat-sun"))),
    ),
    max_leaves=3,
)


@settings(deadline=None)
@given(timers, beginnings, st.none() | zones, st.integers(0, 7))
def test_the_fires_are_those_of_the_timer(timer, begin, tz, n):
    """Strictly later than what was asked about, in order, as many as asked for, right in its zone."""
    page = explain(timer, tz=tz, n=n, after=begin, facts=FACTS)
    zoned, due, expected = timer.in_zone(tz or "UTC"), begin, []
    with contextlib.suppress(Exhausted):  # but_not(each Sunday, weekends)
        while len(expected) < n and (due := zoned.next_after(due, FACTS)) is not None:
            expected.append(due)
    assert [fire.due for fire in page.fires] == expected
    assert all(fire.local.astimezone(UTC) == fire.due for fire in page.fires)
    assert all(fire.local.tzinfo == ZoneInfo(page.tz) for fire in page.fires)
    assert all(
        begin <= one.at <= begin + timedelta(days=366) for one in page.surprises if not one.whole_month
    )
    assert all(line.isprintable() for line in str(page).splitlines())


EXTREMES = [
    datetime.min.replace(tzinfo=UTC),
    datetime.max.replace(tzinfo=UTC),
    datetime(9999, 6, 1, tzinfo=UTC),
]


@pytest.mark.parametrize("begin", EXTREMES, ids=str)
@pytest.mark.parametrize("tz", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Berlin"])
def test_the_ends_of_the_calendar(begin, tz):
    """Where there is no year to look at there is less to tell, and no error."""
    for timer in (
        cron("30 2 * * *", tz=tz),
        cron("0 0 31 * *", tz=tz),
        cron("* * * * * *", tz=tz),
        every(months=1, at="00:00", tz=tz, anchor="2026-01-31"),
        every(days=1, at="00:00", tz=tz),
        every("24h"),
        at("9999-12-31T23:59:59Z"),
        next_business_day(cron("0 0 1 * *", tz=tz), tz=tz),
    ):
        assert explain(timer, after=begin, tz=tz).words


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32), st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]))
def test_any_cron_is_explained_within_50_ms(seed, tz):
    """Over a year with clock changes, whatever the expression."""
    random = Random(seed)
    spec = " ".join(
        random.choice(
            ["*", f"*/{random.randint(1, high - low + 1)}", str(random.randint(low, min(high, 28)))]
        )
        for low, high in ((0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
    )
    timer = cron(spec, tz=tz)
    took = []
    for _ in range(3):  # whatever else the machine does, one of three is undisturbed
        begun = time.thread_time()
        explain(timer, after=NOV)
        took.append(time.thread_time() - begun)
    assert min(took) < 0.05


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"n": -1}, "explain: n: not a whole number from 0 to 1,000, given -1"),
        ({"n": True}, "explain: n: not a whole number from 0 to 1,000, given True"),
        ({"tz": "Europe/Belin"}, "tz: unknown time zone 'Europe/Belin', did you mean 'Europe/Berlin'?"),
        ({"after": datetime(2026, 1, 1)}, "explain: after: a datetime without a time zone"),
    ],
)
def test_what_cannot_be_asked(given_, said):
    """A DefinitionError names it."""
    with pytest.raises(DefinitionError) as caught:
        explain(cron("@daily"), **given_)
    assert said in str(caught.value)


@pytest.mark.parametrize("thing", ["30 2 * * *", None, 5, Timer])
def test_only_triggers_and_jobs_are_explained(thing):
    """A text may be many things; whoever has one makes a trigger of it first."""
    with pytest.raises(DefinitionError, match="explain: neither a trigger nor a job, given"):
        explain(thing)


@attrs.frozen
class Barren(Timer):
    """Asked after a moment, it searches in vain; before, it says that moment."""

    moment: datetime

    def next_after(self, moment, facts=None):
        """Return the moment, or give up."""
        if moment < self.moment:
            return self.moment
        raise Exhausted("no due time found")


def test_what_comes_before_a_search_in_vain_is_told():
    """A due time, and then a hundred years without: it is listed, and a warning says the rest."""
    page = explain(Barren(NOV + timedelta(days=1)), after=NOV)
    assert [fire.due for fire in page.fires] == [NOV + timedelta(days=1)]
    assert any("no due time found" in warning for warning in page.warnings)


def test_a_cron_expression_in_its_place_is_known():
    """Somebody who comes from the command line is told what makes a trigger of it."""
    with pytest.raises(DefinitionError, match=r"given '30 2 \* \* \*'; write cron\('30 2 \* \* \*'\)$"):
        explain("30 2 * * *")


def test_without_a_moment_it_begins_now():
    """What has been is over."""
    page = explain(every(seconds=1), n=1)
    assert timedelta() < page.fires[0].due - datetime.now(UTC) + timedelta(seconds=30) < timedelta(minutes=1)


def _job(**more):
    return Job(alias="a", work=call(print), **more)


def test_a_job_is_explained_with_its_conditions_and_ends():
    """Its start and end bound it, and what a condition is known to hold says so."""
    job = _job(
        triggers=[cron("0 */8 * * *"), between("07:00", "19:00"), on(weekdays("mon-fri"))],
        start_time=datetime(2026, 11, 28, tzinfo=UTC),
        end_time=datetime(2026, 11, 28, 16, tzinfo=UTC),
    )
    page = explain(job, after=NOV)
    assert page.words == (
        "at 00:00, 08:00 and 16:00, if that is from 07:00 up to 19:00, if that is on Monday to Friday, "
        "not before 28 Nov 2026 00:00 UTC, not after 28 Nov 2026 16:00 UTC"
    )
    assert [str(fire) for fire in page.fires] == [
        "Sat 28 Nov 2026 00:00 +00:00  2026-11-28T00:00:00Z  excluded: if that is from 07:00 up to 19:00",
        "Sat 28 Nov 2026 08:00 +00:00  2026-11-28T08:00:00Z  excluded: if that is on Monday to Friday",
        "Sat 28 Nov 2026 16:00 +00:00  2026-11-28T16:00:00Z  excluded: if that is on Monday to Friday",
    ]
    assert page.spacing is None
    assert page.warnings == (
        (
            "each of its due times is excluded: "
            "if that is from 07:00 up to 19:00, if that is on Monday to Friday"
        ),
    )
    ended = explain(job, after=NOV + timedelta(days=60))
    assert (ended.fires, ended.spacing) == ((), None)
    assert ended.warnings == ("it is not due after Fri 22 Jan 2027 12:00 +00:00",)


def test_a_job_that_starts_later_says_so():
    """Spread and jitter are not in its due times, and in the words."""
    job = _job(triggers=every(hours=1), spread="5m", jitter="30s")
    page = explain(job, after=NOV)
    assert page.words == "every hour, starts up to 5m 30s later"
    assert page.fires[0].due == NOV + timedelta(hours=1)


def test_a_jobs_start_time_is_its_anchor():
    """Then nothing depends on when it is added, and no warning says so."""
    start = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    page = explain(_job(triggers=every(hours=24), start_time=start), after=NOV)
    assert (page.fires[0].due, page.warnings) == (start, ())


@attrs.frozen
class Noon(Timer):
    """A plugin's timer that says nothing of itself."""

    tz: str = "by the sun"

    def next_after(self, moment, facts=None):
        """Return the next noon in UTC."""
        noon = moment.astimezone(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
        return noon if noon > moment else noon + timedelta(days=1)

    def last_before(self, moment, *, since, facts=None):
        """Return None; nobody asks."""

    def count(self, first, last, facts=None):
        """Return None; nobody asks."""


@attrs.frozen
class Telling(Noon):
    """A plugin's timer that tells of itself."""

    words = "at noon"
    normal = "noon()"
    warnings = ("noon is early in winter",)


@attrs.frozen
class Backwards(Noon):
    """A plugin's timer that is wrong."""

    def next_after(self, moment, facts=None):
        """Return what it was asked about."""
        return moment


@attrs.frozen
class Moon(Condition):
    """A plugin's condition that says nothing of itself."""

    reads = frozenset({"other"})

    def passes(self, context):
        """Say no; but nobody asks."""
        return False  # pragma: no cover - that is what the test is about


def test_a_timer_of_a_plugin_falls_back_to_its_repr():
    """Its due times are told all the same."""
    page = explain(Noon(), n=2, after=NOV)
    assert (page.words, page.normal, page.tz) == ("Noon(tz='by the sun')", "Noon(tz='by the sun')", "UTC")
    assert [fire.due for fire in page.fires] == [NOV + timedelta(days=1), NOV + timedelta(days=2)]
    assert str(page.spacing) == "always 24h"


def test_a_timer_of_a_plugin_tells_of_itself():
    """By `words`, `normal` and `warnings`; inside another one too."""
    page = explain(Telling(), after=NOV)
    assert (page.words, page.normal, page.warnings) == ("at noon", "noon()", ("noon is early in winter",))
    inside = explain(any_of(Telling(), cron("0 9 * * *")), after=NOV)
    assert inside.words == "at noon; or at 09:00"
    assert inside.normal == "any_of(noon(), cron('0 9 * * *'))"
    assert inside.warnings == ("noon(): noon is early in winter",)


def test_a_timer_that_does_not_move_on_is_told():
    """The scheduler would refuse it too."""
    assert "which is not later" in explain(Backwards(), after=NOV).warnings[0]


def test_what_a_condition_reads_is_not_known_beforehand():
    """It is not asked; its repr stands for it."""
    page = explain(_job(triggers=[Noon(), Moon()]), n=1, after=NOV)
    assert page.words.endswith(", Moon()")
    assert page.fires[0].held_by == ""


def test_a_kind_that_is_not_here_is_unresolved():
    """A job whose timer this machine doesn't know can't be explained by it."""
    with pytest.raises(Unresolved):
        explain(_job(triggers=Opaque("trigger", "moon")))
