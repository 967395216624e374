"""How silos do, as a scheduler and whoever is only attached beside it see it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from clockhand import Job, at, call, every, use
from clockhand.contracts import History, Kind
from clockhand.hookspecs import hookimpl
from clockhand_memory.history import MemoryHistory

START = datetime(2026, 1, 1, tzinfo=UTC)


@attrs.frozen
class NoOptions:
    """No options."""


class Shelf(MemoryHistory):
    """A history whose entries outlive it, as on a disk; *state* says whether that is full."""

    def __init__(self, state: Disk) -> None:
        super().__init__()
        self._state = state

    async def startup(self, context) -> None:
        """Read what is there."""
        await super().startup(context)
        await super().append(self._state.kept)

    async def append(self, entries) -> None:
        """Keep entries, if there is room."""
        if self._state.full:
            raise OSError("no space left on device")
        self._state.kept += [attrs.evolve(entry) for entry in entries]
        await super().append(entries)

    async def read(self, query, cursor=None, limit=100):
        """Return what matches, if it can be read."""
        if self._state.broken:
            raise OSError("input/output error")
        return await super().read(query, cursor, limit)


class Disk:
    """A plugin that offers histories on one disk."""

    def __init__(self) -> None:
        self.full = self.broken = False
        self.kept: list[Any] = []

    @hookimpl
    def clockhand_histories(self):
        """Return them."""
        yield Kind[History](name="shelf", summary="", options=NoOptions, make=lambda _: Shelf(self))


async def nothing() -> None:
    """Do nothing."""


@pytest.fixture
def disk() -> Disk:
    """A disk with room on it."""
    return Disk()


@pytest.fixture
def beside(make, disk, tmp_path):
    """Make schedulers over one file of jobs, with their history on that disk."""

    def made():
        return make(silo=use("sqlite", path=str(tmp_path / "jobs.db")), history=use("shelf"), plugins=[disk])

    return made


async def seen(scheduler):
    """Return what is told of how it does by who only attaches."""
    async with scheduler.attach() as attached:
        return await attached.health()


def test_a_history_that_keeps_nothing_is_seen_from_another_process(beside, disk, virtual):
    """What waits for it grows old in the outbox, which whoever attaches can see; afterwards all is well."""

    async def main():
        running = beside()
        running.add(Job(alias="tick", work=call(nothing), triggers=every(seconds=10)))
        async with running:
            await asyncio.sleep(5)
            before = await seen(beside())
            disk.full = True
            await asyncio.sleep(60)
            during, inside = await seen(beside()), await running.health()
            disk.full = False
            await asyncio.sleep(10)
            return before, during, inside, await seen(beside())

    before, during, inside, afterwards = virtual(main)
    assert (before.ok, before.silos[0].unrecorded) == (True, None)
    since = START + timedelta(seconds=10)
    problem = "history: entries of silo default have waited for it since 2026-01-01T00:00:10Z"
    assert (during.ok, during.silos[0].unrecorded, during.problems) == (False, since, (problem,))
    assert inside.silos[0].unrecorded == since
    assert problem in inside.problems
    assert (afterwards.ok, afterwards.silos[0].unrecorded) == (True, None)


def test_what_a_scheduler_left_when_it_stopped_is_seen_too(beside, disk, virtual):
    """Its entries wait for the next start, and nobody carries them over until then."""

    async def main():
        disk.full = True
        async with beside():
            pass
        await asyncio.sleep(60)
        return await seen(beside())

    assert virtual(main).silos[0].unrecorded == START


def test_what_only_commands_have_left_is_no_fault_of_the_history(beside, virtual):
    """Where no scheduler is, a job that was added waits on record until one starts."""

    async def main():
        async with beside():
            pass
        async with beside().attach() as attached:
            await attached.add_job(
                Job(alias="later", work=call(nothing), triggers=at(START.replace(year=2027)))
            )
        await asyncio.sleep(60)
        return await seen(beside())

    report = virtual(main)
    assert (report.ok, report.silos[0].unrecorded) == (True, None)


@pytest.mark.parametrize("broken", [False, True])
def test_what_commands_have_left_counts_where_a_scheduler_should_be(beside, disk, virtual, broken):
    """One that started and did not stop should have carried it over; so should one that can't be told of."""

    async def main():
        async with beside():
            await asyncio.sleep(1)
            disk.full = True
            async with beside().attach() as attached:
                await attached.add_job(
                    Job(alias="later", work=call(nothing), triggers=at(START.replace(year=2027)))
                )
            await asyncio.sleep(1)
            disk.broken = broken
            return await seen(beside())

    (silo,) = virtual(main).silos
    assert (silo.ok, silo.unrecorded) == (True, START + timedelta(seconds=1))


@pytest.mark.parametrize("fault", [RuntimeError("lost"), TimeoutError()])
def test_a_silo_that_fails_is_told_of_by_who_attaches(beside, virtual, fault, monkeypatch):
    """What it raises, or that it gives no answer, is its own problem."""

    async def fails(*_arguments):
        raise fault

    async def main():
        async with beside().attach() as attached:
            monkeypatch.setattr("clockhand_sqlite.store.SqliteSilo.list_open", fails)
            return await attached.health()

    report = virtual(main)
    expected = "no answer for 1 s" if isinstance(fault, TimeoutError) else "RuntimeError: lost"
    assert (report.ok, report.problems) == (False, (f"silo default: {expected}",))


def test_a_history_in_the_file_of_its_silo_can_not_fall_behind(make, virtual, tmp_path):
    """The outbox is the history then."""

    async def main():
        stores = {"silo": use("sqlite", path=str(tmp_path / "one.db"))}
        async with make(**stores):
            await asyncio.sleep(60)
            return await seen(make(**stores))

    assert virtual(main).silos[0].unrecorded is None
