"""The ledger's feed: what the outbox has reaches the history, whatever the history does meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import UTC, datetime, timedelta
from random import Random

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clockhand import Job, Timing, at, call, every, use
from clockhand._engine.feed import LEFT_OUT, Feed
from clockhand._engine.ledger import Ledger
from clockhand.contracts import (
    Entry,
    History,
    Kind,
    Outcome,
    Query,
    Result,
    Run,
    StoreContext,
    What,
    gaps,
)
from clockhand.events import EntryRefused, HistoryFailed, HistoryRecovered
from clockhand.hookspecs import hookimpl
from clockhand.msgs import Health
from clockhand.testing import run_virtual
from clockhand.testing.silo_rig import kit_codec
from clockhand_memory.history import MemoryHistory
from clockhand_memory.store import MemorySilo

START = datetime(2026, 1, 1, tzinfo=UTC)


@attrs.frozen
class NoOptions:
    """No options."""


class Moody(MemoryHistory):
    """The memory history, in a mood that a test sets."""

    mood = None
    appends = 0

    async def append(self, entries) -> None:
        """Append, unless the mood forbids it."""
        self.appends += 1
        if self.mood is not None:
            await self.mood()
        await super().append(entries)


class Plugin:
    """A plugin that offers one Moody history, which the test keeps hold of."""

    def __init__(self) -> None:
        self.history = Moody()

    @hookimpl
    def clockhand_histories(self):
        """Return it."""
        return [Kind[History](name="moody", summary="", options=NoOptions, make=lambda _: self.history)]


async def nothing() -> None:
    """Do nothing."""


async def raises() -> None:
    """Fail."""
    raise OSError("no space left on device")


async def hangs() -> None:
    """Never answer."""
    await asyncio.Event().wait()


@pytest.mark.parametrize("mood", [raises, hangs])
def test_entries_wait_while_the_history_fails(make, virtual, mood, caplog):
    """A history that raises or hangs: jobs run on, health is red, and afterwards not an entry is missing."""
    plugin = Plugin()
    events = []
    caplog.set_level(logging.INFO, "clockhand")

    async def main():
        scheduler = make(history=use("moody"), plugins=[plugin], timing=Timing(poll="60s", patience="2s"))
        scheduler.subscribe(events.append)
        scheduler.add(Job(alias="tick", work=call(nothing), triggers=every(seconds=10)))
        async with scheduler:
            plugin.history.mood = mood
            await asyncio.sleep(65)
            during = await scheduler.act(Health())
            plugin.history.mood = None
            await asyncio.sleep(10)
            return during, await scheduler.act(Health()), await scheduler.read(limit=1000)

    during, afterwards, page = virtual(main)
    assert not during.ok
    assert during.problems[0].startswith("history: ")
    assert afterwards.ok
    said = [one.getMessage() for one in caplog.records if one.getMessage().startswith("history: ")]
    assert len(said) == 2
    assert said[1] == "history: answers again; it has all that silo default put on record"
    assert [entry.seq for entry in page.entries] == list(range(1, len(page.entries) + 1))
    ended = [entry.due for entry in page.entries if entry.verdict is not None]
    assert ended == [START + timedelta(seconds=10 * n) for n in range(1, 8)]
    told = [type(event) for event in events if isinstance(event, HistoryFailed | HistoryRecovered)]
    assert told == [HistoryFailed, HistoryRecovered]


def test_entries_of_the_last_moment_are_fed_before_the_end(make, virtual):
    """What is in the outbox when the scheduler stops reaches the history before it is closed."""
    plugin = Plugin()

    async def main():
        scheduler = make(history=use("moody"), plugins=[plugin])
        scheduler.add(Job(alias="tick", work=call(nothing), triggers=every(seconds=10)))
        seen = []
        append = plugin.history.append

        async def noting(entries) -> None:
            seen.extend(entries)
            await append(entries)

        plugin.history.append = noting
        async with scheduler:
            await asyncio.sleep(10)
        return seen

    seen = virtual(main)
    assert [str(entry.what) for entry in seen] == [
        "job-added",
        "scheduler-started",
        "run-started",
        "run-ended",
        "scheduler-stopped",
    ]


def test_nothing_is_fed_where_the_outbox_is_the_history(make, virtual, tmp_path):
    """SQLite silo and history in one file: every entry is there once, although nothing is drained."""

    async def main():
        scheduler = make(silo=use("sqlite", path=str(tmp_path / "jobs.db")))
        async with scheduler:
            assert scheduler._service.lanes["default"].ledger.idle
            await asyncio.sleep(1)
            assert (await scheduler.health()).ok
            return await scheduler.read(limit=10)

    assert [str(entry.what) for entry in virtual(main).entries] == ["scheduler-started"]


class Fault:
    """What becomes of the n-th call of something: it raises before or after it has done it, or hangs."""

    def __init__(self, n, how) -> None:
        self.left = n
        self.how = how

    async def around(self, call):
        """Make the call, or fail."""
        self.left -= 1
        if self.left != 0:
            return await call()
        if self.how == "hangs":
            await asyncio.Event().wait()
        if self.how == "raises after":
            await call()
        raise OSError("connection reset by peer")


class FaultyHistory(MemoryHistory):
    """The memory history, with a fault."""

    def __init__(self, fault) -> None:
        super().__init__()
        self.fault = fault

    async def append(self, entries) -> None:
        """Append, or fail."""
        await self.fault.around(lambda: super(FaultyHistory, self).append(entries))


class FaultySilo(MemorySilo):
    """The memory silo, whose outbox and ack have a fault."""

    def __init__(self, fault) -> None:
        super().__init__()
        self.fault = fault

    async def outbox(self, after, limit):
        """Return entries, or fail."""
        return await self.fault.around(lambda: super(FaultySilo, self).outbox(after, limit))

    async def ack(self, through) -> None:
        """Forget them, or fail."""
        await self.fault.around(lambda: super(FaultySilo, self).ack(through))


class Offers:
    """A plugin that offers the histories and silos that it is given, as `given`."""

    def __init__(self, history=None, silo=None) -> None:
        self.history = history
        self.silo = silo

    @hookimpl
    def clockhand_histories(self):
        """Return the history."""
        return [Kind(name="given", summary="", options=NoOptions, make=lambda _: self.history)]

    @hookimpl
    def clockhand_silos(self):
        """Return the silo."""
        return [Kind(name="given", summary="", options=NoOptions, make=lambda _: self.silo)]


HOW = ["raises before", "raises after", "hangs"]


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("where", ["history", "silo"])
@pytest.mark.parametrize("n", range(1, 13))
def test_the_nth_call_fails(make, virtual, n, where, how):
    """Whichever call fails, and however: each entry is in the history once, in order, and health is green."""
    fault, fine = Fault(n, how), Fault(0, how)
    silo = FaultySilo(fault if where == "silo" else fine)
    history = FaultyHistory(fault if where == "history" else fine)

    async def main():
        options = {"plugins": [Offers(history, silo)], "silo": use("given"), "history": use("given")}
        scheduler = make(timing=Timing(poll="60s", patience="2s"), **options)
        scheduler.add(Job(alias="tick", work=call(nothing), triggers=every(seconds=3)))
        async with scheduler:
            await asyncio.sleep(40)
            assert fault.left <= 0, "it did fail"
            return (await scheduler.health()), await scheduler.read(limit=1_000)

    health, page = virtual(main)
    assert health.ok
    assert [entry.seq for entry in page.entries] == list(range(1, len(page.entries) + 1))
    assert len([entry for entry in page.entries if entry.verdict]) == 13
    assert gaps(page.entries) == []


class Picky(MemoryHistory):
    """A history that takes no batch with an entry that `refuses` says it doesn't like."""

    def __init__(self, refuses) -> None:
        super().__init__()
        self.refuses = refuses

    async def append(self, entries) -> None:
        """Append, if there is none."""
        if any(map(self.refuses, entries)):
            raise ValueError("value too long for type character varying(100)")
        await super().append(entries)


