"""The desk: what goes wrong with one job is said to who asked, and keeps no other from running."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import UTC, datetime

import attrs
import pytest

from clockhand import Job, Scheduler, at, call, every, use
from clockhand.contracts import NO_FACTS, Kind, Query, StatusWord, Timer, Verdict, What
from clockhand.errors import DefinitionError, JobNotFound, JobRefused, StateError
from clockhand.hookspecs import hookimpl
from clockhand.msgs import AddJob, AddSilo, CancelRun, GetJob, ListJobs, ModifyJob, ReleaseJob, RemoveJob

START = datetime(2026, 1, 1, tzinfo=UTC)
FAR = START.replace(year=2030)


async def nothing() -> None:
    """Do nothing."""


@attrs.frozen
class Odd(Timer):
    """A timer with a bug of its author's choice."""

    bug: str

    def next_after(self, moment, facts=NO_FACTS):
        """Raise, or answer what isn't later."""
        if self.bug == "raises":
            raise ZeroDivisionError("by nought")
        return moment

    def last_before(self, moment, *, since, facts=NO_FACTS):
        """Answer nothing."""

    def count(self, first, last, facts=NO_FACTS):
        """Answer nothing."""


class Plugin:
    """A plugin that offers it."""

    @hookimpl
    def clockhand_triggers(self):
        """Return it."""
        return [Kind(name="odd", summary="", options=Odd)]


@pytest.mark.parametrize(
    ("bug", "text"),
    [
        ("raises", "job 'odd': triggers: .* raised ZeroDivisionError: by nought"),
        ("stands", "job 'odd': triggers: .* which is not later"),
    ],
)
def test_a_timer_with_a_bug_is_refused_when_its_job_is_made(make, virtual, bug, text):
    """A timer that raises, or doesn't move on, is an error of the one who adds the job."""
    job = Job(alias="odd", work=call(nothing), triggers=Odd(bug))

    async def declared():
        scheduler = make(plugins=[Plugin()])
        scheduler.add(job)
        await scheduler.startup()

    async def added():
        async with make(plugins=[Plugin()]) as scheduler:
            await scheduler.act(AddJob(job))

    for main in (declared, added):
        with pytest.raises(DefinitionError, match=text):
            virtual(main)


@pytest.mark.parametrize(
    ("wreck", "word"), [("{", StatusWord.SUCCESS), ('{"v": 99}', StatusWord.QUARANTINED)]
)
def test_a_declared_job_that_can_not_be_read(make, virtual, tmp_path, caplog, wreck, word):
    """
    A row that can't be read keeps no other job from running.

    Its own source's definition takes its place, and what it held is on record; but a row of a newer
    clockhand stays as it is, with a warning.
    """
    path = tmp_path / "jobs.db"

    def scheduler() -> Scheduler:
        made = make(silo=use("sqlite", path=str(path)), modules=["textwrap"])
        for alias in ("broken", "well"):
            made.add(Job(alias=alias, work=call("textwrap:dedent", "x"), triggers=every(minutes=1)))
        return made

    async def main():
        async with scheduler():
            pass
        with sqlite3.connect(path) as file:
            file.execute("UPDATE jobs SET definition = ? WHERE alias = 'broken'", (wreck,))
        file.close()
        async with scheduler() as second:
            await asyncio.sleep(61)
            jobs = await second.act(ListJobs())
            if word is StatusWord.QUARANTINED:
                with pytest.raises(JobRefused, match="job 'broken' still can't be read"):
                    await second.act(ReleaseJob("broken"))
                with pytest.raises(JobRefused, match="quarantine"):
                    await second.act(ModifyJob("broken", {"title": "x"}))
            page = await second.read(Query(whats=frozenset({What.JOB_UPDATED})))
            return {info.alias: info.status.word for info in jobs}, [one.reason for one in page.entries]

    words, reasons = virtual(main)
    assert words == {"broken": word, "well": StatusWord.SUCCESS}
    if word is StatusWord.QUARANTINED:
        assert "job 'broken' is in quarantine" in caplog.text
        assert reasons == []
    else:
        (reason,) = reasons
        assert reason.endswith("): {")


