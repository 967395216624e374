import asyncio
import sqlite3

import attrs
import pytest

from clockhand.contracts import Cancel, Fire, JobFilter, StoredJob, Unreadable, What
from clockhand.testing.silo_rig import SiloRig, after, end, job, kit_codec
from clockhand.triggers import every
from clockhand_sqlite.plugin import SILO, SqliteOptions


@pytest.fixture
def options(tmp_path):
    """Options for a file in a folder of its own."""
    return SqliteOptions(path=str(tmp_path / "jobs.db"))


def change(options, statement, *values):
    """Change the file behind the silo's back."""
    other = sqlite3.connect(options.path)
    count = other.execute(statement, values).rowcount
    other.commit()
    other.close()
    return count


def dump(options, table):
    """Return the rows of a table as they are, texts as bytes."""
    other = sqlite3.connect(options.path)
    other.text_factory = bytes
    try:
        return other.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
    finally:
        other.close()


HOSTILE = {
    "no JSON": ("definition", "nonsense"),
    "not UTF-8": ("definition", b"\xff\xfe{}"),
    "no text": ("definition", b""),
    "a number": ("definition", 2**62),
    "deep": ("definition", "[" * 100_000),
    "of a newer version": ("definition", '{"v":99,"alias":"bad"}'),
    "of another job": ("definition", None),
    "a huge cursor in the past": ("cursor", -(2**63)),
    "a cursor with a fraction": ("cursor", 1.5),
    "a revision that is a text": ("revision", "one"),
    "a source that is bytes": ("source", b"\x00"),
    "an anchor beyond the years": ("anchor", 2**63 - 1),
    "a reached that is a text": ("reached", "x"),
    "a last that is nothing": ("last", "x"),
    "a last with a huge number": ("last", f"succeeded {'9' * 5_000} 1 "),
    "a last run of bytes": ("last_run", b"\xff"),
    "failures that are a text": ("failed_in_row", "many"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_row_that_cannot_be_read_is_quarantined(options, name):
    """It is kept byte for byte, listed with its reason, told once; the other jobs are due as ever."""
    column, value = HOSTILE[name]

    async def main():
        async with SiloRig(SILO, options) as rig:
            await rig.add(job("a"), job("bad"), job("c"))
            await rig.enlist("ada")
            spoilt = rig.codec.dump(job("other")).text if value is None else value
            assert change(options, f"UPDATE jobs SET {column} = ? WHERE alias = 'bad'", spoilt)
            before = {row[1]: row for row in dump(options, "jobs")}[b"bad"]
            await rig.hush()
            found = await rig.due("ada", 10)
            assert [one.stored.alias for one in found.jobs] == ["a", "c"]
            (told,) = await rig.told()
            assert (told.what, told.job, bool(told.reason)) == (What.JOB_QUARANTINED, "bad", True)
            assert [(one.what, one.job, one.reason) for one in found.entries] == [
                (told.what, "bad", told.reason)
            ]
            assert list((await rig.due("ada", 11)).entries) == []
            assert len(await rig.told()) == 1

            names = columns(options)
            kept = {row[1]: row for row in dump(options, "jobs")}[b"bad"]
            changed = {names[n] for n in range(len(names)) if kept[n] != before[n]}
            assert changed == {"quarantined"}
            (row,) = await rig.silo.list_jobs(JobFilter(quarantined=True))
            assert isinstance(row, Unreadable)
            assert row.reason
            assert row.raw == as_bytes(before[names.index("definition")])
            assert [one.alias for one in await rig.silo.list_jobs(JobFilter())] == ["a", "bad", "c"]
            await every_verb_still_answers(rig)

    asyncio.run(main())


def columns(options):
    """Return the names of what dump() returns of the jobs."""
    other = sqlite3.connect(options.path)
    names = [row[1] for row in other.execute("PRAGMA table_info(jobs)")]
    other.close()
    return names


def as_bytes(value):
    """Return a value as bytes that stand for it."""
    return value if isinstance(value, bytes) else str(value).encode()


async def every_verb_still_answers(rig):
    """Ask each verb for the job that can't be read, beside one that can."""
    silo, both = rig.silo, ["bad", "a"]
    stranger = await silo.add_jobs([job("bad"), job("a")], after(20), "code:other")
    assert [one.what for one in stranger] == ["refused", "refused"]
    assert [one.what for one in await silo.pause_jobs(both, after(20))] == ["refused", "done"]
    assert [one.what for one in await silo.resume_jobs(both, after(21))] == ["refused", "done"]
    assert [one.what for one in await silo.release_jobs(both, after(21))] == ["refused", "unchanged"]
    replies = await silo.modify_jobs([("bad", 1, job("bad", title="x"))], after(21), "code:app")
    assert [one.what for one in replies] == ["refused"]
    assert [one.what for one in await silo.request([Fire("bad"), Fire("a")], after(21))] == [
        "refused",
        "done",
    ]
    assert [one.what for one in await silo.request([Cancel("bad@2026-03-01T09:00:10Z")], after(21))] == [
        "missing"
    ]
    assert await silo.next_due() is not None
    assert [one.what for one in await silo.remove_jobs(both, after(22))] == ["done", "done"]


def test_a_row_that_can_be_read_again_is_released_by_hand(options):
    """Quarantine is no one-way street: what was repaired runs again once somebody says so."""

    async def main():
        async with SiloRig(SILO, options) as rig:
            await rig.add(job())
            await rig.enlist("ada")
            (text,) = [row[columns(options).index("definition")] for row in dump(options, "jobs")]
            change(options, "UPDATE jobs SET definition = 'x'")
            assert list((await rig.due("ada", 10)).jobs) == []
            change(options, "UPDATE jobs SET definition = ?", text.decode())
            assert list((await rig.due("ada", 11)).jobs) == []
            assert (await rig.row()).quarantined
            assert [one.what for one in await rig.silo.release_jobs(["job"], after(12))] == ["done"]
            assert (await rig.right("ada", 12)).stored.cursor == after(10)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("due", "x"),
        ("state", "dancing"),
        ("attempt", 1.5),
        ("not_before", -(2**63)),
        ("lost", "x"),
        ("token", b"x"),
        ("priority", "high"),
        ("failures", 1.5),
    ],
)
def test_an_occurrence_that_cannot_be_read_quarantines_its_job(options, column, value):
    """Its job may be running for all that is known, so it isn't planned; others are."""

    async def main():
        async with SiloRig(SILO, options) as rig:
            await rig.add(job("bad"), job("good"))
            await rig.enlist("ada")
            await rig.queue("ada", 10, "bad")
            await rig.queue("ada", 10, "good")
            change(options, f"UPDATE occurrences SET {column} = ? WHERE job = 'bad'", value)
            await rig.hush()
            found = await rig.due("ada", 20)
            assert [one.stored.alias for one in found.jobs] == ["good"]
            assert [one.job.alias for one in found.claims] == ["good"]
            assert [(one.what, one.job) for one in await rig.told()] == [(What.JOB_QUARANTINED, "bad")]
            (row,) = await rig.silo.get_jobs(["bad"])
            assert isinstance(row, StoredJob)
            assert "can't be read" in row.quarantined
            assert await rig.silo.settle([end(found.claims[0], 21)], after(21)) == [()]
            assert [one.what for one in await rig.silo.remove_jobs(["bad"], after(22))] == ["done"]

    asyncio.run(main())


