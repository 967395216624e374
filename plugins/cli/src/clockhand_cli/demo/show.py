"""The demonstration itself: set up, run, stop, and add up."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import attrs

from clockhand import Scheduler
from clockhand.contracts import Entry, Query, StoredJob
from clockhand.errors import ConfigError
from clockhand.plugins import installed
from clockhand_cli.asking import PAGE, all_jobs
from clockhand_cli.demo.balance import Account, balance
from clockhand_cli.demo.board import showing
from clockhand_cli.demo.jobs import DemoJob, as_toml, demo_jobs

CONFIG: Final = "clockhand.toml"
ONCE_AFTER: Final = timedelta(seconds=3)
TICK: Final = 0.1
"""Seconds from one look at the clock to the next."""
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
PATIENCE: Final = timedelta(seconds=4)
"""How long the scheduler may take, at the end, to decide about all that is due."""


@attrs.frozen
class Shown:
    """What the demonstration leaves: the balance, and the history, oldest first."""

    accounts: tuple[Account, ...]
    history: tuple[Entry, ...]

    @property
    def settled(self) -> bool:
        """Whether every due time has exactly one verdict."""
        return all(account.settled for account in self.accounts)


def prepare(folder: Path, url: str) -> list[DemoJob]:
    """Write the configuration into *folder*; return its jobs, those whose kinds are installed."""
    catalog = installed(only=("sqlite", "system", "network"))
    if "sqlite" not in catalog.kinds("silos"):
        raise ConfigError("demo: it keeps its jobs in SQLite; install clockhand-sqlite")
    jobs = demo_jobs(url, datetime.now(UTC).replace(microsecond=0) + ONCE_AFTER, catalog.kinds("works"))
    (folder / CONFIG).write_text(as_toml(jobs, str(folder / "jobs.db")), "utf-8")
    return jobs


async def perform(folder: Path, jobs: list[DemoJob], seconds: float) -> Shown:
    """Run the jobs of *folder* for so long, then read what is on record; a signal cancels it."""
    _end_on_signals()
    scheduler = Scheduler.from_toml(folder / CONFIG)
    await _warm_up(scheduler)
    with showing([(job.alias, job.kind) for job in jobs]) as (board, refresh):
        scheduler.subscribe(board.hear)
        try:
            await scheduler.startup()
            until = await _run_until(scheduler, seconds, refresh)
            await scheduler.teardown()
        finally:
            await scheduler.teardown(timedelta())
            refresh()
    return await _added_up(folder, until)


def _end_on_signals() -> None:
    """Let SIGINT or SIGTERM cancel this task, and further ones pass: what is left takes a second."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def end() -> None:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_IGN)
        if task is not None:
            task.cancel()

    with contextlib.suppress(NotImplementedError):  # Windows
        for number in _SIGNALS:
            loop.add_signal_handler(number, end)


async def _warm_up(scheduler: Scheduler) -> None:
    """Load what works load at their first run, so that the few seconds show schedules, not imports."""
    for kind in scheduler.catalog.kinds("works").values():
        if kind.share is not None:
            async with kind.share():
                pass


async def _run_until(scheduler: Scheduler, seconds: float, refresh: Callable[[], None]) -> datetime:
    """Return the moment up to which all must be accounted for: half a second past a due time."""
    start = datetime.now(UTC).replace(microsecond=0)
    until = start + timedelta(seconds=int(seconds), milliseconds=500)
    await _wait(lambda: _reached(until), until + PATIENCE, refresh)
    await _wait(lambda: _decided(scheduler, until), until + PATIENCE, refresh)
    return until


async def _wait(ready: Callable[[], Awaitable[bool]], latest: datetime, refresh: Callable[[], None]) -> None:
    while not await ready() and datetime.now(UTC) < latest:
        refresh()
        await asyncio.sleep(TICK)


async def _reached(moment: datetime) -> bool:
    return datetime.now(UTC) >= moment


async def _decided(scheduler: Scheduler, until: datetime) -> bool:
    """Say whether no job has a due time up to *until* that nobody has decided about."""
    rows = [info.row for info in await all_jobs(scheduler)]
    return all(row.cursor is None or row.cursor > until for row in rows if isinstance(row, StoredJob))


async def _added_up(folder: Path, until: datetime) -> Shown:
    """Open the file anew, as another process would, and compare the timetable with the history."""
    async with Scheduler.from_toml(folder / CONFIG).attach() as opened:
        rows = [info.row for info in await all_jobs(opened) if isinstance(info.row, StoredJob)]
        history = await _whole_history(opened)
    return Shown(tuple(balance(rows, history, until)), tuple(history))


async def _whole_history(scheduler: Scheduler) -> list[Entry]:
    entries: list[Entry] = []
    cursor: str | None = None
    while True:
        page = await scheduler.read(Query(), cursor, PAGE)
        entries.extend(page.entries)
        cursor = page.cursor
        if cursor is None:
            return entries
