"""`if_last`: a condition on another job's last run."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from clockhand import Job, Query, Verdict, WorkFailed, at, call, if_last
from clockhand.contracts import ConditionContext, Last, What
from clockhand.errors import DefinitionError

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def passes(condition, verdict=None, ago="1h") -> bool:
    """Ask the condition when the other job's last run ended so, that long ago."""
    last = {} if verdict is None else {"other": Last(verdict, NOW, NOW - timedelta(hours=1))}
    return condition.passes(ConditionContext(job="job", due=NOW, now=NOW, last=last))


def test_it_passes_on_that_verdict_only():
    """Succeeded unless told otherwise; what never ran does not pass."""
    assert passes(if_last("other"), Verdict.SUCCEEDED)
    assert not passes(if_last("other"), Verdict.FAILED)
    assert passes(if_last("other", "timed-out"), Verdict.TIMED_OUT)
    assert not passes(if_last("other"))


def test_it_looks_back_only_so_far():
    """`within` counts from the other run's end to now; the very end of it counts."""
    assert passes(if_last("other", within="1h"), Verdict.SUCCEEDED)
    assert not passes(if_last("other", within="59m59s"), Verdict.SUCCEEDED)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("no good",), "if_last: 'no good' has ' '"),
        (
            ("other", "suceededd"),
            "if_last: not the verdict of a run, given 'suceededd', did you mean 'succeeded'?",
        ),
        (("other", "missed"), "if_last: not the verdict of a run, given 'missed'"),
        (("other", None), "if_last: not the verdict of a run, given None, known: succeeded, failed"),
        (("other", "failed", "soon"), "if_last.within: not a length of time, given 'soon'"),
        (("other", "failed", 0), "if_last.within: not longer than zero, given 0"),
        (("other", "failed", timedelta(hours=-1)), "if_last.within: not longer than zero, given -1h"),
        (
            ("other", "failed", "999999999d"),
            "if_last.within: longer than 36,500 days, given '999999999d'; leave it out for no limit",
        ),
    ],
)
def test_what_can_not_be(arguments, says):
    """The field is named."""
    with pytest.raises(DefinitionError) as caught:
        if_last(*arguments)
    assert str(caught.value).startswith(says)


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (if_last("other"), "if_last('other', 'succeeded')"),
        (if_last("other", "timed-out", 5400), "if_last('other', 'timed-out', within='1h30m')"),
    ],
)
def test_it_reads_as_it_is_written(condition, text):
    """What is excluded has it as its reason, so people read it; Python reads it as the same value."""
    assert repr(condition) == text
    assert eval(text, {"if_last": if_last}) == condition


async def work(*, well: bool) -> None:
    """End well or not."""
    if not well:
        raise WorkFailed("x", "not well")


def test_a_job_waits_for_the_good_end_of_another(make, virtual):
    """Excluded after a failure, with the condition named; run after a success."""

    async def main() -> list:
        scheduler = make()
        moments = [NOW + timedelta(seconds=number) for number in (1, 2, 3, 4)]
        scheduler.add(Job(alias="bad", work=call(work, well=False), triggers=at(moments[0])))
        scheduler.add(Job(alias="good", work=call(work, well=True), triggers=at(moments[2])))
        for other, moment in (("bad", 1), ("good", 1), ("good", 3)):
            alias = f"after-{other}-{moment}"
            condition = if_last(other)
            scheduler.add(
                Job(alias=alias, work=call(work, well=True), triggers=[at(moments[moment]), condition])
            )
        async with scheduler:
            await asyncio.sleep(10)
            page = await scheduler.read(Query(whats=frozenset({What.RUN_STARTED, What.NEVER_RAN})))
            return [(entry.job, entry.verdict, entry.reason) for entry in page.entries]

    assert virtual(main) == [
        ("bad", None, ""),
        ("after-bad-1", "excluded", f"condition {if_last('bad')!r} did not pass"),
        ("after-good-1", "excluded", f"condition {if_last('good')!r} did not pass"),
        ("good", None, ""),
        ("after-good-3", None, ""),
    ]