def output_of(entry):
    """The output of the run that an entry tells of."""
    return entry.run.outcome.output if entry.run and entry.run.outcome else None


async def bulky():
    """Return something that a history may not like."""
    return "x" * 1_000


def test_an_entry_that_is_refused_for_good(make, virtual, caplog):
    """The others get through at once; the refused one does too, without its output, and that is told."""
    history = Picky(output_of)
    events, reports = [], []

    async def main():
        scheduler = make(plugins=[Offers(history)], history=use("given"))
        scheduler.subscribe(events.append)
        scheduler.add(Job(alias="tick", work=call(nothing), triggers=every(seconds=1)))
        scheduler.add(Job(alias="bulky", work=call(bulky), triggers=at(START + timedelta(seconds=10.5))))
        async with scheduler:
            for seconds in (9, 3.5, 47.5):
                await asyncio.sleep(seconds)
                reports.append((await scheduler.health(), await scheduler.read(limit=1_000)))

    virtual(main)
    (before, _), (during, seen), (after, page) = reports
    assert (before.ok, during.ok, after.ok) == (True, False, True)
    assert during.problems[0].startswith("history: refuses entry ")
    assert "run-ended of bulky@2026-01-01T00:00:10.500000Z): ValueError: value too long" in during.problems[0]
    assert max(entry.at for entry in seen.entries) == START + timedelta(seconds=12), (
        "others don't wait for it"
    )
    assert gaps(seen.entries) != []
    assert gaps(page.entries) == []
    assert len(page.entries) == max(entry.seq for entry in page.entries)
    (entry,) = [entry for entry in page.entries if entry.job == "bulky" and entry.verdict]
    assert (entry.verdict, entry.run.outcome) == ("succeeded", Outcome(Result.SUCCEEDED))
    assert entry.reason == "left out, for the history refused it"
    (told,) = [event for event in events if isinstance(event, EntryRefused)]
    assert (told.silo, told.job, told.occurrence) == ("default", "bulky", "bulky@2026-01-01T00:00:10.500000Z")
    assert told.reason.startswith("ValueError: value too long")
    kinds = [type(event) for event in events if isinstance(event, HistoryFailed | HistoryRecovered)]
    assert kinds == [HistoryFailed, HistoryRecovered]
    assert sum("refused time and again" in record.message for record in caplog.records) == 1