def test_a_job_that_became_unreadable_while_it_ran_can_end(options):
    """The end is on record and the occurrence closed, though the row can't be read any more."""

    async def main():
        async with SiloRig(SILO, options) as rig:
            await rig.add(job())
            await rig.enlist("ada")
            claim = await rig.run("ada", 10)
            change(options, "UPDATE jobs SET definition = 'x'")
            await rig.hush()
            assert await rig.silo.settle([end(claim, 11)], after(11)) == [()]
            assert [one.what for one in await rig.told()] == [What.RUN_ENDED]
            assert change(options, "DELETE FROM occurrences") == 0

    asyncio.run(main())


def test_an_alias_that_is_no_text_does_not_go_round_in_circles(options):
    """A page ends, and the next one begins after it, whatever aliases a file holds."""

    async def main():
        async with SiloRig(SILO, options) as rig:
            await rig.add(job("a"), job("z"))
            for raw in (b"\xff", b"\x80", b"z\xc3"):
                change(
                    options,
                    "INSERT INTO jobs (alias, definition, work, executor, revision, source, anchor, cursor)"
                    " VALUES (CAST(? AS TEXT), 'x', 'note', 'async', 1, 's', 0, 0)",
                    raw,
                )
            found, last = [], ""
            while page := await rig.silo.list_jobs(JobFilter(), last, 1):
                found.append(page[-1].alias)
                last = page[-1].alias
                assert len(found) < 10
            assert found[:2] == ["a", "z"]
            assert len(await rig.silo.list_jobs(JobFilter())) == 5
            await rig.enlist("ada")
            assert [one.stored.alias for one in (await rig.due("ada", 10)).jobs] == ["a", "z"]

    asyncio.run(main())


def test_a_codec_that_knows_less_leaves_the_rest_to_others(options):
    """A job with a trigger kind that this process doesn't have isn't handed out, nor does it hide others."""

    async def main():
        async with SiloRig(SILO, options) as rig:
            await rig.add(*(job(f"a{n}") for n in range(5)), job("b", every(seconds=10, anchor=after(0))))
            await rig.reopen(codec=kit_codec(without="every"))
            await rig.enlist("ada")
            assert list((await rig.due("ada", 10, limit=2)).jobs) == []
            assert await rig.silo.next_due() == after(10)
            await rig.reopen(codec=kit_codec())
            assert len((await rig.due("ada", 10)).jobs) == 6
            assert attrs.asdict(await rig.row("a0"))["quarantined"] == ""

    asyncio.run(main())
