"""13. Jitter puts a run off, and never the due times: nothing drifts."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from accounts import covered, grid

from clockhand import Job, Timing, call, cron, every
from clockhand.contracts import What
from clockhand.errors import DefinitionError

START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
JITTER = timedelta(seconds=30)


async def quick() -> None:
    """Take no time."""


def began(entries, job):
    """Return when each due time's run began."""
    return {one.due: one.at for one in entries if one.what is What.RUN_STARTED and one.job == job}


def test_each_run_starts_within_the_jitter_of_its_due_time(make, store, virtual):
    """A minute with half a minute of jitter, 300 times: due on the minute, begun within [0, 30 s]."""

    def job(alias):
        return Job(alias=alias, work=call(quick), triggers=every(minutes=1), jitter=JITTER)

    async def main():
        scheduler = make()
        scheduler.add(job("one"))
        scheduler.add(job("other"))
        async with scheduler:
            await asyncio.sleep(300 * 60 + 45)

    virtual(main)
    entries = asyncio.run(store.ledger())
    offsets = {}
    for alias in ("one", "other"):
        assert covered(entries, alias, MINUTE) == grid(START + MINUTE, START + 300 * MINUTE, MINUTE)
        offsets[alias] = [at - due for due, at in began(entries, alias).items()]
        assert len(offsets[alias]) == 300
        assert min(offsets[alias]) >= timedelta()
        assert max(offsets[alias]) <= JITTER + timedelta(milliseconds=10)
        assert timedelta(seconds=12) < sum(offsets[alias], timedelta()) / 300 < timedelta(seconds=18)
    assert offsets["one"] != offsets["other"]


def test_a_spread_is_the_same_each_time(make, store, virtual):
    """A hundred jobs at midnight don't all start at midnight, each does at its own time, day after day."""

    async def main():
        scheduler = make(timing=Timing(poll="10m", beat="10m", lease="1h"))
        for number in range(100):
            scheduler.add(Job(alias=f"job-{number}", work=call(quick), triggers=cron("@daily"), spread="1h"))
        async with scheduler:
            await asyncio.sleep(3 * 86_400 + 3_700)

    virtual(main)
    entries = asyncio.run(store.ledger())
    offsets = []
    for number in range(100):
        starts = began(entries, f"job-{number}")
        assert list(starts) == [START + timedelta(days=day) for day in (1, 2, 3)]
        (first, *others) = [at - due for due, at in starts.items()]
        assert all(abs(other - first) <= timedelta(milliseconds=1) for other in others)
        offsets.append(first)
    assert all(timedelta() <= one <= timedelta(hours=1) for one in offsets)
    assert len({one // timedelta(minutes=6) for one in offsets}) == 10


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"jitter": "1m"}, "jitter: not shorter than the time between two due times, given 1m and 1m"),
        ({"spread": "2m"}, "spread: not shorter than the time between two due times, given 2m and 1m"),
        ({"spread": "30s", "jitter": "30s"}, "spread and jitter: not shorter than the time between two due"),
    ],
)
@pytest.mark.parametrize("timer", [every(minutes=1), cron("1,2,30 9 * * mon")], ids=["every", "cron"])
def test_as_long_as_the_period_is_refused(make, virtual, timer, fields, said):
    """A run must not start after the due time that follows its own; the shortest gap counts."""

    async def main():
        async with make() as scheduler:
            await scheduler.add_job(Job(alias="job", work=call(quick), triggers=timer, **fields))

    with pytest.raises(DefinitionError, match=f"job 'job': {said}"):
        virtual(main)


def test_a_run_that_is_put_off_survives_its_process(make, store, virtual):
    """A scheduler that goes and comes again between due time and start: the run begins when it was to."""

    def scheduler():
        made = make()
        made.add(Job(alias="job", work=call(quick), triggers=every(hours=1), spread="59m", max_runs=1))
        return made

    async def main():
        async with scheduler():
            await asyncio.sleep(3_601)

        async with scheduler():
            await asyncio.sleep(3_600)

    virtual(main)
    entries = asyncio.run(store.ledger())
    ((due, at),) = began(entries, "job").items()
    assert due == START + timedelta(hours=1)
    assert due + timedelta(seconds=2) < at < due + timedelta(minutes=59)
    assert [str(entry.verdict) for entry in entries if entry.verdict is not None] == ["succeeded"]
