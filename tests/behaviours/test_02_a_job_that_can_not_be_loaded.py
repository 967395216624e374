"""2. A job that can't be loaded here is neither destroyed nor in the way of others."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from accounts import covered, grid
from storeroom import Store

from clockhand import Job, RunContext, Work, call, every
from clockhand.contracts import Kind, StatusWord, Trigger, What
from clockhand.errors import JobRefused
from clockhand.events import JobQuarantined
from clockhand.hookspecs import hookimpl
from clockhand.triggers import Every

START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


async def renamed() -> None:
    """Be missing in the process that doesn't register it."""


async def well() -> None:
    """Be there everywhere."""


@attrs.frozen
class Chime(Work):
    """A work of a kind that not every process has."""

    async def func(self, context: RunContext, /) -> None:
        """Do nothing."""


@attrs.frozen
class Tides(Every):
    """A timer of a kind that not every process has."""


class Chimes:
    """The plugin that offers both."""

    @hookimpl
    def clockhand_works(self):
        """Return the work."""
        return [Kind[Work]("chime", "", Chime)]

    @hookimpl
    def clockhand_triggers(self):
        """Return the timer."""
        return [Kind[Trigger]("tides", "", Tides)]


CASES = {
    "function": (call(renamed), every(minutes=1), r"function '.*:renamed' isn't registered here"),
    "work": (Chime(), every(minutes=1), "work 'chime'"),
    "trigger": (call(well), Tides(MINUTE), "trigger 'tides': no plugin here offers it"),
}
OTHER = Job(alias="other", work=call(well), triggers=every(minutes=1))


HOMES = [("memory", "function"), *(("sqlite", case) for case in CASES)]
"""In the memory of one process a work and a timer are themselves, and need no kind to be read."""


@pytest.mark.parametrize(("store", "case"), HOMES, indirect=["store"])
def test_it_waits_here_and_runs_where_it_can(make, store, virtual, caplog, case):
    """
    Nothing is written, nothing claimed, and it is listed with the reason; another process runs it.

    The log names it as the process starts.
    """
    work, timer, reason = CASES[case]
    job = Job(alias="job", work=work, triggers=timer)

    async def main():
        async with make(plugins=[Chimes()]) as full:
            await full.add_job(job)
            before = await store.row("job")
        caplog.clear()
        async with make() as poor:
            assert re.search("waiting for who can run them: job \\(.*" + reason, caplog.text)
            await poor.add_job(OTHER)
            await asyncio.sleep(5 * 60 + 0.5)
            (info,) = [info for info in await poor.list_jobs() if info.alias == "job"]
            assert re.search(reason, info.unresolved)
            assert await store.row("job") == before
            async with store.opened() as (silo, _):
                assert await silo.list_open(["job"]) == []
            first = await store.ledger()
            rich = make(plugins=[Chimes()], name="rich")
            rich.add(job.modify(alias="mine"))
            async with rich:
                await asyncio.sleep(60)
        return first, await store.ledger()

    first, entries = virtual(main)
    assert [entry.what for entry in first if entry.job == "job"] == [What.JOB_ADDED]
    assert len(covered(first, "other", MINUTE)) == 5
    told = [(str(entry.verdict), entry.count) for entry in entries if entry.job == "job" and entry.verdict]
    assert told == [("coalesced", 4), ("succeeded", 1), ("succeeded", 1)]
    assert covered(entries, "job", MINUTE) == grid(START + MINUTE, START + 6 * MINUTE, MINUTE)


def test_a_function_that_is_registered_again_runs_again(make, store, virtual):
    """The process that had lost it goes on by itself, with what it missed caught up with."""

    async def main():
        async with make() as full:
            await full.add_job(Job(alias="job", work=call(renamed), triggers=every(minutes=1)))
        async with make() as poor:
            await asyncio.sleep(5 * 60 + 0.5)
            assert (await poor.get_job("job")).unresolved
            await poor.add_job(Job(alias="mine", work=call(renamed), triggers=every(hours=1)))
            await asyncio.sleep(2)
            info = await poor.get_job("job")
            return info, await store.ledger()

    info, entries = virtual(main)
    assert (info.unresolved, info.status.word) == ("", StatusWord.SUCCESS)
    assert covered(entries, "job", MINUTE) == grid(START + MINUTE, START + 5 * MINUTE, MINUTE)


