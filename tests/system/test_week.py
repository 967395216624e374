"""A week of a timetable in virtual time, with fake works: every due time has exactly one verdict."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from clockhand import Job, Scheduler, Timing, at, call, cron, every, use
from clockhand.contracts import Facts, Overlap
from clockhand.testing.clock import VirtualClock
from clockhand.testing.loop import run_virtual

START = datetime(2026, 3, 26, 12, tzinfo=UTC)
WEEK = timedelta(days=7)
"""From Thursday noon: the Sunday in it is the spring clock change in Europe."""


async def quick() -> None:
    """Take no time."""


async def slow() -> None:
    """Take an hour and a half."""
    await asyncio.sleep(5400)


async def fails() -> None:
    """Fail."""
    raise RuntimeError("as it should")


TIMETABLE = {
    "nightly": (cron("30 2 * * *", tz="Europe/Berlin"), quick, Overlap.SKIP),
    "office": (cron("*/15 9-17 * * mon-fri", tz="Europe/Berlin"), quick, Overlap.SKIP),
    "hourly": (cron("@hourly"), slow, Overlap.SKIP),
    "beside": (cron("0 */6 * * *"), slow, Overlap.PARALLEL),
    "pulse": (every(minutes=7), quick, Overlap.SKIP),
    "broken": (every(hours=5), fails, Overlap.SKIP),
    "once": (at(START + timedelta(days=3, seconds=1)), quick, Overlap.SKIP),
    "yesterday": (at(START - timedelta(days=1)), quick, Overlap.SKIP),
}


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_a_week_of_a_timetable(tmp_path, kind):
    """Each due time of the week, listed by its timer alone, has exactly one verdict in the ledger."""
    clock = VirtualClock(START)
    silo = use("memory") if kind == "memory" else use("sqlite", path=str(tmp_path / "jobs.db"))

    async def main():
        scheduler = Scheduler(silo=silo, clock=clock, timing=Timing(poll="10m", beat="2m", lease="10m"))
        for alias, (timer, work, overlap) in TIMETABLE.items():
            scheduler.add(Job(alias=alias, work=call(work), triggers=timer, overlap=overlap))
        async with scheduler:
            await asyncio.sleep(WEEK.total_seconds() + 3 * 3600)
            return (await scheduler.read(limit=100_000)).entries

    entries = run_virtual(main(), clock=clock)
    found: dict[str, list[datetime]] = {alias: [] for alias in TIMETABLE}
    for entry in entries:
        if entry.verdict is not None:
            assert entry.count == 1
            found[entry.job].append(entry.due)
    end = START + WEEK
    for alias, (timer, _, _) in TIMETABLE.items():
        wanted, due = [], START - timedelta(days=1, seconds=1) if alias == "yesterday" else START
        while (due := timer.next_after(due, Facts(anchor=START))) and due <= end:
            wanted.append(due)
        assert sorted(one for one in found[alias] if one <= end) == wanted, alias
    verdicts = Counter((entry.job, str(entry.verdict)) for entry in entries if entry.verdict is not None)
    assert verdicts["nightly", "succeeded"] == 7
    assert verdicts["broken", "failed"] >= 33
    assert verdicts["hourly", "overlap-skipped"] > 80
    assert not verdicts["beside", "overlap-skipped"]
    sunday = [due.astimezone(ZoneInfo("Europe/Berlin")) for due in found["nightly"]][2]
    assert (sunday.month, sunday.day, sunday.hour, sunday.minute) == (3, 29, 3, 0)
