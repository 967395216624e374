"""The ledger's feed: what the outbox has reaches the history, whatever the history does meanwhile."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from clockhand import Job, Timing, call, every, use
from clockhand.contracts import History, Kind
from clockhand.events import HistoryFailed, HistoryRecovered
from clockhand.hookspecs import hookimpl
from clockhand.msgs import Health
from clockhand_memory.history import MemoryHistory

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
def test_entries_wait_while_the_history_fails(make, virtual, mood):
    """A history that raises or hangs: jobs run on, health is red, and afterwards not an entry is missing."""
    plugin = Plugin()
    events = []

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
            assert scheduler.health().ok
            return await scheduler.read(limit=10)

    assert [str(entry.what) for entry in virtual(main).entries] == ["scheduler-started"]