class Damaged:
    """A store in a file, and a hand to damage and mend the definition of a job in it."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def definition(self, new: bytes | None = None) -> bytes:
        """Return what is kept of `job`, after writing *new* into its place."""
        file = sqlite3.connect(self.store.path)
        try:
            if new is not None:
                file.execute("UPDATE jobs SET definition = CAST(? AS TEXT) WHERE alias = 'job'", (new,))
                file.commit()
            query = "SELECT CAST(definition AS BLOB) FROM jobs WHERE alias = 'job'"
            return file.execute(query).fetchone()[0]
        finally:
            file.close()


@pytest.fixture
def damaged(tmp_path, clock):
    """A store in a file, to be damaged."""
    return Damaged(Store("sqlite", tmp_path, clock))


def newer(text: bytes) -> bytes:
    """Return the definition as a newer clockhand would write it."""
    return json.dumps({**json.loads(text), "v": 99, "shiny": True}).encode()


def cut(text: bytes) -> bytes:
    """Return the definition as half a write leaves it."""
    return text[: len(text) // 2]


def junk(_text: bytes) -> bytes:
    """Return what was never a definition, and no UTF-8 either."""
    return b"\xff\xfe\x00 rubbish"


@pytest.mark.parametrize(
    ("wreck", "reason"),
    [(newer, "of version 99, this clockhand reads up to 1"), (cut, "not JSON"), (junk, "not UTF-8")],
)
def test_a_row_that_can_not_be_read_is_quarantined(damaged, virtual, wreck, reason):
    """
    Byte for byte as it was, with the reason and an event; others go on; release brings it back.

    Not even a program that lists its jobs, stops, or is started anew touches it.
    """
    heard = []

    async def main():
        async with damaged.store.scheduler() as first:
            first.subscribe(heard.append)
            await first.add_job(Job(alias="job", work=call(well), triggers=every(minutes=1)))
            await first.add_job(OTHER)
            await asyncio.sleep(61)
            sound = damaged.definition()
            wrecked = damaged.definition(wreck(sound))
            await asyncio.sleep(3 * 60)
            info = await first.get_job("job")
            listed = {one.alias: one.status.word for one in await first.list_jobs()}
            assert listed["job"] is StatusWord.QUARANTINED
            with pytest.raises(JobRefused, match="job 'job' still can't be read: .*" + reason):
                await first.release_job("job")
        second = damaged.store.scheduler()
        for one in (call(well), call(renamed)):
            second.add(Job(alias=one.function.rpartition(":")[2], work=one, triggers=every(hours=9)))
        async with second:
            await asyncio.sleep(60)
            assert damaged.definition() == wrecked
            damaged.definition(sound)
            assert (await second.get_job("job")).status.word is StatusWord.QUARANTINED
            await second.release_job("job")
            await asyncio.sleep(60)
            return info, (await second.get_job("job")).status, await damaged.store.ledger()

    info, status, entries = virtual(main)
    assert info.status.word is StatusWord.QUARANTINED
    assert reason in info.status.reason
    assert status.word is StatusWord.SUCCESS
    quarantined, released = (
        [entry for entry in entries if entry.what is what]
        for what in (What.JOB_QUARANTINED, What.JOB_RELEASED)
    )
    assert (len(quarantined), len(released)) == (1, 1)
    assert reason in quarantined[0].reason
    (event,) = [event for event in heard if isinstance(event, JobQuarantined)]
    assert (event.job, event.silo, event.reason) == ("job", "default", quarantined[0].reason)
    last = START + 6 * MINUTE
    assert covered(entries, "other", MINUTE) == grid(START + MINUTE, last, MINUTE)
    assert covered(entries, "job", MINUTE) == grid(START + MINUTE, last, MINUTE)
