"""The n-th call to a store fails, for every n that there is: nothing is lost, and the scheduler recovers."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import attrs
import pytest
from accounts import became, covered, gaps, grid
from storeroom import Hook, Store, hangs, raises

from clockhand import Job, RunContext, Scheduler, Timing, WorkFailed, at, call, every, use
from clockhand.contracts import Entry, OpenOccurrence, What
from clockhand.errors import JobNotFound, StoreError
from clockhand.msgs import HealthReport
from clockhand.testing.clock import VirtualClock
from clockhand.testing.loop import run_virtual

START = datetime(2026, 1, 1, tzinfo=UTC)
LAST = 18
"""No interval is due later than in this second."""
TIMING: Final = Timing(poll="5s", patience="3s", beat="6s", lease="20s")
EVERY_N: Final = "CLOCKHAND_EVERY_N"
"""Set it to try each n also where that takes minutes."""

BEGUN: list[tuple[str, int]] = []
"""The attempts that have begun, as (occurrence, attempt)."""


def second(number: float) -> datetime:
    """Return that second of the scenario."""
    return START + timedelta(seconds=number)


async def nap(context: RunContext, seconds: float) -> None:
    """Take that long."""
    BEGUN.append((context.occurrence, context.attempt))
    await asyncio.sleep(seconds)


async def flaky(context: RunContext) -> None:
    """Fail twice, then succeed."""
    BEGUN.append((context.occurrence, context.attempt))
    if context.attempt < 3:
        raise WorkFailed("luck:bad", "no luck yet")


RETRIES: Final = {"attempts": 3, "delay": "2s", "jitter": 0}
UNTIL: Final = {"end_time": second(LAST)}
JOBS: Final = (
    Job(alias="tick", work=call(nap, 0), triggers=every(seconds=3), **UNTIL),
    Job(
        alias="pair", work=call(nap, 5), triggers=every(seconds=2), overlap="parallel", max_running=2, **UNTIL
    ),
    Job(alias="flaky", work=call(flaky), triggers=at(second(1)), retries=RETRIES),
    Job(alias="line", work=call(nap, 3), triggers=at(*map(second, (1, 2, 3))), overlap="queue-one"),
    Job(alias="again", work=call(nap, 15), triggers=at(second(4))),
    Job(alias="once", work=call(nap, 15), triggers=at(second(4)), delivery="at-most-once"),
    Job(alias="endless", work=call(nap, 1000), triggers=at(second(1))),
    Job(alias="hand", work=call(nap, 1), triggers=at(second(5))),
)
STEPS: Final = {"tick": 3, "pair": 2}


@attrs.define
class Play:
    """One performance of the scenario, in which the *n*th call to a store fails."""

    store: Store
    n: int
    when: str
    fault: Hook
    calls: int = 0
    verb: str = ""
    """The verb of the call that failed."""

    async def at_call(self, verb: str) -> None:
        """Count a call, and let the n-th fail."""
        if self.calls == self.n:
            self.verb = verb
            await self.fault(verb)

    async def counted(self, verb: str) -> None:
        """Count a call."""
        self.calls += 1
        if self.when == "before":
            await self.at_call(verb)

    async def start(self) -> Scheduler:
        """Start a scheduler; where that fails, try again with another."""
        while True:
            plugin = self.store.plugin()
            for door in (plugin.silo_door, plugin.history_door):
                door.before = self.counted
                if self.when == "after":
                    door.after = self.at_call
            scheduler = self.store.scheduler(
                plugin, timing=TIMING, executors={"async": use("async", limit=4)}
            )
            for job in JOBS:
                scheduler.add(job)
            try:
                async with asyncio.timeout(8):
                    await scheduler.startup()
            except (StoreError, TimeoutError):
                continue
            return scheduler

    async def perform(self) -> tuple[HealthReport, list[OpenOccurrence]]:
        """Run it to its end; return the last report, and what is open."""
        first = await self.start()
        await asyncio.sleep(3)
        await insist(lambda: first.fire_job("hand"))
        await insist(lambda: first.cancel_run(f"endless@{second(1):%Y-%m-%dT%H:%M:%SZ}"))
        await asyncio.sleep(4)
        await first.teardown(timedelta(seconds=1))
        again = await self.start()
        await asyncio.sleep(60)
        report = await settled(again)
        await again.teardown()
        async with self.store.opened() as (silo, _):
            return report, await silo.list_open()


async def insist(ask: Callable[[], Awaitable[object]]) -> None:
    """
    Ask again while the store fails, as a person would.

    An answer that was lost may have been a yes, and what a failing start delays comes later.
    """
    failed = False
    for _ in range(20):
        try:
            await ask()
        except JobNotFound:
            if failed:
                return
            await asyncio.sleep(1)
        except (StoreError, TimeoutError):
            failed = True
        else:
            return
    pytest.fail("what was asked for isn't there")


async def settled(scheduler: Scheduler) -> HealthReport:
    """Return a report once all is well, or what is wrong after ten seconds."""
    for _ in range(10):
        report = await scheduler.health()
        if report.ok:
            break
        await asyncio.sleep(1)
    return report


def wrong(play: Play, report: HealthReport, opened: list[OpenOccurrence], entries: list[Entry]) -> list[str]:
    """Return what is wrong with the record of a performance."""
    found = [] if report.ok else [f"not healthy: {report.problems}"]
    found += [f"still open: {one.key} {one.state}" for one in opened]
    found += [f"not dense: {life} {seqs}" for life, seqs in gaps(entries).items()]
    for alias, step in STEPS.items():
        dues = Counter(covered(entries, alias, timedelta(seconds=step)))
        wanted = Counter(_due(entries, alias, timedelta(seconds=step)))
        found += [f"{alias}: {what} {sorted(map(str, some))}" for what, some in _difference(dues, wanted)]
    told = became(entries)
    once = [due_key for job in JOBS if job.alias not in STEPS for due_key in _keys(job)]
    found += [f"no verdict: {key}" for key in once if key not in told and not _in_range(entries, key)]
    found += [f"{key}: {verdicts}" for key, verdicts in told.items() if len(verdicts) > 1]
    found += [f"no verdict: {key}" for key in {entry.occurrence for entry in entries} - {"", *told}]
    if not any("!" in key for key in told):
        found.append("the run by hand is lost")
    found += [f"begun {count} times: {run}" for run, count in Counter(BEGUN).items() if count > 1]
    began = Counter(
        (entry.occurrence, entry.run.token) for entry in entries if entry.what is What.RUN_STARTED
    )
    found += [f"{count} start records: {run}" for run, count in began.items() if count > 1]
    return found


def _due(entries: list[Entry], alias: str, step: timedelta) -> list[datetime]:
    """Return the due times of an interval, counted from when it was added."""
    added = next(entry.at for entry in entries if entry.what is What.JOB_ADDED and entry.job == alias)
    return grid(added.replace(microsecond=0) + step, second(LAST), step)


def _difference(dues: Counter[datetime], wanted: Counter[datetime]) -> list[tuple[str, Counter[datetime]]]:
    return [(what, some) for what, some in (("missing", wanted - dues), ("too often", dues - wanted)) if some]


def _keys(job: Job) -> list[str]:
    return [f"{job.alias}@{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in job.timer.moments]


def _in_range(entries: list[Entry], key: str) -> bool:
    alias, _, due = key.partition("@")
    moment = datetime.fromisoformat(due)
    return any(
        entry.verdict is not None and entry.job == alias and entry.last and entry.due <= moment <= entry.last
        for entry in entries
    )


def performed(kind: str, folder: Path, n: int, when: str, fault: Hook) -> tuple[Play, list[str]]:
    """Perform the scenario once, and return it with what is wrong."""
    BEGUN.clear()
    clock = VirtualClock()
    play = Play(Store(kind, folder, clock), n, when, fault)
    report, opened = run_virtual(play.perform(), clock=clock)
    return play, wrong(play, report, opened, asyncio.run(play.store.ledger()))


FAULTS: Final = {
    "raises before": ("before", raises),
    "raises after": ("after", raises),
    "hangs": ("before", hangs),
    "answer lost": ("after", hangs),
}
PACE: Final = {"memory": 4, "sqlite": 9}
"""Each how-manieth n is tried; the faults begin at different ones."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("kind", PACE)
def test_nothing_is_lost_whichever_call_fails(tmp_path, caplog, kind, name):
    """For n = 1, 2, ... until there is no n-th call: each occurrence has one verdict, and all is well."""
    caplog.set_level(logging.CRITICAL, "clockhand")  # every failure is logged, and here are thousands
    failures = []
    pace = 1 if EVERY_N in os.environ else PACE[kind]
    for n in itertools.count(1 + list(FAULTS).index(name) % pace, pace):
        folder = tmp_path / str(n)
        folder.mkdir()
        play, problems = performed(kind, folder, n, *FAULTS[name])
        failures += [f"call {n}, {play.verb}: {problem}" for problem in problems]
        if play.calls < n:
            break
    assert not failures, "\n".join(failures)
