"""The loop over one silo when the silo fails, hangs, or says that others have taken over."""

from __future__ import annotations

import asyncio
import functools
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from clockhand import Job, RunContext, Timing, at, call, every, use
from clockhand.contracts import Beat, Kind, Silo, What
from clockhand.errors import StoreError
from clockhand.events import SiloFailed, SiloRecovered
from clockhand.hookspecs import hookimpl
from clockhand.msgs import Health
from clockhand_memory.store import MemorySilo

START = datetime(2026, 1, 1, tzinfo=UTC)
VERBS = ("get_due_jobs", "start", "settle", "next_due", "beat", "outbox", "ack", "hand_back")


@attrs.frozen
class NoOptions:
    """No options."""


class FaultySilo(MemorySilo):
    """The memory silo, with faults that a test sets: verb -> a function called before, or after."""

    def __init__(self) -> None:
        super().__init__()
        self.before: dict[str, object] = {}
        self.after: dict[str, object] = {}
        self.calls: dict[str, int] = dict.fromkeys(VERBS, 0)


def _faulty(verb: str):
    plain = getattr(MemorySilo, verb)

    @functools.wraps(plain)
    async def method(self, *args, **kwargs):
        self.calls[verb] += 1
        if verb in self.before:
            await self.before[verb]()
        answer = await plain(self, *args, **kwargs)
        if verb in self.after:
            await self.after[verb]()
        return answer

    return method


for _verb in VERBS:
    setattr(FaultySilo, _verb, _faulty(_verb))


class Faulty:
    """A plugin that offers one FaultySilo, which the test keeps hold of."""

    def __init__(self) -> None:
        self.silo = FaultySilo()

    @hookimpl
    def clockhand_silos(self):
        """Return it."""
        return [Kind[Silo](name="faulty", summary="", options=NoOptions, make=lambda _: self.silo)]


@pytest.fixture
def plugin():
    """The plugin, whose silo the test spoils."""
    return Faulty()


@pytest.fixture
def faulty(make, plugin):
    """A scheduler whose silo fails as the test says."""
    return make(
        silo=use("faulty"), history=use("memory"), plugins=[plugin], timing=Timing(poll="1s", patience="3s")
    )


async def nothing() -> None:
    """Do nothing."""


async def raises() -> None:
    """Fail."""
    raise StoreError("disk is full")


async def hangs() -> None:
    """Never answer."""
    await asyncio.Event().wait()


def covered(page, first, until, step):
    """Say whether each due time from *first* on, before *until*, has exactly one verdict, and none beyond."""
    dues = []
    for entry in page.entries:
        if entry.verdict is not None:
            dues.extend(entry.due + step * n for n in range(entry.count))
    wanted = []
    while first <= until:
        wanted.append(first)
        first += step
    return sorted(dues) == wanted


@pytest.mark.parametrize("verb", ["get_due_jobs", "start", "settle", "next_due"])
@pytest.mark.parametrize("fault", [raises, hangs])
@pytest.mark.parametrize("when", ["before", "after"])
def test_the_loop_outlives_a_failing_silo(faulty, plugin, virtual, verb, fault, when):
    """A verb raises or hangs for 20 s: health is red, then green; every due time has its verdict."""
    reports = []
    runs = []

    async def noted(context: RunContext) -> None:
        runs.append(context.occurrence)

    async def main():
        faulty.add(Job(alias="tick", work=call(noted), triggers=every(seconds=10)))
        async with faulty:
            await asyncio.sleep(15)
            getattr(plugin.silo, when)[verb] = fault
            time = asyncio.get_running_loop().time
            until = time() + 20
            while time() < until:
                await asyncio.sleep(0.1)
                reports.append(await faulty.act(Health()))
            getattr(plugin.silo, when).clear()
            await asyncio.sleep(until + 30.5 - time())
            reports.append(await faulty.act(Health()))
            return await faulty.read(limit=1000)

    page = virtual(main)
    *during, afterwards = reports
    red = [report for report in during if not report.ok]
    assert red
    assert all(report.problems for report in red)
    assert afterwards.ok
    assert covered(page, START + timedelta(seconds=10), START + timedelta(seconds=60), timedelta(seconds=10))
    assert len(set(runs)) == len(runs)


def test_failure_and_recovery_are_told_once(faulty, plugin, virtual):
    """Listeners hear of a failing silo once, and once when it answers again."""
    events = []

    async def main():
        faulty.subscribe(events.append)
        async with faulty:
            plugin.silo.before["get_due_jobs"] = raises
            await asyncio.sleep(20)
            plugin.silo.before.clear()
            await asyncio.sleep(10)

    virtual(main)
    told = [event for event in events if isinstance(event, SiloFailed | SiloRecovered)]
    assert [(type(event).__name__, event.silo, event.reason) for event in told] == [
        ("SiloFailed", "default", "StoreError: disk is full"),
        ("SiloRecovered", "default", ""),
    ]


def test_a_failing_silo_is_not_hammered(faulty, plugin, virtual):
    """Tries come ever less often: a minute of failure is some fifteen calls, not thousands."""

    async def main():
        async with faulty:
            plugin.silo.before["get_due_jobs"] = raises
            before = plugin.silo.calls["get_due_jobs"]
            await asyncio.sleep(60)
            return plugin.silo.calls["get_due_jobs"] - before

    assert 5 < virtual(main) < 30


def test_an_idle_scheduler_asks_once_a_poll(faulty, plugin, virtual):
    """Nothing due: one question per poll interval, and the beats."""

    async def main():
        faulty.add(Job(alias="later", work=call(nothing), triggers=at(START + timedelta(days=9))))
        async with faulty:
            await asyncio.sleep(1)
            before = dict(plugin.silo.calls)
            await asyncio.sleep(100)
            return {verb: count - before[verb] for verb, count in plugin.silo.calls.items()}

    calls = virtual(main)
    assert 95 <= calls["get_due_jobs"] <= 101
    assert calls["beat"] == 20
    assert calls["start"] == calls["settle"] == 0


def test_an_owner_that_is_declared_dead_ends_its_runs_and_enlists_anew(faulty, plugin, virtual):
    """The silo says not alive: running work is ended as lost, a new name is enlisted, and jobs go on."""
    ended = []

    async def slow() -> None:
        try:
            await asyncio.sleep(1000)
        finally:
            ended.append(True)

    async def main():
        faulty.add(Job(alias="slow", work=call(slow), triggers=at(START)))
        faulty.add(Job(alias="tick", work=call(nothing), triggers=every(seconds=10)))
        async with faulty:
            await asyncio.sleep(1)
            owner = faulty._service.lanes["default"].lease.owner
            # Another owner takes over: the lease of this one has run out on the silo's clock.
            later = START + timedelta(seconds=60)
            await MemorySilo.beat(plugin.silo, "other", later, timedelta(seconds=15))
            await MemorySilo.get_due_jobs(
                plugin.silo, later, owner="other", room={}, works=frozenset(), limit=10
            )
            await asyncio.sleep(30)
            return owner, faulty._service.lanes["default"].lease.owner, await faulty.read(limit=100)

    owner, renewed, page = virtual(main)
    assert ended
    assert renewed != owner
    runs = [
        entry.run.owner for entry in page.entries if entry.job == "tick" and entry.what is What.RUN_STARTED
    ]
    assert runs[-1] == renewed


def test_beats_carry_cancels():
    """A Beat has the tokens to cancel; the default carries none."""
    assert Beat(alive=True).cancel == frozenset()