def test_an_entry_that_is_refused_whatever_is_in_it(make, virtual):
    """It waits in the outbox, named by health, and is never dropped; all others get through meanwhile."""
    history = Picky(lambda entry: entry.job == "bulky" and entry.verdict is not None)

    async def main():
        scheduler = make(plugins=[Offers(history)], history=use("given"))
        scheduler.add(Job(alias="tick", work=call(nothing), triggers=every(seconds=1)))
        scheduler.add(Job(alias="bulky", work=call(bulky), triggers=every(seconds=100)))
        async with scheduler:
            await asyncio.sleep(1_010.5)  # between two runs, and not just after a refusal
            during, page = await scheduler.health(), await scheduler.read(limit=10_000)
            there = {(entry.life, entry.seq) for entry in page.entries}
            outbox = await scheduler._service.stores.silos["default"].silo.outbox(0, 10_000)
            waiting = [one.job for one in outbox if (one.life, one.seq) not in there]
            assert set(waiting) == {"bulky"}, "a crash would lose none of them"
            assert len(waiting) >= 9
            history.refuses = lambda _: False
            await asyncio.sleep(10)
            return during, page, await scheduler.health(), await scheduler.read(limit=10_000)

    during, seen, after, page = virtual(main)
    assert not during.ok
    assert "and 8 more" in during.problems[0] or "and 9 more" in during.problems[0]
    assert sum(entry.job == "tick" and entry.verdict is not None for entry in seen.entries) >= 999
    assert after.ok
    assert gaps(page.entries) == []
    whole = [entry for entry in page.entries if entry.job == "bulky" and entry.verdict]
    assert len(whole) == 10
    assert all(output_of(entry) for entry in whole)


