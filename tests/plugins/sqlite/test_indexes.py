"""Each question of a turn is answered by an index, and costs nothing for what it isn't about."""

import asyncio
import sqlite3
from datetime import timedelta

import attrs
import pytest

from clockhand.contracts import Claim, OpenState
from clockhand.testing.silo_rig import ROOM, WORKS, SiloRig, after, end, job, plan
from clockhand.triggers import every
from clockhand_sqlite import claiming, due, handing, jobs, occurrences, schema
from clockhand_sqlite.asker import Ask
from clockhand_sqlite.plugin import SILO, SqliteOptions

ASK = Ask(owner="ada", now=after(10), room=ROOM, works=WORKS, limit=100)
VALUES = ASK.values("async") | {"after": 0, "life": 1}


@pytest.fixture
def options(tmp_path):
    """Options for a file in a folder of its own."""
    return SqliteOptions(path=str(tmp_path / "jobs.db"))


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (due.DUE, "jobs_due"),
        (due.ASKING, "occurrences_in_line"),
        (claiming.READY, "occurrences_ready"),
        (handing.NEXT[0], "jobs_due"),
        (handing.NEXT[1], "occurrences_in_line"),
        (handing.NEXT[2], "occurrences_in_line"),
        (handing.NEXT[3], "occurrences_in_line"),
        (jobs.KEPT_BY_ALIAS, "sqlite_autoindex_jobs"),
        (jobs.KEPT_BY_ID, "INTEGER PRIMARY KEY"),
        (occurrences.PROMOTE, "occurrences_in_line"),
        ("SELECT * FROM occurrences WHERE job IN (SELECT value FROM json_each(:works))", "PRIMARY KEY"),
        ("SELECT * FROM occurrences WHERE key > :owner AND job = :owner ORDER BY key", "PRIMARY KEY"),
        ("UPDATE occurrences SET line = NULL WHERE job = :owner", "PRIMARY KEY"),
        ("DELETE FROM occurrences WHERE job = :owner AND key = :executor", "PRIMARY KEY"),
        ("DELETE FROM jobs WHERE alias = :owner", "sqlite_autoindex_jobs"),
        (
            "SELECT token FROM occurrences WHERE cancel AND owner = :owner AND state = 'running'",
            "occurrences_cancelled",
        ),
        ("SELECT body FROM history WHERE position > :now ORDER BY position", "INTEGER PRIMARY KEY"),
        ("SELECT body FROM history WHERE job IN (SELECT value FROM json_each(:works))", "history_of_job"),
        ("SELECT body FROM history WHERE job = :owner ORDER BY position DESC", "history_of_job"),
        ("SELECT name, expires FROM owners WHERE dead = 0 AND name <> :owner", "owners_alive"),
        ("SELECT body FROM history WHERE occurrence = :owner AND occurrence <> ''", "history_of_occurrence"),
        ("SELECT position FROM history WHERE at < :now ORDER BY at LIMIT 5", "history_at"),
        ("SELECT seq FROM history WHERE appended AND life = :life AND seq BETWEEN 1 AND 9", "_appended"),
    ],
)
def test_no_query_looks_at_everything(query, index):
    """Nothing is scanned, and nothing sorted."""
    file = sqlite3.connect(":memory:")
    for step in schema.STEPS:
        for statement in step:
            file.execute(statement)
    values = VALUES if ":" in query else ("[]",)
    steps = [row[3] for row in file.execute(f"EXPLAIN QUERY PLAN {query}", values)]
    file.close()
    assert any(index in step for step in steps), steps
    tables = {"j", "o", "r", "jobs", "occurrences", "history", "owners"}
    scanned = [step for step in steps if step.split()[0] == "SCAN" and step.split()[1] in tables]
    assert all("USING" in step and "INDEX" in step for step in scanned), steps
    assert not any("TEMP B-TREE" in step for step in steps), steps


async def steps_of_a_turn(rig, at=100, **ask):
    """Return how many steps SQLite takes to say what is due, and when the next thing is."""
    count = 0

    def one():
        nonlocal count
        count += 1

    file = rig.silo._file
    await file._worker.call(lambda: file._open.set_progress_handler(one, 1))
    found = await rig.due("ada", at, **ask)
    await rig.silo.next_due(after(at))
    await file._worker.call(lambda: file._open.set_progress_handler(None, 1))
    return count, found


