"""
The floor in SQLite, written by hand: the due rows in batches, a task and a ledger row for each run.

A batch is taken off the schedule in one commit before it runs, and is in the ledger with another one
afterwards. WAL and synchronous=NORMAL, as clockhand has it; no leases, no tokens, no policies.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from contestants.stopwatch import measured
from contestants.workload import FUTURE, PAST, TALLY, noop

TABLES = """
CREATE TABLE jobs (alias TEXT PRIMARY KEY, definition TEXT NOT NULL, cursor INTEGER);
CREATE INDEX due ON jobs (cursor) WHERE cursor IS NOT NULL;
CREATE TABLE ledger (
    id INTEGER PRIMARY KEY, job TEXT, due INTEGER, started INTEGER, ended INTEGER, verdict TEXT
);
"""
Definition = dict[str, Any]


@contextmanager
def _database() -> Iterator[sqlite3.Connection]:
    """Open a new file, in autocommit: transactions are begun and ended by hand."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(sqlite3.connect(Path(folder) / "jobs.db", isolation_level=None)) as connection,
    ):
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(TABLES)
        yield connection


def _jobs(number: int, first: datetime, step: int) -> list[Definition]:
    return [
        {
            "alias": f"job-{index}",
            "work": {"use": "python", "function": "contestants.workload:noop"},
            "at": int(first.timestamp()) + step * index,
            "executor": "async",
        }
        for index in range(number)
    ]


def _insert(connection: sqlite3.Connection, jobs: Sequence[Definition], batch: int) -> None:
    for start in range(0, len(jobs), batch):
        rows = [(job["alias"], json.dumps(job), job["at"]) for job in jobs[start : start + batch]]
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO jobs VALUES (?, ?, ?)", rows)
        connection.execute("COMMIT")


async def _run() -> tuple[int, int]:
    started = time.time_ns()
    await noop()
    return started, time.time_ns()


async def drain(number: int, batch: int) -> dict[str, float]:
    """Run what is due, until the file is closed."""
    TALLY.expect(number)
    with _database() as connection:
        _insert(connection, _jobs(number, PAST, 0), number)
        with measured() as lap:
            while await _turn(connection, batch):
                pass
            connection.close()
    return {"rate": number / lap.seconds}


async def _turn(connection: sqlite3.Connection, batch: int) -> int:
    """Run one batch of what is due; return how many that were."""
    due = connection.execute(
        "SELECT alias, cursor FROM jobs WHERE cursor <= ? ORDER BY cursor LIMIT ?", (int(time.time()), batch)
    ).fetchall()
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany("UPDATE jobs SET cursor = NULL WHERE alias = ?", [(alias,) for alias, _ in due])
    connection.execute("COMMIT")
    runs = await asyncio.gather(*(asyncio.create_task(_run()) for _ in due))
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(
        "INSERT INTO ledger (job, due, started, ended, verdict) VALUES (?, ?, ?, ?, 'succeeded')",
        [(alias, cursor, *run) for (alias, cursor), run in zip(due, runs, strict=True)],
    )
    connection.execute("COMMIT")
    return len(due)


async def add(number: int, batch: int) -> dict[str, float]:
    """Insert jobs, each definition as JSON."""
    jobs = _jobs(number, FUTURE, 1)
    with _database() as connection, measured() as lap:
        _insert(connection, jobs, batch)
    return {"rate": number / lap.seconds}