def test_a_history_that_is_down_is_not_taken_for_a_picky_one(make, virtual):
    """However long it takes nothing, afterwards each entry is there in order, with its output."""
    history = Picky(lambda _: True)
    events = []

    async def main():
        scheduler = make(plugins=[Offers(history)], history=use("given"))
        scheduler.subscribe(events.append)
        scheduler.add(Job(alias="bulky", work=call(bulky), triggers=every(seconds=5)))
        async with scheduler:
            await asyncio.sleep(1_001)
            history.refuses = lambda _: False
            await asyncio.sleep(10)
            return await scheduler.read(limit=10_000)

    page = virtual(main)
    assert [entry.seq for entry in page.entries] == list(range(1, len(page.entries) + 1))
    assert sum(bool(output_of(entry)) for entry in page.entries) == 202
    assert [event for event in events if isinstance(event, EntryRefused)] == []


def numbered(count):
    """Entries of one life, every other with an output."""
    run = Run(1, "ada", 1, 1, START, START, Outcome(Result.SUCCEEDED, output={"result": "x"}))
    return [
        Entry(START, What.RUN_ENDED, "job", run=run if seq % 2 else None, life="one", seq=seq)
        for seq in range(1, count + 1)
    ]


@pytest.mark.parametrize(
    "refuses",
    [
        lambda entry: entry.seq == 1,
        lambda entry: entry.seq in {500, 501, 999},
        lambda entry: entry.seq <= 300,
        lambda entry: entry.seq >= 700,
        lambda entry: entry.seq % 2,
        lambda entry: entry.seq % 10,
    ],
)
def test_what_is_refused_is_found_among_many(virtual, clock, refuses):
    """One, some, a long run of them, or nearly all: the others are kept, and none that is refused is lost."""
    history = Picky(lambda entry: entry.reason != LEFT_OUT and refuses(entry))
    kept_short = []

    async def main():
        await history.startup(StoreContext(alias="test", codec=kit_codec()))
        feed = Feed(history, 10, lambda entry, _: kept_short.append(entry.seq))
        held = None
        for _ in range(100):
            with contextlib.suppress(ValueError):
                held = await feed.append(numbered(1_000))
                break
        assert held, "some are found, sooner or later"
        kept = {entry.seq for entry in (await history.read(Query(), None, 1_000)).entries}
        assert kept == {seq for seq in range(1, 1_001) if not refuses(numbered(seq)[-1])} | set(kept_short)
        assert {one.entry.seq for one in held} == set(range(1, 1_001)) - kept
        for _ in range(10):
            held = await feed.retry(held)
        assert held == []
        return await history.read(Query(), None, 1_001)

    page = virtual(main)
    assert sorted(entry.seq for entry in page.entries) == list(range(1, 1_001))
    assert {entry.seq for entry in page.entries if entry.reason == LEFT_OUT} == set(kept_short)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1_000_000), bad=st.floats(0, 0.7))