def test_what_is_not_due_costs_nothing(options):
    """With 5,000 jobs that sleep, are paused or are finished, a turn takes as many steps as with none."""

    async def main():
        async with SiloRig(SILO, options) as rig:
            await rig.enlist("ada")
            empty, _ = await steps_of_a_turn(rig)
            await rig.add(*(job(f"later{n}", every(hours=1)) for n in range(2_500)))
            await rig.add(*(job(f"paused{n}") for n in range(2_500)))
            await rig.silo.pause_jobs([f"paused{n}" for n in range(2_500)], after(1))
            several, found = await steps_of_a_turn(rig)
            assert (list(found.jobs), list(found.claims)) == ([], [])
            assert several < empty + 500

    asyncio.run(main())


async def opened(rig, alias, count, **fields):
    """Plan a job once, with *count* occurrences that are as *fields* say."""
    right = await rig.right("ada", 10, alias)
    made = plan(right, "ada", 10)
    (first,) = made.occurrences
    blank = attrs.evolve(first, owner="", started=None, **fields)
    made.occurrences = [attrs.evolve(blank, key=f"{alias}!{n}") for n in range(count)]
    made.entries = ()
    await rig.take(made, 10)


READY = {"state": OpenState.PLANNED}
HOUR = {"not_before": after(3_600), "state": OpenState.PLANNED}


@pytest.mark.parametrize(
    ("fields", "paused"),
    [(HOUR, False), (HOUR | {"priority": 9}, False), ({"state": OpenState.QUEUED}, False), (READY, True)],
    ids=["waits for its moment", "waits with a high priority", "is queued", "is paused"],
)
def test_what_cannot_start_yet_costs_nothing(options, fields, paused):
    """With 2,000 occurrences that wait for something else a turn takes as many steps as with one."""

    async def main():
        async with SiloRig(SILO, options) as rig:
            await rig.enlist("ada", lease=timedelta(days=1))
            await rig.add(job("few"), job("many"), job("ready", overlap="parallel"))
            await opened(rig, "ready", 4, **READY)

            async def turn(alias, count):
                await opened(rig, alias, count, **fields)
                if paused:
                    await rig.silo.pause_jobs([alias], after(11))
                await steps_of_a_turn(rig, 12, room={"async": 0})
                steps, found = await steps_of_a_turn(rig, 12, room={"async": 1})
                assert [claim.job.alias for claim in found.claims] == ["ready"]
                return steps

            few = await turn("few", 1)
            assert await turn("many", 2_000) < few + 100

    asyncio.run(main())


def test_those_that_wait_for_room_are_looked_at_once(options):
    """Of 2,000 that stand in line each turn looks at as many as there is room for."""

    async def main():
        async with SiloRig(SILO, options) as rig:
            await rig.enlist("ada", lease=timedelta(days=1))
            await rig.add(job("many", overlap="parallel"))
            await opened(rig, "many", 2_000, state=OpenState.PLANNED)
            await steps_of_a_turn(rig, 11, room={"async": 1})
            steps, found = await steps_of_a_turn(rig, 11, room={"async": 1})
            assert len(found.claims) == 1
            assert steps < 5_000

    asyncio.run(main())


def test_a_turn_asks_as_much_for_many_rows_as_for_few(options):
    """What is read for 500 jobs is read in as many statements as for five; and start, settle read no rows."""

    async def main():
        async with SiloRig(SILO, options) as rig:
            await rig.add(*(job(f"j{n}") for n in range(510)))
            await rig.enlist("ada", lease=timedelta(hours=1))
            statements = []
            file = rig.silo._file
            await file._worker.call(lambda: file._open.set_trace_callback(statements.append))

            def asked():
                found = [text for text in statements if text.lstrip().startswith("SELECT")]
                statements.clear()
                return found

            async def turn(limit):
                found = (await rig.due("ada", 10, room={"async": limit}, limit=limit)).jobs
                due = asked()
                claims = await rig.silo.start([plan(one, "ada", 10) for one in found], after(10))
                assert [type(one) for one in claims] == [Claim] * limit
                await rig.silo.settle([end(one, 11) for one in claims], after(11))
                return len(due), asked()

            await turn(5)
            (few, _), (many, rest) = await turn(5), await turn(500)
            assert many == few < 10
            assert not [text for text in rest if "FROM jobs" in text or "FROM occurrences" in text]

    asyncio.run(main())
