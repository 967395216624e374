"""every(...): elapsed time from an anchor."""

from datetime import UTC, datetime, timedelta, timezone
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhand.contracts import EPOCH, Facts, Timer
from clockhand.errors import DefinitionError
from clockhand.triggers import Every, every

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)


@given(
    period=st.timedeltas(timedelta(milliseconds=1), timedelta(days=3)),
    steps=st.integers(0, 40),
    offset=st.timedeltas(timedelta(), timedelta(hours=7)),
)
def test_arithmetic_agrees_with_stepping(period, steps, offset):
    """From any moment, the closed form says what counting up from the anchor says."""
    timer = Every(period, NEW_YEAR)
    dues = [NEW_YEAR + number * period for number in range(steps + 60)]
    moment = min(NEW_YEAR + steps * period + offset, dues[-2])
    assert timer.next_after(moment) == next(due for due in dues if due > moment)
    assert timer.last_before(moment, since=NEW_YEAR) == max(due for due in dues if due <= moment)
    assert timer.count(moment, dues[-1]) == sum(due >= moment for due in dues)
    assert timer.count(NEW_YEAR - 5 * period, moment) == sum(due <= moment for due in dues)


def test_the_anchor_itself_is_due_when_asked_from_before():
    """At the anchor, then one period later; nothing before it."""
    timer = every(minutes=5, anchor=NEW_YEAR)
    assert timer.next_after(NEW_YEAR - TICK) == NEW_YEAR
    assert timer.next_after(NEW_YEAR - timedelta(days=400)) == NEW_YEAR
    assert timer.next_after(NEW_YEAR) == NEW_YEAR + timedelta(minutes=5)
    assert timer.last_before(NEW_YEAR - TICK, since=EPOCH) is None
    assert timer.last_before(NEW_YEAR, since=NEW_YEAR) == NEW_YEAR
    assert timer.count(EPOCH, NEW_YEAR - TICK) == 0
    assert timer.count(NEW_YEAR + timedelta(hours=1), NEW_YEAR) == 0


def test_the_anchor_is_its_own_then_the_jobs_then_1970():
    """Three places for the zero, the nearest first."""
    facts = Facts(anchor=NEW_YEAR + timedelta(minutes=7))
    assert every("1h", anchor=NEW_YEAR).next_after(NEW_YEAR, facts) == NEW_YEAR + timedelta(hours=1)
    assert every("1h").next_after(NEW_YEAR, facts) == NEW_YEAR + timedelta(minutes=7)
    assert every("1h").next_after(NEW_YEAR + TICK) == NEW_YEAR + timedelta(hours=1)


def test_a_day_of_hours_is_elapsed_time():
    """24 hours stay 24 hours over a clock change, also when anchor and question are of one zone."""
    berlin = ZoneInfo("Europe/Berlin")
    timer = every(hours=24, anchor=datetime(2026, 3, 28, 9, tzinfo=berlin))
    due = timer.next_after(datetime(2026, 3, 28, 12, tzinfo=berlin))
    assert due.tzinfo is UTC
    assert due.astimezone(berlin).hour == 10
    facts = Facts(anchor=datetime(2026, 3, 28, 9, tzinfo=berlin))
    assert every(hours=24).next_after(datetime(2026, 3, 29, 9, 30, tzinfo=berlin), facts) == due


def test_a_century_of_seconds_is_arithmetic():
    """100 years of a 1 s interval: last, next and count in under 10 ms."""
    timer, now = every(1, anchor=NEW_YEAR), NEW_YEAR.replace(year=2126) + TICK
    began = perf_counter()
    assert timer.last_before(now, since=NEW_YEAR) == now - TICK
    assert timer.next_after(now) == now - TICK + timedelta(seconds=1)
    assert timer.count(NEW_YEAR, now) == (now - NEW_YEAR) // timedelta(seconds=1) + 1
    assert perf_counter() - began < 0.01


