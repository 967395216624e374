"""What every condition is held to: `class TestMyCondition(ConditionContract): kind = MY_CONDITION`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from clockhand._model.last import Last
from clockhand._model.protocols import ConditionContext
from clockhand._model.words import Verdict
from clockhand.contracts import checked_alias
from clockhand.testing.laws import Contract, law
from clockhand.testing.trigger_rig import (
    BEGINNING,
    END,
    TriggerRig,
    frozen_value,
    survives_text,
    zone_is_kept,
)

STRANGER: Final = "nobody-reads-this"
"""The alias of a job that no condition of a law reads."""


class ConditionContract(Contract):
    """
    All laws of `clockhand.contracts.Condition`, one test each.

    Name the kind, and give a value of it as the fixture `options`, or several as its params.
    """

    def rig(self, options: Any) -> TriggerRig:
        """Return the condition, and moments to ask it about."""
        return TriggerRig(self.kind, options)

    @law
    async def test_the_answer_is_true_or_false(self, rig: TriggerRig) -> None:
        """Nothing that only counts as one of them: a forgotten return must not pass for a no."""
        for context in _contexts(rig):
            assert isinstance(rig.value.passes(context), bool)

    @law
    async def test_the_same_question_has_the_same_answer(self, rig: TriggerRig) -> None:
        """Asked again, and in another order: a condition remembers nothing."""
        contexts = list(_contexts(rig))
        answers = [rig.value.passes(context) for context in contexts]
        assert answers == [rig.value.passes(context) for context in reversed(contexts)][::-1]

    @law
    async def test_the_zone_of_a_question_does_not_matter(self, rig: TriggerRig) -> None:
        """The same moments in another zone, on either side of a clock change, are the same question."""
        for zone in rig.zones[:3]:
            there = ZoneInfo(zone)
            for context in _contexts(rig):
                due, now = context.due.astimezone(there), context.now.astimezone(there)
                same = ConditionContext(job=context.job, due=due, now=now, last=context.last)
                assert rig.value.passes(same) is rig.value.passes(context)

    @law
    async def test_it_says_what_it_reads(self, rig: TriggerRig) -> None:
        """`reads` is a set of aliases; the verdict of any other job changes nothing, and none is no error."""
        assert isinstance(rig.value.reads, frozenset)
        assert all(checked_alias(alias) for alias in rig.value.reads)
        for context in _contexts(rig):
            only = {alias: last for alias, last in context.last.items() if alias in rig.value.reads}
            less = ConditionContext(job=context.job, due=context.due, now=context.now, last=only)
            assert rig.value.passes(less) is rig.value.passes(context)

    @law
    async def test_the_ends_of_the_calendar_are_no_error(self, rig: TriggerRig) -> None:
        """Whenever something is due, it can be asked about."""
        for moment in (BEGINNING, END):
            rig.value.passes(ConditionContext(job="job", due=moment, now=moment))

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
        survives_text(rig, timer=False)


def _contexts(rig: TriggerRig) -> Iterator[ConditionContext]:
    for number, due in enumerate(rig.moments):
        verdict = list(Verdict)[number % len(Verdict)]
        late = timedelta(minutes=number % 90)
        yield ConditionContext(job="job", due=due, now=due + late, last=_last(rig, verdict, due))


def _last(rig: TriggerRig, verdict: Verdict, due: datetime) -> Mapping[str, Last]:
    last = Last(verdict, due.astimezone(UTC), due.astimezone(UTC) - timedelta(hours=1))
    return dict.fromkeys((*rig.value.reads, STRANGER), last)