def test_a_history_that_fails_at_random(seed, bad):
    """Whatever fails, each entry gets there once, whole, or told as refused."""
    random = Random(seed)
    told = []

    class Flaky(MemoryHistory):
        async def append(self, entries) -> None:
            done = random.random() < 0.5
            if done:
                await super().append(entries)
            if random.random() < bad:
                raise OSError("try again")
            if not done:
                await super().append(entries)

    async def main(clock):
        silo, history = MemorySilo(), Flaky()
        context = StoreContext(alias="test", codec=kit_codec(), clock=clock)
        await silo.startup(context)
        await history.startup(context)
        ledger = Ledger(
            "default",
            silo,
            Feed(history, 10, lambda entry, _: told.append(entry.seq)),
            gate=asyncio.Lock(),
            patience=10,
            durable=True,
            logger=logging.getLogger("test"),
            changed=lambda _: None,
        )
        task = asyncio.create_task(ledger.run())
        for seq in range(60):
            await silo.settle([], START, [attrs.evolve(numbered(seq + 1)[-1], life="", seq=0)])
            ledger.kick()
            await asyncio.sleep(random.choice([0, 0, 0.004, 2]))
        await asyncio.sleep(1_000)
        assert await silo.outbox(0, 1) == []
        task.cancel()
        return await history.read(Query(), None, 1_000)

    page = run_virtual(main)
    assert sorted(entry.seq for entry in page.entries) == list(range(1, 61))
    short = {entry.seq for entry in page.entries if entry.seq % 2 and output_of(entry) is None}
    assert short <= set(told)


@pytest.mark.parametrize("silo", ["memory", "sqlite"])
def test_a_history_that_hangs_delays_a_stop_by_its_deadline(make, virtual, clock, tmp_path, caplog, silo):
    """The stop comes within two seconds; the log says how many entries are left, and what becomes of them."""
    plugin = Plugin()
    plugin.history.mood = hangs
    chosen = use("memory") if silo == "memory" else use("sqlite", path=str(tmp_path / "jobs.db"))

    async def main():
        scheduler = make(silo=chosen, history=use("moody"), plugins=[plugin], timing=Timing(patience="9s"))
        scheduler.add(Job(alias="tick", work=call(nothing), triggers=every(seconds=10)))
        async with scheduler:
            await asyncio.sleep(31)
            began = clock.monotonic()
        took = clock.monotonic() - began
        plugin.history.mood = None
        if silo == "sqlite":
            async with make(silo=chosen, history=use("moody"), plugins=[plugin]) as again:
                await asyncio.sleep(1)
                page = await again.read(limit=100)
                return took, [entry for entry in page.entries if entry.life == page.entries[0].life]
        return took, []

    took, kept = virtual(main)
    assert 1.9 < took < 2.1
    (left,) = [record for record in caplog.records if "did not reach it" in record.message]
    count = 1 + 1 + 3 * 2 + 1
    end = "are lost: the silo keeps nothing" if silo == "memory" else "wait for the next start"
    said = f"history: no answer within 2 s; {count} entries of silo default did not reach it"
    assert left.message.startswith(said)
    assert left.message.endswith(end)
    assert left.levelname == ("ERROR" if silo == "memory" else "WARNING")
    assert [entry.seq for entry in kept] == list(range(1, len(kept) + 1))
    assert len(kept) == (count if silo == "sqlite" else 0)


def test_a_silo_that_fails_at_the_end_keeps_no_entry_from_the_history(make, virtual, caplog):
    """What is in the outbox is fed although the silo takes nothing more."""
    plugin = Plugin()
    silo = MemorySilo()
    seen = []

    async def main():
        offers = Offers(silo=silo)
        scheduler = make(silo=use("given"), history=use("moody"), plugins=[plugin, offers])
        scheduler.add(Job(alias="tick", work=call(nothing), triggers=every(seconds=10)))
        append = plugin.history.append

        async def noting(entries) -> None:
            await append(entries)
            seen.extend(entries)

        plugin.history.append = noting
        async with scheduler:
            plugin.history.mood = raises
            await asyncio.sleep(10)
            plugin.history.mood = None

            async def full(*_) -> None:
                raise OSError("no space left on device")

            silo.settle = full

    virtual(main)
    assert [entry.what for entry in seen][-1] == "run-started"
    assert any("silo default: at the end: OSError: no space" in record.message for record in caplog.records)
    assert not any("did not reach it" in record.message for record in caplog.records)
