"""Keeping the history within its limits, on real stores: pruned, or rotated into another one first."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from clockhand import Timing, use
from clockhand.contracts import (
    Entry,
    Kind,
    Outcome,
    Query,
    Result,
    Run,
    StoreContext,
    Verdict,
    What,
    gaps,
    history_gaps,
)
from clockhand.events import LedgerPruned, LedgerRotated
from clockhand.hookspecs import hookimpl
from clockhand.testing.silo_rig import kit_codec
from clockhand_jsonl.history import JsonlHistory
from clockhand_memory.history import MemoryHistory
from clockhand_sqlite.history import SqliteHistory

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = 3_600


@attrs.frozen
class NoOptions:
    """No options."""


def old(seq: int, days: float, size: int = 0) -> Entry:
    """An entry of another life, made that many days before the clock begins."""
    at = START - days * DAY
    outcome = Outcome(Result.SUCCEEDED, output={"text": "x" * size} if size else None)
    run = Run(1, "ada", seq, 1, at, at, outcome)
    return Entry(at, What.RUN_ENDED, "job", f"job!{seq}", at, Verdict.SUCCEEDED, run, life="old", seq=seq)


def stores(name, folder):
    """Options of a scheduler whose silo and history are kept so; "shared": in one file."""
    at = lambda file: str(folder / file)  # noqa: E731
    return {
        "memory": {"silo": use("memory"), "history": use("memory")},
        "jsonl": {"silo": use("memory"), "history": use("jsonl", path=at("history.jsonl"))},
        "sqlite": {"silo": use("memory"), "history": use("sqlite", path=at("history.db"))},
        "shared": {"silo": use("sqlite", path=at("jobs.db"))},
        "file": {
            "silo": use("sqlite", path=at("jobs.db")),
            "history": use("jsonl", path=at("history.jsonl")),
        },
    }[name]


TARGETS = {
    "jsonl": (lambda folder: use("jsonl", path=str(folder / "old.jsonl")), JsonlHistory, "old.jsonl"),
    "sqlite": (lambda folder: use("sqlite", path=str(folder / "old.db")), SqliteHistory, "old.db"),
}

every_store = pytest.mark.parametrize("name", ["memory", "jsonl", "sqlite", "shared", "file"])
every_target = pytest.mark.parametrize("target", TARGETS)


async def everything(history) -> list[Entry]:
    """All entries of a history, in order, without their positions."""
    found, page = [], await history.read(Query(), None, 500)
    found += page.entries
    while page.cursor is not None:
        page = await history.read(Query(), page.cursor, 500)
        found += page.entries
    return [attrs.evolve(entry, position=0) for entry in found]


async def contents(clock, name, folder) -> list[Entry]:
    """What a target has, read anew from its file."""
    _, kind, file = TARGETS[name]
    history = kind(str(folder / file))
    await history.startup(StoreContext(alias="test", codec=kit_codec(), clock=clock))
    try:
        return await everything(history)
    finally:
        await history.teardown()


class Filled:
    """A plugin that offers a memory history which has entries already."""

    def __init__(self, history):
        self.history = history

    @hookimpl
    def clockhand_histories(self):
        """Return it."""
        return [Kind(name="filled", summary="", options=NoOptions, make=lambda _: self.history)]


async def filled(make, clock, name, folder, entries, **options):
    """Make a scheduler with such stores, whose history has *entries* before any of its own."""
    history = {
        "memory": MemoryHistory,
        "shared": lambda: SqliteHistory(str(folder / "jobs.db")),
        "sqlite": lambda: SqliteHistory(str(folder / "history.db")),
    }.get(name, lambda: JsonlHistory(str(folder / "history.jsonl")))()
    await history.startup(StoreContext(alias="test", codec=kit_codec(), clock=clock))
    await history.append(entries)
    await history.teardown()
    options = stores(name, folder) | options
    if name == "memory":
        options |= {"history": use("filled"), "plugins": [Filled(history)]}
    return make(**options)


def of_old(entries):
    """The numbers of the old entries among *entries*, in order."""
    return [entry.seq for entry in entries if entry.life == "old"]


@every_store
def test_old_entries_go(make, virtual, clock, tmp_path, name):
    """Soon after the start what is older than the limit is gone, in order, and listeners hear how much."""
    events = []

    async def main():
        entries = [old(seq, days=60 - seq) for seq in range(1, 60)]
        limits = {"history": "10d", "history_bytes": "none"}
        scheduler = await filled(make, clock, name, tmp_path, entries, retention=limits)
        scheduler.subscribe(events.append)
        async with scheduler:
            await asyncio.sleep(120)
            return await everything(scheduler.history)

    entries = virtual(main)
    assert of_old(entries) == list(range(51, 60))
    assert gaps(entries) == []
    (told,) = [event for event in events if isinstance(event, LedgerPruned)]
    assert (told.count, told.reason) == (50, "older than 240h")
    assert [entry.what for entry in entries if entry.life != "old"] == ["scheduler-started"]


@every_store
def test_it_is_pruned_seldom(make, virtual, clock, tmp_path, name):
    """Not whenever an entry is too old by an hour, but when the oldest is by a day; then all go that are."""
    quiet = Timing(poll="1h", lease="3h", beat="2h")

    async def main():
        entries = [old(seq, days=30 - seq / 24) for seq in range(1, 100)]
        scheduler = await filled(make, clock, name, tmp_path, entries, timing=quiet)
        seen = []
        async with scheduler:
            for _ in range(60):
                await asyncio.sleep(HOUR)
                seen.append(of_old(await everything(scheduler.history))[0])
        return seen

    seen = virtual(main)
    assert len(set(seen)) == 3
    assert seen[20] == 1
    assert 20 <= seen[35] <= 30


@every_store
def test_a_history_that_is_too_large_is_shortened(make, virtual, clock, tmp_path, name):
    """Beyond the limit in bytes the oldest go, until there is a tenth of room; the newest stay."""
    events = []

    async def main():
        scheduler = make(**stores(name, tmp_path), retention={"history_bytes": "100KiB"})
        scheduler.subscribe(events.append)
        async with scheduler:
            await scheduler.history.append([old(seq, days=1, size=1_000) for seq in range(1, 61)])
            assert await scheduler.history.size() < 102_400
            await asyncio.sleep(120)
            assert len(of_old(await everything(scheduler.history))) == 60
            await scheduler.history.append([old(seq, days=1, size=1_000) for seq in range(61, 201)])
            await asyncio.sleep(2 * HOUR)
            return await everything(scheduler.history), await scheduler.history.size()

    entries, size = virtual(main)
    left = of_old(entries)
    assert left == list(range(left[0], 201))
    assert 60_000 < size <= 92_160, "a tenth is free"
    (told,) = [event for event in events if isinstance(event, LedgerPruned)]
    assert (told.count, told.reason) == (201 - len(entries), "larger than 102,400 bytes")


@every_target
@every_store
def test_old_entries_are_rotated(make, virtual, clock, tmp_path, name, target):
    """What goes from the history is in the other one, in order, once; together they miss nothing."""
    events = []

    async def main():
        limits = {"history": "10d", "rotate_to": TARGETS[target][0](tmp_path)}
        entries = [old(seq, days=600 - seq / 5) for seq in range(1, 3_000)]
        scheduler = await filled(make, clock, name, tmp_path, entries, retention=limits)
        scheduler.subscribe(events.append)
        async with scheduler:
            await asyncio.sleep(120)
            health = await scheduler.health()
            return health, await everything(scheduler.history), await contents(clock, target, tmp_path)

    health, left, moved = virtual(main)
    assert health.problems == ()
    assert of_old(left) == list(range(2_951, 3_000))
    assert moved == [old(seq, days=600 - seq / 5) for seq in range(1, 2_951)]
    assert gaps([*left, *moved]) == []
    (told,) = [event for event in events if isinstance(event, LedgerRotated)]
    assert (told.count, told.target, told.reason) == (2_950, target, "older than 240h")


@every_store
def test_a_history_that_is_too_large_is_rotated(make, virtual, clock, tmp_path, name):
    """A history that grows beyond its limit moves its oldest entries, again and again, and loses none."""

    async def main():
        limits = {"history_bytes": "100KiB", "rotate_to": TARGETS["jsonl"][0](tmp_path)}
        scheduler = make(**stores(name, tmp_path), retention=limits)
        async with scheduler:
            for first in range(1, 400, 100):
                await scheduler.history.append(
                    [old(seq, days=1 - seq / 1_000, size=1_000) for seq in range(first, first + 100)]
                )
                await asyncio.sleep(2 * HOUR)
                assert await scheduler.history.size() <= 102_400
            return await everything(scheduler.history), await contents(clock, "jsonl", tmp_path)

    left, moved = virtual(main)
    assert of_old(moved) + of_old(left) == list(range(1, 401))
    assert len(of_old(left)) > 30


@every_store
def test_a_wrong_clock_costs_no_young_entry(make, virtual, clock, tmp_path, name):
    """Entries from the future hold up none that is old, and entries from 1970 take no young one along."""
    wrong = [old(seq, days=-70_000) for seq in range(1, 4)]
    behind = [old(7, days=5), old(8, days=20_000), old(9, days=4)]

    async def main():
        entries = [*wrong, *(old(seq, days=20) for seq in range(4, 7)), *behind]
        scheduler = await filled(make, clock, name, tmp_path, entries, retention={"history": "10d"})
        async with scheduler:
            await asyncio.sleep(120)
            return of_old(await everything(scheduler.history))

    assert virtual(main) == ([7, 8, 9] if name == "shared" else [1, 2, 3, 7, 9])


@every_store
def test_a_clock_that_jumps_for_a_moment_costs_nothing(make, virtual, clock, tmp_path, name):
    """A wall clock that is set far ahead, and back before the next hour, makes nothing old."""

    async def main():
        scheduler = make(**stores(name, tmp_path))
        async with scheduler:
            await scheduler.history.append([old(seq, days=1) for seq in range(1, 9)])
            await asyncio.sleep(120)
            clock.step(timedelta(days=70_000))
            await asyncio.sleep(1.2 * HOUR)
            clock.step(timedelta(days=-70_000))
            await asyncio.sleep(10 * HOUR)
            return of_old(await everything(scheduler.history))

    assert virtual(main) == list(range(1, 9))


def test_nothing_goes_without_limits(make, virtual, clock, tmp_path):
    """With "none" everywhere the oldest entry stays for ever."""
    limits = {"history": "none", "history_bytes": "none", "finished_jobs": "none"}

    async def main():
        async with make(**stores("shared", tmp_path), retention=limits) as scheduler:
            await scheduler.history.append([old(1, days=9_000)])
            await asyncio.sleep(10 * HOUR)
            return of_old(await everything(scheduler.history))

    assert virtual(main) == [1]


def test_a_short_run_prunes_too(make, virtual, clock, tmp_path):
    """Whoever runs a scheduler once at a time, and never for a minute, has a history that stays small."""

    async def main():
        scheduler = make(**stores("shared", tmp_path), retention={"history": "10d"})
        async with scheduler.attach() as opened:
            await opened.history.append([old(1, days=20), old(2, days=1)])
            await asyncio.sleep(10 * HOUR)
            assert of_old(await everything(opened.history)) == [1, 2], "to look is not to prune"
        scheduler = make(**stores("shared", tmp_path), retention={"history": "10d"})
        await scheduler.serve(once=True)
        async with scheduler.attach() as opened:
            return of_old(await everything(opened.history))

    assert virtual(main) == [2]


@pytest.mark.parametrize("name", ["shared", "sqlite", "jsonl"])
def test_the_target_is_never_where_entries_come_from(make, virtual, clock, tmp_path, name, caplog):
    """A history that would be rotated into itself stays as it is, and health says why."""

    async def main():
        options = stores(name, tmp_path)
        place = options.get("history") or options["silo"]
        entries, limits = [old(1, days=20), old(2, days=1)], {"history": "10d", "rotate_to": place}
        async with await filled(make, clock, name, tmp_path, entries, retention=limits) as scheduler:
            await asyncio.sleep(HOUR)
            return await scheduler.health(), of_old(await everything(scheduler.history))

    health, left = virtual(main)
    assert left == [1, 2]
    (problem,) = health.problems
    assert problem.startswith("retention of the history: ")
    assert "is in use by another" in problem or "retention.rotate_to: entries are kept there" in problem
    assert sum("nothing is lost" in record.message for record in caplog.records) == 1


def test_the_target_is_never_a_silo(make, virtual, clock, tmp_path):
    """The file of a silo is no target: its ledger would bring the entries back."""

    async def main():
        options = stores("file", tmp_path)
        limits = {"history": "10d", "rotate_to": options["silo"]}
        async with await filled(
            make, clock, "file", tmp_path, [old(1, days=20)], retention=limits
        ) as scheduler:
            await asyncio.sleep(HOUR)
            return await scheduler.health(), of_old(await everything(scheduler.history))

    health, left = virtual(main)
    assert left == [1]
    assert "entries are kept there already" in health.problems[0]


def test_a_target_that_can_not_be_opened_is_told_at_once(make, virtual, clock, tmp_path):
    """A wrong path is red in the first minutes, weeks before anything is rotated; mended, it is green."""

    async def main():
        rotate_to = use("jsonl", path=str(tmp_path / "later" / "old.jsonl"))
        async with make(retention={"rotate_to": rotate_to}) as scheduler:
            await asyncio.sleep(100)
            before = await scheduler.health()
            (tmp_path / "later").mkdir()
            await asyncio.sleep(HOUR)
            return before, await scheduler.health()

    before, after = virtual(main)
    assert not before.ok
    assert "its directory is not there" in before.problems[0]
    assert after.ok


def test_together_they_miss_nothing(make, virtual, clock, tmp_path):
    """`history_gaps` finds nothing in a history and what it was rotated into, and each hole in them."""

    async def main():
        limits = {"history": "10d", "rotate_to": TARGETS["sqlite"][0](tmp_path)}
        entries = [old(seq, days=60 - seq) for seq in range(1, 60)]
        async with await filled(make, clock, "shared", tmp_path, entries, retention=limits) as scheduler:
            await asyncio.sleep(120)
            other = SqliteHistory(str(tmp_path / "old.db"))
            await other.startup(StoreContext(alias="test", codec=kit_codec(), clock=clock))
            assert await history_gaps(scheduler.history, other) == []
            await scheduler.history.append([old(70, days=1)])
            found = await history_gaps(scheduler.history, other)
            await other.teardown()
            return [str(gap) for gap in found]

    assert virtual(main) == ["life old: 60 to 69"]
