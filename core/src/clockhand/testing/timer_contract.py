"""What every timer is held to: `class TestMyTimer(TimerContract): kind = MY_TIMER`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from time import process_time
from typing import Any, ClassVar, Final
from zoneinfo import ZoneInfo

import attrs

from clockhand._model.protocols import PASSING, Facts, Timer
from clockhand.testing.laws import Contract, law
from clockhand.testing.trigger_rig import (
    BEGINNING,
    DAY,
    END,
    LEAP_DAYS,
    NEITHER,
    TICK,
    TriggerRig,
    frozen_value,
    survives_text,
    zone_is_kept,
)

WALK: Final = 100
"""How many due times a law walks over at a time."""
QUICK: Final = 0.1
"""Seconds of the processor that answers about a century may take; most take a thousandth of it."""


class TimerContract(Contract):
    """
    All laws of `clockhand.contracts.Timer`, one test each.

    Name the kind, and give a value of it as the fixture `options`, or several as its params:

        class TestSunrise(TimerContract):
            kind = SUNRISE

            @pytest.fixture(params=[Sunrise("Oslo"), Sunrise("Quito", tz="America/Guayaquil")])
            def options(self, request):
                return request.param

    `facts` is what the timer is asked with.
    """

    facts: ClassVar[Facts] = Facts(
        anchor=datetime(2009, 12, 31, 22, 15, tzinfo=UTC),
        alias="job",
        process_started=datetime(2026, 3, 1, 9, 0, 0, 5, tzinfo=UTC),
        last_end=datetime(2026, 3, 1, 8, 30, tzinfo=UTC),
    )

    def rig(self, options: Any) -> TriggerRig:
        """Return the timer, and moments to ask it about."""
        return TriggerRig(self.kind, options)

    @law
    async def test_the_next_is_strictly_later(self, rig: TriggerRig) -> None:
        """What follows a due time is another one."""
        for moment in rig.moments:
            for due in self._walk(rig.value, moment, moment + DAY)[:3]:
                following = rig.value.next_after(due, self.facts)
                assert following is None or following > due
            due = rig.value.next_after(moment, self.facts)
            assert due is None or due > moment

    @law
    async def test_answers_are_in_utc(self, rig: TriggerRig) -> None:
        """Aware, without an offset, whatever zone is asked in."""
        for moment in rig.moments:
            here = moment.astimezone(ZoneInfo(rig.zones[0]))
            last = rig.value.last_before(here, since=moment - 2 * DAY, facts=self.facts)
            for due in (rig.value.next_after(here, self.facts), last):
                assert due is None or due.utcoffset() == timedelta(), f"{due!r} is not in UTC"

    @law
    async def test_the_same_question_has_the_same_answer(self, rig: TriggerRig) -> None:
        """Asked again, in another order, or of a copy: a timer remembers nothing."""
        moments = rig.moments
        first = [rig.value.next_after(moment, self.facts) for moment in moments]
        again = [rig.value.next_after(moment, self.facts) for moment in reversed(moments)]
        copy = attrs.evolve(rig.value)
        assert first == again[::-1]
        assert first == [copy.next_after(moment, self.facts) for moment in moments]

    @law
    async def test_the_zone_of_a_question_does_not_matter(self, rig: TriggerRig) -> None:
        """The same moment is the same question, on either side of a clock change and in either fold."""
        for moment in rig.moments:
            for zone in rig.zones[:3]:
                here = moment.astimezone(ZoneInfo(zone))
                assert _same(rig.value.next_after(here, self.facts), rig.value.next_after(moment, self.facts))
                since = moment - DAY
                assert _same(
                    rig.value.last_before(here, since=since.astimezone(ZoneInfo(zone)), facts=self.facts),
                    rig.value.last_before(moment, since=since, facts=self.facts),
                )

    @law
    async def test_nothing_is_passed_over(self, rig: TriggerRig) -> None:
        """Asked from anywhere before a due time and after the one before it, that due time comes next."""
        for moment, later in pairwise(rig.moments):
            due = rig.value.next_after(moment, self.facts)
            if due is None or due > later:
                assert _same(rig.value.next_after(later, self.facts), due)
            if due is not None:
                assert _same(rig.value.next_after(due - TICK, self.facts), due)

    @law
    async def test_the_last_is_the_last(self, rig: TriggerRig) -> None:
        """Backwards come the same due times as forwards; one that is asked about itself is the last."""
        for moment in rig.moments[::7]:
            dues = self._walk(rig.value, moment, moment + 40 * DAY)
            for due, following in pairwise([*dues, None]):
                asked = due if following is None else following - TICK
                assert _same(rig.value.last_before(asked, since=moment, facts=self.facts), due)
                assert _same(rig.value.last_before(due, since=due, facts=self.facts), due)

    @law
    async def test_the_last_lies_in_the_range(self, rig: TriggerRig) -> None:
        """Not before *since*: where there is nothing between, there is no last."""
        for moment in rig.moments[::3]:
            since = moment - timedelta(hours=5)
            last = rig.value.last_before(moment, since=since, facts=self.facts)
            assert last is None or since <= last <= moment
            due = rig.value.next_after(moment, self.facts)
            if due is not None and due > moment + 2 * TICK:
                assert rig.value.last_before(due - TICK, since=moment + TICK, facts=self.facts) is None

    @law
    async def test_a_count_is_what_a_walk_counts(self, rig: TriggerRig) -> None:
        """Of the closed range, both ends included; or it isn't told."""
        for moment in rig.moments[::7]:
            dues = self._walk(rig.value, moment, moment + 40 * DAY)
            for number, due in enumerate(dues[:20], start=1):
                assert rig.value.count(dues[0], due, self.facts) in {number, None}
                assert rig.value.count(moment, due - TICK, self.facts) in {number - 1, None}
            if dues:
                assert rig.value.count(dues[0] + TICK, dues[-1], self.facts) in {len(dues) - 1, None}

    @law
    async def test_an_empty_range_has_nothing(self, rig: TriggerRig) -> None:
        """One that ends before it begins has no last and counts none."""
        for moment in rig.moments[::5]:
            due = rig.value.next_after(moment, self.facts) or moment
            assert rig.value.count(due + DAY, due - DAY, self.facts) in {0, None}
            assert rig.value.last_before(due - DAY, since=due + DAY, facts=self.facts) is None

    @law
    async def test_a_clock_change_loses_and_doubles_nothing(self, rig: TriggerRig) -> None:
        """Around each change of a clock the same comes forwards and backwards, and each once."""
        for change in rig.changes:
            self._both_ways(rig.value, change - timedelta(hours=30), change + timedelta(hours=30))

    @law
    async def test_the_end_of_february_is_whole(self, rig: TriggerRig) -> None:
        """In leap years, and in 2100, which is none."""
        for day in (*LEAP_DAYS, NEITHER):
            self._both_ways(rig.value, day - 2 * DAY, day + 2 * DAY)

    @law
    async def test_the_ends_of_the_calendar_are_no_error(self, rig: TriggerRig) -> None:
        """Nothing comes after the year 9999, nothing came before the year 1, and asking raises nothing."""
        assert rig.value.next_after(END, self.facts) is None
        assert rig.value.last_before(BEGINNING, since=BEGINNING, facts=self.facts) is None
        rig.value.next_after(BEGINNING, self.facts)
        rig.value.last_before(END, since=END - DAY, facts=self.facts)

    @law
    async def test_a_century_is_quick(self, rig: TriggerRig) -> None:
        """Whatever a backlog of 100 years holds, its last and its next are found in under 0.1 s."""
        now = datetime(2026, 3, 1, 9, 0, 30, tzinfo=UTC)
        since = now.replace(year=1926)
        facts = attrs.evolve(self.facts, anchor=since)
        took = []
        for _ in range(3):
            began = process_time()
            rig.value.last_before(now, since=since, facts=facts)
            rig.value.next_after(now, facts)
            rig.value.count(since, now, facts)
            took.append(process_time() - began)
        assert min(took) < QUICK, f"took {min(took):.3f} s"

    @law
    async def test_what_it_does_not_need_does_not_matter(self, rig: TriggerRig) -> None:
        """Facts that pass change nothing unless `needs` names them; it names no others."""
        assert rig.value.needs <= PASSING
        for name in PASSING - rig.value.needs:
            for value in (None, NEITHER):
                other = attrs.evolve(self.facts)
                setattr(other, name, value)
                for moment in rig.moments[::9]:
                    assert _same(
                        rig.value.next_after(moment, other), rig.value.next_after(moment, self.facts)
                    )

    @law
    async def test_a_zone_is_written_in_where_it_is_open(self, rig: TriggerRig) -> None:
        """And one that was given is kept."""
        zone_is_kept(rig)

    @law
    async def test_it_is_a_frozen_value(self, rig: TriggerRig) -> None:
        """It can't be changed, and is equal to another one with the same fields."""
        frozen_value(rig)

    @law
    async def test_it_survives_text(self, rig: TriggerRig) -> None:
        """As JSON, which is how stores keep it, it is read back as the same value."""
        survives_text(rig)

    def _walk(self, timer: Timer, first: datetime, last: datetime) -> list[datetime]:
        """Return the first 100 due times of the closed range, asked for one after the other."""
        found: list[datetime] = []
        due = timer.next_after(first - TICK, self.facts)
        while due is not None and due <= last and len(found) < WALK:
            found.append(due)
            due = timer.next_after(due, self.facts)
        return found

    def _both_ways(self, timer: Timer, first: datetime, last: datetime) -> None:
        forwards = self._walk(timer, first, last)
        end = forwards[-1] if len(forwards) == WALK else last
        backwards: list[datetime] = []
        due = timer.last_before(end, since=first, facts=self.facts)
        while due is not None and len(backwards) <= WALK:
            backwards.append(due)
            due = timer.last_before(due - TICK, since=first, facts=self.facts)
        assert backwards[::-1] == forwards
        assert len(set(forwards)) == len(forwards)


def _same(one: datetime | None, other: datetime | None) -> bool:
    """Say whether these are the same moment; two of one zone would be compared by the wall."""
    if one is None or other is None:
        return one is other
    return one.astimezone(UTC) == other.astimezone(UTC)