def test_a_job_in_two_silos_must_be_asked_for_by_silo(make, virtual):
    """An alias that two silos have is ambiguous; with the silo it isn't."""
    job = Job(alias="twin", work=call(nothing), triggers=at(START.replace(year=2030)))

    async def main():
        async with make() as scheduler:
            await scheduler.act(AddSilo("other", "memory"))
            await scheduler.act(AddJob(job))
            await scheduler.act(AddJob(job, silo="other"))
            with pytest.raises(
                StateError, match=r"job 'twin': in several silos .'default', 'other'.; name one"
            ):
                await scheduler.act(RemoveJob("twin"))
            await scheduler.act(RemoveJob("twin", silo="other"))
            info = await scheduler.act(GetJob("twin"))
            return info.silo

    assert virtual(main) == "default"


def test_what_is_not_there_is_said(make, virtual):
    """An unknown occurrence, and a text that isn't a key, are errors that say so."""

    async def main():
        async with make() as scheduler:
            await scheduler.act(AddJob(Job(alias="tick", work=call(nothing), triggers=every(hours=1))))
            with pytest.raises(JobNotFound, match="no open occurrence 'tick@2026-01-01T00:00:00Z'"):
                await scheduler.act(CancelRun("tick@2026-01-01T00:00:00Z"))
            with pytest.raises(DefinitionError, match="occurrence: not a key, given 'tick'"):
                await scheduler.act(CancelRun("tick"))

    virtual(main)


def test_a_job_that_is_no_longer_declared_is_named_at_the_start(make, virtual, tmp_path, caplog):
    """What vanished from the source goes on, and a warning says so; what has finished is not named."""
    silo = use("sqlite", path=str(tmp_path / "jobs.db"))

    async def start(*aliases):
        scheduler = make(silo=silo, name="shop", modules=["textwrap"])
        for alias in aliases:
            timer = at(START) if alias == "once" else every(minutes=1)
            scheduler.add(Job(alias=alias, work=call("textwrap:dedent", "x"), triggers=timer))
        async with scheduler:
            await asyncio.sleep(5)

    async def main():
        await start("once", "kept", "gone")
        assert "no longer declared" not in caplog.text
        await start("kept")

    virtual(main)
    assert "no longer declared by code:shop, and going on as before: gone; remove" in caplog.text


def test_several_runs_are_cancelled_together(make, virtual):
    """What waits and what runs, in one transaction; what has ended is missing, no other job is touched."""

    async def main():
        async with make() as scheduler:
            await scheduler.add_job(
                Job(alias="job", work=call(asyncio.sleep, 999), triggers=at(FAR), overlap="queue-all")
            )
            await scheduler.add_job(Job(alias="other", work=call(asyncio.sleep, 999), triggers=at(FAR)))
            keys = [(await scheduler.fire_job("job")).key for _ in range(4)]
            other = (await scheduler.fire_job("other")).key
            await asyncio.sleep(1)
            with pytest.raises(DefinitionError, match="keys: not of job 'job', given 'other!"):
                await scheduler.cancel_runs("job", [*keys, other])
            answers = await scheduler.cancel_runs("job", [*keys[::-1], "job!none"], by="ada")
            await asyncio.sleep(1)
            page = await scheduler.read(Query(verdicts=frozenset({Verdict.CANCELLED})))
            return keys, answers, page.entries, (await scheduler.snapshot())["open"]

    keys, answers, entries, left = virtual(main)
    assert [answer.what for answer in answers] == ["done"] * 4 + ["missing"]
    assert sorted(entry.occurrence for entry in entries) == sorted(keys)
    assert [one["job"] for one in left] == ["other"]
