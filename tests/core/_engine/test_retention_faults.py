"""Rotation while stores fail: at every moment each entry is in one of the two histories."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from random import Random

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clockhand import Job, Scheduler, Timing, call, every, use
from clockhand.contracts import Entry, Kind, Query, StoreContext, What, gaps
from clockhand.events import EntryRefused, LedgerPruned, LedgerRotated
from clockhand.hookspecs import hookimpl
from clockhand.testing import VirtualClock, run_virtual
from clockhand.testing.silo_rig import kit_codec
from clockhand_memory.history import MemoryHistory
from clockhand_sqlite.history import SqliteHistory
from clockhand_sqlite.store import SqliteSilo

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = 3_600
MANY = 2_200
LIMITS = {"history": "10d", "history_bytes": "none", "rotate_to": use("target")}


@attrs.frozen
class NoOptions:
    """No options."""


def old(seq: int) -> Entry:
    """An entry of another life: the first ones are to go, the last hundred are young."""
    at = START - timedelta(days=60) + seq * timedelta(days=51) / MANY
    return Entry(at, What.JOB_PAUSED, "job", reason="why", life="old", seq=seq)


class Fault:
    """What becomes of a call: `fails` says which; it raises before or after it has done it, or hangs."""

    def __init__(self, fails=lambda: "") -> None:
        self.fails = fails
        self.calls = 0

    async def around(self, call):
        """Make the call, or fail."""
        self.calls += 1
        how = self.fails()
        if how == "hangs":
            await asyncio.Event().wait()
        if how == "raises before":
            raise OSError("connection reset by peer")
        result = await call()
        if how == "raises after":
            raise OSError("connection reset by peer")
        return result


class Stores:
    """A history and one that it is rotated into, both with one fault; and a look at what they hold."""

    def __init__(self, folder=None) -> None:
        self.fault = Fault()
        self.put = {("old", seq) for seq in range(1, MANY + 1)}
        self.target = self.make_target()
        self.folder = folder
        if folder is None:
            self.history, self.silo = self.make_history(MemoryHistory), None
        else:
            self.history, self.silo = self.make_history(SqliteHistory, self.path), self.make_silo()

    @property
    def path(self):
        """Where the silo and its history are."""
        return str(self.folder / "jobs.db")

    def make_target(self):
        """A history that keeps what it has over teardown, and knows whether it is open."""
        stores = self

        class Target(MemoryHistory):
            async def startup(self, context) -> None:
                await stores.fault.around(lambda: super(Target, self).startup(context))

            async def append(self, entries) -> None:
                await stores.fault.around(lambda: super(Target, self).append(entries))

            async def teardown(self) -> None:
                await stores.fault.around(super().teardown)

        return Target()

    def make_history(self, kind, *args):
        """The history; whenever entries have gone from it, none is missing."""
        stores = self

        class History(kind):
            async def size(self):
                return await stores.fault.around(super().size)

            async def read(self, query, cursor=None, limit=100):
                return await stores.fault.around(lambda: super(History, self).read(query, cursor, limit))

            async def prune(self, before=None, max_bytes=None):
                async def pruned():
                    count = await super(History, self).prune(before, max_bytes)
                    await stores.check()
                    return count

                return await stores.fault.around(pruned)

            async def append(self, entries) -> None:
                await stores.fault.around(lambda: super(History, self).append(entries))
                stores.put |= {(entry.life, entry.seq) for entry in entries}

        return History(*args)

    def make_silo(self):
        """A silo whose outbox is the history; whenever entries have gone from it, none is missing."""
        stores = self

        class Silo(SqliteSilo):
            async def outbox(self, after, limit):
                return await stores.fault.around(lambda: super(Silo, self).outbox(after, limit))

            async def ack(self, through) -> None:
                async def acked():
                    await super(Silo, self).ack(through)
                    await stores.check()

                await stores.fault.around(acked)

        return Silo(self.path)

    async def check(self) -> None:
        """Each entry that was ever put in is somewhere."""
        there = {(entry.life, entry.seq) for entry in [*await self.left(), *self.moved()]}
        assert self.put <= there

    async def left(self):
        """What the history has."""
        kind = SqliteHistory if self.folder else MemoryHistory
        page = await kind.read(self.history, Query(), None, 10_000)
        return list(page.entries)

    def moved(self):
        """What the other one has."""
        return list(self.target._entries)

    async def fill(self, clock) -> None:
        """Put the old entries into the history."""
        kind = SqliteHistory if self.folder else MemoryHistory
        history = SqliteHistory(self.path) if self.folder else self.history
        await history.startup(StoreContext(alias="test", codec=kit_codec(), clock=clock))
        await kind.append(history, [old(seq) for seq in range(1, MANY + 1)])
        await history.teardown()

    @property
    def options(self):
        """The options of a scheduler with these stores."""
        silo = use("memory") if self.silo is None else use("given")
        return {"plugins": [self], "silo": silo, "history": use("given"), "retention": LIMITS}

    @hookimpl
    def clockhand_histories(self):
        """Return the two."""
        durable = {"durable"}
        return [
            Kind("given", "", NoOptions, make=lambda _: self.history),
            Kind("target", "", NoOptions, make=lambda _: self.target, supports=durable),
        ]

    @hookimpl
    def clockhand_silos(self):
        """Return the silo."""
        return [Kind("given", "", NoOptions, make=lambda _: self.silo)]


async def nothing() -> None:
    """Do nothing."""


def moved_in_order(stores, left, hours=1):
    """Say that what was to go has gone, in order, that each is in one place, and that nothing is missing."""
    gone = [entry.seq for entry in stores.moved()]
    stay = [entry.seq for entry in left if entry.life == "old"]
    assert gone == list(range(1, len(gone) + 1))
    assert stay == list(range(len(gone) + 1, MANY + 1))
    assert 41 - 2 * hours <= len(stay) <= 44
    assert gaps([*left, *stores.moved()]) == []


@pytest.mark.parametrize("how", ["raises before", "raises after", "hangs"])
@pytest.mark.parametrize("n", range(1, 14))
@pytest.mark.parametrize("place", ["apart", "shared"])
def test_the_nth_call_fails(make, virtual, clock, tmp_path, place, n, how):
    """Whichever call to either store fails, and however: no entry is ever nowhere; all arrive in order."""
    stores = Stores(tmp_path if place == "shared" else None)

    async def main():
        await stores.fill(clock)
        scheduler = make(timing=Timing(poll="60s", patience="5s"), **stores.options)
        scheduler.add(Job(alias="tick", work=call(nothing), triggers=every(minutes=10)))
        async with scheduler:
            await asyncio.sleep(1)
            calls = iter(range(1, 1_000))
            stores.fault.fails = lambda: how if next(calls) == n else ""
            await asyncio.sleep(HOUR)
            assert next(calls) > n, "it did fail"
            health = await scheduler.health()
            return health, await stores.left()

    health, left = virtual(main)
    assert health.problems == ()
    moved_in_order(stores, left)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1_000_000), bad=st.floats(0, 0.5), together=st.booleans())
def test_stores_that_fail_at_random(seed, bad, together):
    """Whatever fails, at the start or the end of a call, both stores at once or in turns."""
    random = Random(seed)
    stores = Stores()

    def fails():
        # In turns: it fails for a while, and for a while it doesn't.
        if not together and (clock.monotonic() // 600) % 2:
            return ""
        return random.choice(["raises before", "raises after", "hangs"]) if random.random() < bad else ""

    async def main():
        await stores.fill(clock)
        scheduler = Scheduler(clock=clock, timing=Timing(poll="60s", patience="5s"), **stores.options)
        scheduler.add(Job(alias="tick", work=call(nothing), triggers=every(minutes=10)))
        async with scheduler:
            stores.fault.fails = fails
            await asyncio.sleep(3 * HOUR)
            stores.fault.fails = lambda: ""
            await asyncio.sleep(1.2 * HOUR)
            return await scheduler.health(), await stores.left()

    clock = VirtualClock()
    health, left = run_virtual(main(), clock=clock)
    assert health.problems == ()
    moved_in_order(stores, left, hours=5)


@pytest.mark.parametrize("place", ["apart", "shared"])
@pytest.mark.parametrize("n", range(1, 25, 2))
def test_a_crash_at_any_call(make, virtual, clock, tmp_path, place, n):
    """A process that is gone in the middle of a round has lost nothing, and the next one goes on in order."""
    stores = Stores(tmp_path if place == "shared" else None)

    async def main():
        await stores.fill(clock)
        scheduler = make(timing=Timing(poll="60s", patience="5s"), **stores.options)
        async with scheduler:
            await asyncio.sleep(1)
            calls = iter(range(1, 1_000))
            stores.fault.fails = lambda: "hangs" if next(calls) >= n else ""
            await asyncio.sleep(200)
        stores.fault.fails = lambda: ""
        if place == "shared":
            stores.history, stores.silo = stores.make_history(SqliteHistory, stores.path), stores.make_silo()
        async with make(timing=Timing(poll="60s", patience="5s"), **stores.options) as again:
            await stores.check()
            await asyncio.sleep(200)
            return await again.health(), await stores.left()

    health, left = virtual(main)
    assert health.problems == ()
    moved_in_order(stores, left)


@pytest.mark.parametrize("place", ["apart", "shared"])
def test_a_target_that_fails_for_hours(make, virtual, clock, tmp_path, place):
    """Nothing goes from the history meanwhile; health is red, the jobs run on; afterwards all arrive."""
    stores = Stores(tmp_path if place == "shared" else None)
    events = []

    async def main():
        await stores.fill(clock)
        scheduler = make(**stores.options)
        scheduler.subscribe(events.append)
        scheduler.add(Job(alias="tick", work=call(nothing), triggers=every(minutes=10)))
        async with scheduler:
            await asyncio.sleep(1)
            down = True
            startup = stores.target.startup

            async def starting(context):
                if down:
                    raise OSError("no route to host")
                await startup(context)

            stores.target.startup = starting
            await asyncio.sleep(6 * HOUR)
            during, kept = await scheduler.health(), await stores.left()
            assert stores.moved() == []
            down = False
            await asyncio.sleep(1.5 * HOUR)
            return during, kept, await scheduler.health(), await stores.left()

    during, kept, after, left = virtual(main)
    assert during.problems == ("retention of the history: OSError: no route to host",)
    assert len([entry for entry in kept if entry.life == "old"]) == MANY
    assert len([entry for entry in kept if entry.verdict]) == 36
    assert after.problems == ()
    gone = [entry.seq for entry in stores.moved()]
    assert gone == list(range(1, len(gone) + 1))
    assert gaps([*left, *stores.moved()]) == []
    assert sum(event.count for event in events if isinstance(event, LedgerRotated)) == len(gone)


@pytest.mark.parametrize("place", ["apart", "shared"])
def test_a_target_that_refuses_one_entry(make, virtual, clock, tmp_path, place):
    """The entry is kept there without its reason, which is told; nothing waits for it for ever."""
    stores = Stores(tmp_path if place == "shared" else None)
    events = []

    async def main():
        await stores.fill(clock)
        append = stores.target.append

        async def picky(entries):
            if any(entry.seq == 700 and entry.reason == "why" for entry in entries):
                raise ValueError("value too long")
            await append(entries)

        stores.target.append = picky
        scheduler = make(**stores.options)
        scheduler.subscribe(events.append)
        async with scheduler:
            await asyncio.sleep(HOUR)
            return await scheduler.health(), await stores.left()

    health, left = virtual(main)
    assert health.problems == ()
    moved = sorted(stores.moved(), key=lambda entry: entry.seq)
    assert [entry.seq for entry in moved] == list(range(1, len(moved) + 1))
    assert {entry.seq for entry in moved if entry.reason != "why"} == {700}
    assert gaps([*left, *moved]) == []
    (told,) = [event for event in events if isinstance(event, EntryRefused)]
    assert (told.job, told.silo, told.reason) == ("job", "", "ValueError: value too long")


def test_a_target_that_refuses_an_entry_whatever_is_in_it(make, virtual, clock):
    """Then it stays in the history, with all after it, and health names it."""
    stores = Stores()

    async def main():
        await stores.fill(clock)
        append = stores.target.append

        async def picky(entries):
            if any(entry.seq == 1_700 for entry in entries):
                raise ValueError("no")
            await append(entries)

        stores.target.append = picky
        async with make(**stores.options) as scheduler:
            await asyncio.sleep(5 * HOUR)
            await stores.check()
            return await scheduler.health()

    (problem,) = virtual(main).problems
    assert problem.startswith("retention of the history: retention.rotate_to: refuses entry 1700 of life old")


def test_an_entry_that_comes_while_the_others_go(make, virtual, clock):
    """An entry as old as those that go, which comes while they are rotated, is rotated with them."""
    stores = Stores()

    async def main():
        await stores.fill(clock)
        async with make(**stores.options) as scheduler:
            await asyncio.sleep(1)
            append, late = stores.target.append, [False]

            async def appending(entries):
                await append(entries)
                if any(entry.seq == 2_150 for entry in entries) and not late[0]:
                    late[0] = True
                    await stores.history.append([attrs.evolve(old(1), life="late", seq=1)])

            stores.target.append = appending
            await asyncio.sleep(HOUR)
            await stores.check()
            assert late[0]
            return await scheduler.health()

    assert virtual(main).ok
    assert [entry.seq for entry in stores.moved() if entry.life == "late"] == [1]


def test_an_entry_of_another_process_that_is_dropped_is_told(make, virtual, clock):
    """What another process puts into the history in the very moment of the pruning isn't lost in silence."""
    stores = Stores()
    events = []

    async def main():
        await stores.fill(clock)
        async with make(**stores.options) as scheduler:
            await asyncio.sleep(1)
            prune = stores.history.prune
            stores.check = asyncio.Lock().acquire

            async def pruning(before=None, max_bytes=None):
                await stores.history.append([attrs.evolve(old(1), life="late", seq=1)])
                return await prune(before, max_bytes)

            stores.history.prune = pruning
            scheduler.subscribe(events.append)
            await asyncio.sleep(100)

    virtual(main)
    (told,) = [event for event in events if isinstance(event, LedgerPruned)]
    assert (told.count, told.reason) == (1, "put there by another process while older ones went")
    (moved,) = [event for event in events if isinstance(event, LedgerRotated)]
    assert moved.count == len(stores.moved())
