"""
The contracts of timers and conditions bite: one with a deliberate bug breaks the laws named for it.

Where a bug is seen by several laws all of them are named, so that a law which goes blind shows here.
"""

# ruff: noqa: D102 - what a method does is the bug of its class

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest

from clockhand.contracts import NO_FACTS, Condition, Kind, Timer
from clockhand.testing import ConditionContract, TimerContract, laws_of, run_law
from clockhand.triggers import every

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TICK = timedelta(microseconds=1)
BERLIN = ZoneInfo("Europe/Berlin")
HOURLY = every(hours=1, anchor="1970-01-01T00:00:00Z")
SLIPS = (AttributeError, NameError, TypeError)
"""A timer that raises one of these is not wrong in the way that it says it is."""


@attrs.frozen
class Right(Timer):
    """Due each hour since 1970."""

    def next_after(self, moment, facts=NO_FACTS):
        return HOURLY.next_after(moment, facts)

    def last_before(self, moment, *, since, facts=NO_FACTS):
        return HOURLY.last_before(moment, since=since, facts=facts)

    def count(self, first, last, facts=NO_FACTS):
        return HOURLY.count(first, last, facts)


@attrs.frozen
class NotLater(Right):
    """Says a due time again that it is asked about."""

    def next_after(self, moment, facts=NO_FACTS):
        return HOURLY.next_after(moment - TICK, facts) if moment.year < 9999 and moment.year > 1 else None


@attrs.frozen
class Local(Right):
    """Answers in its own zone."""

    def next_after(self, moment, facts=NO_FACTS):
        due = HOURLY.next_after(moment, facts)
        return due and due.astimezone(BERLIN)


@attrs.define(eq=False, hash=True)
class _Memory:
    asked: datetime | None = None


@attrs.frozen
class Remembers(Right):
    """Goes on from what it said the last time, when it is asked about the same day."""

    memory: _Memory = attrs.field(factory=_Memory, init=False, eq=False)

    def next_after(self, moment, facts=NO_FACTS):
        before, self.memory.asked = self.memory.asked, moment
        late = before is not None and before > moment
        return HOURLY.next_after(moment + HOUR if late and moment.hour == 5 else moment, facts)


@attrs.frozen
class ByTheWall(Right):
    """Takes the wall clock of a question for UTC."""

    def next_after(self, moment, facts=NO_FACTS):
        due = HOURLY.next_after(moment, facts)
        offset = moment.utcoffset()
        return due + offset if due and offset and moment.year < 9998 else due


@attrs.frozen
class Drifts(Right):
    """Counts the period from whenever it is asked."""

    def next_after(self, moment, facts=NO_FACTS):
        whole = moment.astimezone(UTC)
        return whole + HOUR if whole.year < 9999 and whole.year > 1969 else HOURLY.next_after(moment, facts)


@attrs.frozen
class LastIsBefore(Right):
    """Leaves the moment that it is asked about out."""

    def last_before(self, moment, *, since, facts=NO_FACTS):
        return HOURLY.last_before(moment - TICK, since=since, facts=facts) if moment.year > 1 else None


@attrs.frozen
class FarBack(Right):
    """Has a last however long ago it was."""

    def last_before(self, moment, *, since, facts=NO_FACTS):
        return HOURLY.last_before(moment, since=min(since, datetime(1970, 1, 1, tzinfo=UTC)), facts=facts)


@attrs.frozen
class HalfOpen(Right):
    """Doesn't count the end of a range."""

    def count(self, first, last, facts=NO_FACTS):
        return HOURLY.count(first, last - TICK, facts)


@attrs.frozen
class Negative(Right):
    """Counts backwards where a range ends before it begins."""

    def count(self, first, last, facts=NO_FACTS):
        return HOURLY.count(first, last, facts) - (HOURLY.count(last, first, facts) if last < first else 0)


@attrs.frozen
class LosesAnHour(Right):
    """Takes the second pass of an overlap for the first when it looks back."""

    def last_before(self, moment, *, since, facts=NO_FACTS):
        due = HOURLY.last_before(moment, since=since, facts=facts)
        if due and 2000 < due.year < 2100 and due.astimezone(BERLIN).fold:
            due -= HOUR
        return due if due is None or due >= since else None