def test_the_end_of_the_calendar():
    """After the year 9999 there is nothing."""
    end = datetime.max.replace(tzinfo=UTC)
    assert every(hours=1, anchor=NEW_YEAR).next_after(end) is None
    assert every(timedelta.max, anchor=NEW_YEAR).next_after(NEW_YEAR) is None
    start = datetime.min.replace(tzinfo=UTC)
    assert every(hours=1).next_after(start) == EPOCH
    assert every(hours=1).last_before(start, since=start) is None
    east = datetime.max.replace(tzinfo=timezone(timedelta(hours=-5)))
    assert every(hours=1).next_after(east) is None


@pytest.mark.parametrize(
    "timer",
    [
        every(timedelta(minutes=90)),
        every(5400),
        every("90m"),
        every("1h30m"),
        every(hours=1.5),
        every(hours=1, minutes=29, seconds=59, milliseconds=1000),
        Every("1h30m"),
    ],
)
def test_ways_to_say_a_period(timer):
    """A timedelta, seconds, a text or units: one value."""
    assert timer == Every(timedelta(minutes=90), None)
    assert isinstance(timer, Timer)
    assert not timer.keeps_past


@pytest.mark.parametrize("zero", [0, -5, "0s", timedelta(), timedelta(microseconds=999), timedelta(days=-1)])
def test_too_short_a_period_is_refused(zero):
    """Below 1 ms the loop would do nothing else."""
    with pytest.raises(DefinitionError, match=r"^every: a period must be 1 ms or longer, given "):
        every(zero)


def test_no_period_is_refused():
    """every() alone says nothing."""
    with pytest.raises(DefinitionError, match=r"^every: no period given, or one of zero"):
        every()


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("1d", "write {days = 1} in TOML and commands, days=1 in Python, or 24h for elapsed time"),
        ("365d", "write {days = 365} in TOML and commands, days=365 in Python, or 8760h for elapsed time"),
        ("2w", "write {weeks = 2} in TOML and commands, weeks=2 in Python, or 336h for elapsed time"),
        ("1d12h", "write 36h for elapsed time"),
        ("1.5d", "write 36h for elapsed time"),
    ],
)
def test_wall_clock_texts_are_refused(text, instead):
    """Nor is it in a text; what to write has the same number."""
    with pytest.raises(DefinitionError) as caught:
        every(text)
    assert str(caught.value) == (
        f"every: a day is wall-clock time and can have 23 or 25 hours, given {text!r}; {instead}"
    )


@pytest.mark.parametrize(
    ("text", "written"), [("days=3", "days = 3"), ("2 weeks", "weeks = 2"), ("1 month", "months = 1")]
)
def test_wall_clock_words_are_refused(text, written):
    """Units by their names are arguments, not a text."""
    with pytest.raises(DefinitionError, match=rf"; write {{{written}}} in TOML and commands, .* in Python$"):
        every(text)


def test_what_only_has_a_d_in_it_is_no_day():
    """It is no length of time at all."""
    with pytest.raises(DefinitionError, match=r"^every: not a length of time, given 'seconds'"):
        every("seconds")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"minute": 5}, "every: unknown argument 'minute', did you mean 'minutes'?"),
        ({"period": 5, "hours": 1}, "every: the period is given twice, 5 and by units; keep one"),
        ({"period": "soon"}, "every: not a length of time, given 'soon'; write it like '90s' or '1h30m'"),
        (
            {"hours": 1, "anchor": datetime(2026, 1, 1)},
            (
                "every: anchor: a datetime without a time zone, given 2026-01-01T00:00:00; "
                "add one, for example tzinfo=ZoneInfo('Europe/Berlin')"
            ),
        ),
        ({"period": 1e300}, "every: too long, given 1e+300"),
    ],
)
def test_what_is_wrong_is_named(arguments, message):
    """The field, what was given, and what to do."""
    with pytest.raises(DefinitionError) as caught:
        every(**arguments)
    assert str(caught.value) == message


@pytest.mark.parametrize("hours", ["1", float("nan"), float("inf"), 1e300, None])
def test_units_must_be_numbers(hours):
    """Anything else is told so, without a traceback of datetime."""
    with pytest.raises(DefinitionError, match=r"^every: not a length of time"):
        every(hours=hours)


def test_the_anchor_may_be_a_text():
    """As in a configuration."""
    assert every("1h", anchor="2026-01-01T01:00:00+01:00").anchor == NEW_YEAR