@attrs.frozen
class NoLeapDays(Right):
    """Has no 29 February when it looks ahead."""

    def next_after(self, moment, facts=NO_FACTS):
        due = HOURLY.next_after(moment, facts)
        return due + DAY - timedelta(hours=due.hour) if due and (due.month, due.day) == (2, 29) else due


@attrs.frozen
class Overflows(Right):
    """Raises at the end of the calendar."""

    def next_after(self, moment, facts=NO_FACTS):
        return HOURLY.next_after(moment, facts) or moment + HOUR


@attrs.frozen
class Steps(Right):
    """Finds the last by stepping from the beginning."""

    def last_before(self, moment, *, since, facts=NO_FACTS):
        for _ in range((moment - since) // timedelta(minutes=2)):
            pass
        due = HOURLY.next_after(since - TICK, facts) if since.year > 1 else None
        found = None
        while due is not None and due <= moment:
            found, due = due, due + HOUR if due.year < 9999 else None
        return found


@attrs.frozen
class Secretive(Right):
    """Waits for the last run to end, and doesn't say so."""

    def next_after(self, moment, facts=NO_FACTS):
        return None if facts.last_end is None else HOURLY.next_after(moment, facts)


@attrs.frozen
class AnyZone(Right):
    """Takes each zone that it is given."""

    tz: str | None = None

    def in_zone(self, tz):
        return attrs.evolve(self, tz=tz)


@attrs.frozen
class NamedRight(Right):
    """Has a name besides."""

    name: str = ""


class Changeable(NamedRight):
    """Can be changed."""

    __setattr__ = object.__setattr__


@attrs.frozen
class Forgetful(Right):
    """Is kept as a list, and isn't the same when it is read back."""

    names: Any

    @classmethod
    def made(cls):
        return cls(("a", "b"))


TIMERS = {
    NotLater: {
        "a_clock_change_loses_and_doubles_nothing",
        "a_count_is_what_a_walk_counts",
        "the_end_of_february_is_whole",
        "the_last_is_the_last",
        "the_next_is_strictly_later",
        "the_zone_of_a_question_does_not_matter",
    },
    Local: {
        "a_clock_change_loses_and_doubles_nothing",
        "a_count_is_what_a_walk_counts",
        "answers_are_in_utc",
        "nothing_is_passed_over",
        "the_last_is_the_last",
        "the_last_lies_in_the_range",
        "the_next_is_strictly_later",
    },
    Remembers: {
        "nothing_is_passed_over",
        "the_same_question_has_the_same_answer",
    },
    ByTheWall: {"the_zone_of_a_question_does_not_matter"},
    Drifts: {
        "a_clock_change_loses_and_doubles_nothing",
        "a_count_is_what_a_walk_counts",
        "nothing_is_passed_over",
        "the_end_of_february_is_whole",
        "the_last_is_the_last",
        "the_last_lies_in_the_range",
    },
    LastIsBefore: {
        "a_clock_change_loses_and_doubles_nothing",
        "the_end_of_february_is_whole",
        "the_last_is_the_last",
        "the_zone_of_a_question_does_not_matter",
    },
    FarBack: {
        "a_clock_change_loses_and_doubles_nothing",
        "an_empty_range_has_nothing",
        "the_end_of_february_is_whole",
        "the_last_lies_in_the_range",
    },
    HalfOpen: {"a_count_is_what_a_walk_counts"},
    Negative: {
        "a_count_is_what_a_walk_counts",
        "an_empty_range_has_nothing",
    },
    LosesAnHour: {
        "a_clock_change_loses_and_doubles_nothing",
        "the_last_is_the_last",
    },
    NoLeapDays: {
        "a_count_is_what_a_walk_counts",
        "the_end_of_february_is_whole",
        "the_last_is_the_last",
        "the_last_lies_in_the_range",
    },
    Overflows: {"the_ends_of_the_calendar_are_no_error"},
    Steps: {"a_century_is_quick"},
    Secretive: {"what_it_does_not_need_does_not_matter"},
    AnyZone: {"a_zone_is_written_in_where_it_is_open"},
    Changeable: {"it_is_a_frozen_value"},
    Forgetful: {"it_survives_text"},
}


@attrs.frozen
class Passes(Condition):
    """Passes on odd days."""

    reads: frozenset[str] = attrs.field(default=frozenset(), init=False, eq=False)

    def passes(self, context):
        return context.due.astimezone(UTC).day % 2 == 1


@attrs.frozen
class Truthy(Passes):
    """Answers with a number."""

    def passes(self, context):
        return context.due.astimezone(UTC).day % 2


@attrs.frozen
class Counts(Passes):
    """Passes each second time that it is asked."""

    asked: list[Any] = attrs.field(factory=list, init=False, eq=False, hash=False)

    def passes(self, context):
        self.asked.append(context.due)
        return len(self.asked) % 3 == 1


@attrs.frozen
class WallDay(Passes):
    """Goes by the day of whatever zone it is asked in."""

    def passes(self, context):
        return context.due.day % 2 == 1


@attrs.frozen
class Nosy(Passes):
    """Looks at every verdict that there is, whatever it said that it reads."""

    def passes(self, context):
        return len(context.last) == 1


@attrs.frozen
class Tomorrow(Passes):
    """Looks a day ahead, and there is none after the last."""

    def passes(self, context):
        return (context.due + DAY).astimezone(UTC).day % 2 == 1


@attrs.frozen
class EachZone(Passes):
    """Takes each zone that it is given."""

    tz: str | None = None

    def in_zone(self, tz):
        return attrs.evolve(self, tz=tz)


@attrs.frozen
class NamedPasses(Passes):
    """Has a name besides."""

    name: str = ""


class Loose(NamedPasses):
    """Can be changed."""

    __setattr__ = object.__setattr__


@attrs.frozen
class Grows(Passes):
    """Is kept as a list, and isn't the same when it is read back."""

    names: Any

    @classmethod
    def made(cls):
        return cls(("a", "b"))


CONDITIONS = {
    Truthy: {"the_answer_is_true_or_false"},
    Counts: {
        "it_says_what_it_reads",
        "the_same_question_has_the_same_answer",
        "the_zone_of_a_question_does_not_matter",
    },
    WallDay: {"the_zone_of_a_question_does_not_matter"},
    Nosy: {"it_says_what_it_reads"},
    Tomorrow: {
        "the_ends_of_the_calendar_are_no_error",
        "the_zone_of_a_question_does_not_matter",
    },
    EachZone: {"a_zone_is_written_in_where_it_is_open"},
    Loose: {"it_is_a_frozen_value"},
    Grows: {"it_survives_text"},
}


def broken(contract, cls):
    """Return the laws of *contract* that a value of *cls* breaks."""
    kind, found = Kind("mutant", "has a bug", cls), set()
    for name in laws_of(*contract.__mro__):
        try:
            run_law(contract, name, kind, getattr(cls, "made", cls))
        except AssertionError as error:
            if isinstance(error.__cause__, SLIPS):
                raise
            found.add(name.removeprefix("test_"))
    return found


@pytest.mark.parametrize(("mutant", "laws"), TIMERS.items(), ids=lambda one: getattr(one, "__name__", None))
def test_a_wrong_timer_breaks_its_laws(mutant, laws):
    """These and no others."""
    assert broken(TimerContract, mutant) == laws


@pytest.mark.parametrize(
    ("mutant", "laws"), CONDITIONS.items(), ids=lambda one: getattr(one, "__name__", None)
)
def test_a_wrong_condition_breaks_its_laws(mutant, laws):
    """These and no others."""
    assert broken(ConditionContract, mutant) == laws


def test_the_right_ones_break_none():
    """What the mutants are made from keeps every law."""
    assert broken(TimerContract, Right) == broken(ConditionContract, Passes) == set()


def test_each_law_is_broken_by_somebody():
    """A law that nothing breaks may be blind."""
    for contract, mutants in ((TimerContract, TIMERS), (ConditionContract, CONDITIONS)):
        laws = {name.removeprefix("test_") for name in laws_of(contract)}
        assert set().union(*mutants.values()) == laws
