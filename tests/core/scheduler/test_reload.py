"""Reload, Snapshot and Restore: what is declared anew, and what is put back."""

from __future__ import annotations

import asyncio
import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhand import Job, Scheduler, at, call, every
from clockhand._engine.restoring import from_json
from clockhand.contracts import OpenState
from clockhand.errors import ConfigError, DefinitionError, JobRefused, StateError
from clockhand.msgs import AddJob, FireJob, GetJob, ListJobs, PauseJob, Reload, RemoveJob, Restore, Snapshot
from clockhand.plugins import installed

START = datetime(2026, 1, 1, tzinfo=UTC)

FILE = """
[silo.default]
use = "memory"

[jobs.kept]
every = "1h"
work = {use = "system", program = "true"}

[jobs.changed]
every = "1h"
work = {use = "system", program = "true"}

[jobs.gone]
every = "1h"
work = {use = "system", program = "true"}
"""


@pytest.fixture
def file(tmp_path):
    """A configuration file."""
    path = tmp_path / "service.toml"
    path.write_text(FILE)
    return path


def edited(text: str) -> str:
    """Return the file with one job changed, one gone and one more."""
    text = text.replace('[jobs.changed]\nevery = "1h"', '[jobs.changed]\nevery = "2h"')
    return text.replace("[jobs.gone]", "[jobs.more]")


def aliases(infos) -> list[str]:
    """Return the aliases."""
    return [info.alias for info in infos]


@pytest.mark.parametrize("retire", [False, True])
def test_a_reload_says_what_became_of_each_job(retire, file, clock, virtual):
    """Created, updated, unchanged; what is gone goes on unless it is to be retired."""

    async def main():
        async with Scheduler.from_toml(file, clock=clock) as scheduler:
            await scheduler.pause_job("kept")
            file.write_text(edited(FILE))
            reloaded = await scheduler.reload(retire=retire)
            rows = {info.alias: info.row for info in await scheduler.list_jobs()}
            again = await scheduler.reload()
            return reloaded, rows, again

    reloaded, rows, again = virtual(main)
    assert reloaded.created == ("more",)
    assert reloaded.updated == ("changed",)
    assert reloaded.unchanged == ("kept",)
    assert (reloaded.retired, reloaded.left) == ((("gone",), ()) if retire else ((), ("gone",)))
    assert reloaded.restart == ()
    assert sorted(rows) == (["changed", "kept", "more"] if retire else ["changed", "gone", "kept", "more"])
    assert rows["kept"].paused
    assert rows["changed"].job.timer == every(hours=2)
    assert again.unchanged == ("changed", "kept", "more")


def test_a_mistake_in_the_file_changes_nothing(file, clock, virtual):
    """It is said as at the start, and all goes on as before."""

    async def main():
        async with Scheduler.from_toml(file, clock=clock) as scheduler:
            file.write_text(edited(FILE).replace('program = "true"', 'progam = "true"', 1))
            with pytest.raises(
                ConfigError, match=r"service\.toml: jobs\.kept\.work: unknown option 'progam'"
            ):
                await scheduler.reload()
            file.write_text(edited(FILE) + 'executor = "elsewhere"')
            with pytest.raises(ConfigError, match="unknown executor 'elsewhere'"):
                await scheduler.reload()
            file.unlink()
            with pytest.raises(ConfigError, match=r"service\.toml: can't be read"):
                await scheduler.reload()
            return aliases(await scheduler.list_jobs())

    assert virtual(main) == ["changed", "gone", "kept"]


def test_a_job_that_somebody_else_has_changes_nothing(file, clock, virtual):
    """A reload that declares a job of another source is refused before any of it is taken."""

    async def main():
        async with Scheduler.from_toml(file, clock=clock) as scheduler:
            theirs = Job(alias="more", work=call(print), triggers=every(hours=1))
            await scheduler.add_job(theirs)
            file.write_text(edited(FILE))
            with pytest.raises(JobRefused, match="job 'more'"):
                await scheduler.act(Reload(retire=True))
            changed = await scheduler.get_job("changed")
            return aliases(await scheduler.list_jobs()), changed.row.revision

    assert virtual(main) == (["changed", "gone", "kept", "more"], 1)


def test_what_only_a_start_can_take_up_is_named(file, clock, virtual):
    """Other tables than jobs and defaults wait for the next start."""

    async def main():
        async with Scheduler.from_toml(file, clock=clock) as scheduler:
            file.write_text(FILE + '\n[scheduler]\nlease = "30s"\n[defaults]\nretries = 2\n')
            reloaded = await scheduler.reload()
            return reloaded, (await scheduler.get_job("kept")).row.job.retries

    reloaded, retries = virtual(main)
    assert reloaded.restart == ("scheduler",)
    assert reloaded.updated == ("changed", "gone", "kept")
    assert retries.attempts == 3


def test_a_scheduler_made_in_code_has_no_file(make, virtual):
    """It says so."""

    async def main():
        async with make() as scheduler:
            with pytest.raises(StateError, match="made in code"):
                await scheduler.act(Reload())

    virtual(main)


def test_a_declared_job_can_be_removed_once_it_is_not_declared_any_more(file, clock, virtual):
    """While it is, only with force: it would come back."""

    async def main():
        async with Scheduler.from_toml(file, clock=clock) as scheduler:
            with pytest.raises(JobRefused, match=r"declared by 'config:service\.toml'"):
                await scheduler.remove_job("gone")
            file.write_text(edited(FILE))
            await scheduler.reload()
            await scheduler.act(RemoveJob("gone"))
            await scheduler.remove_job("kept", force=True)
            return aliases(await scheduler.list_jobs())

    assert virtual(main) == ["changed", "more"]


async def sleep(seconds: float) -> None:
    """Sleep."""
    await asyncio.sleep(seconds)


def job(alias: str, seconds: float = 0, **fields) -> Job:
    """Return a job that is due each minute and takes that long."""
    fields.setdefault("triggers", every(minutes=1, anchor=START))
    return Job(alias=alias, work=call(sleep, seconds), **fields)


def test_a_snapshot_puts_all_of_it_back(make, virtual, clock):
    """Definitions, cursors, pauses and last verdicts; and what was running comes again."""

    async def main():
        async with make() as scheduler:
            await scheduler.add_jobs([job("long", 500), job("plain"), job("paused"), job("once", 500)])
            await scheduler.modify_job("once", delivery="at-most-once")
            await asyncio.sleep(61)
            await scheduler.act(PauseJob("paused", "spring", "ada"))
            await scheduler.act(FireJob("long"))
            data = json.loads(json.dumps(await scheduler.act(Snapshot())))
            before = await scheduler.act(ListJobs())
        other = make()
        async with other:
            restored = await other.restore(data)
            again = await other.list_jobs()
            opened = {one.key: one for one in await open_of(other)}
            with pytest.raises(JobRefused, match="silo 'default' is not empty; restore with merge"):
                await other.act(Restore(data))
            merged = await other.act(Restore(data, merge=True))
            return data, before, restored, again, opened, merged

    data, before, restored, again, opened, merged = virtual(main)
    assert data["schema"] == 1
    assert (restored.created, restored.kept) == (4, ())
    kept = ("job", "source", "anchor", "cursor", "reached", "paused", "failed_in_row")
    for old, new in zip(before, again, strict=True):
        assert [getattr(old.row, name) for name in kept] == [getattr(new.row, name) for name in kept]
    assert next(info.row for info in again if info.alias == "plain").last.verdict == "succeeded"
    assert next(info.row for info in again if info.alias == "once").last.verdict == "lost"
    one = opened["long@2026-01-01T00:01:00Z"]
    assert (one.attempt, one.deaths) == (2, 1)
    assert merged.created == 0
    assert merged.kept == ("long", "once", "paused", "plain")


async def open_of(scheduler):
    """Return what has no verdict yet."""
    return await scheduler._service.stores.silos["default"].silo.list_open()


def test_a_restored_run_goes_on_as_the_next_attempt(make, virtual):
    """It is planned, so it starts at once, under a token of its own."""

    async def main():
        async with make() as scheduler:
            await scheduler.add_job(job("long", 500, triggers=at(START + timedelta(seconds=1))))
            await asyncio.sleep(2)
            data = await scheduler.snapshot()
        other = make()
        other.add(job("brings-the-function"))
        async with other:
            await other.restore(data, merge=True)
            await asyncio.sleep(1)
            return await open_of(other)

    (one,) = virtual(main)
    assert (one.state, one.attempt) == (OpenState.RUNNING, 2)


SNAPSHOT = {
    "schema": 1,
    "jobs": [
        {
            "definition": {
                "v": 1,
                "alias": "a",
                "work": {"use": "python", "function": "app:f"},
                "triggers": [{"use": "every", "period": "1m"}],
            },
            "revision": 1,
            "source": "runtime",
            "anchor": "2026-01-01T00:00:00Z",
            "cursor": "2026-01-01T00:01:00Z",
            "failed_in_row": 0,
        }
    ],
    "open": [
        {
            "key": "a@2026-01-01T00:00:00Z",
            "job": "a",
            "due": "2026-01-01T00:00:00Z",
            "state": "planned",
            "attempt": 1,
            "not_before": "2026-01-01T00:00:00Z",
            "executor": "async",
        }
    ],
}


def changed(path: str, value) -> dict:
    """Return the snapshot with one value changed, or without it for ...."""
    data = deepcopy(SNAPSHOT)
    *places, name = (int(part) if part.isdigit() else part for part in path.split("."))
    table = data
    for place in places:
        table = table[place]
    if value is ...:
        del table[name]
    else:
        table[name] = value
    return data


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ([], "snapshot: not one, given []"),
        ({}, "snapshot: not one, given {}"),
        (changed("schema", "1"), "snapshot.schema: not a whole number above zero, given '1'"),
        (changed("schema", 2), "snapshot.schema: 2, this clockhand reads up to 1; upgrade it"),
        (changed("jobs", {}), "snapshot.jobs: not a list, given {}"),
        (changed("jobs.0", 5), "snapshot.jobs[0]: not a table, given 5"),
        (changed("jobs.0.definition", ...), "snapshot.jobs[0].definition: missing"),
        (changed("jobs", ...), "snapshot.jobs: missing"),
        (changed("jbos", []), "snapshot.jbos: unknown field, did you mean 'jobs'?"),
        (changed("made_at", "today"), "snapshot.made_at: not a date and time, given 'today'"),
        (changed("unreadable", [{}]), "snapshot.unreadable[0].alias: missing"),
        (
            changed("jobs.0.definition", "rm -rf"),
            "snapshot.jobs[0].definition: definition: not a JSON",
        ),
        (changed("jobs.0.definition", {1, 2}), "snapshot.jobs[0].definition: not JSON: TypeError"),
        (changed("jobs.0.cursor", "soon"), "snapshot.jobs[0].cursor: not a date and time, given 'soon'"),
        (changed("jobs.0.cursor", ...), "snapshot.jobs[0].cursor: missing"),
        (
            changed("jobs.0.revision", 0),
            "snapshot.jobs[0].revision: not a whole number of at least 1",
        ),
        (
            changed("jobs.0.source", "a\ud800"),
            "snapshot.jobs[0].source: not a text that can be kept",
        ),
        (changed("jobs.0.paused", "yes"), "snapshot.jobs[0].paused: not a table, given 'yes'"),
        (
            changed("jobs.0.paused", {"reason": "", "by": "", "since": 7}),
            "snapshot.jobs[0].paused.since: not a date and time, given 7",
        ),
        (
            changed("jobs.0.last", {"verdict": "meh"}),
            "snapshot.jobs[0].last.verdict: unknown word 'meh', known: cancelled, coalesced,",
        ),
        (changed("jobs.0.shell", "x"), "snapshot.jobs[0].shell: unknown field, known: anchor,"),
        (changed("open", ...), "snapshot.open: missing"),
        (changed("open.0.job", "b"), "snapshot.open[0].job: no job 'b' in this snapshot"),
        (
            changed("open.0.state", "plannd"),
            "snapshot.open[0].state: unknown word 'plannd', did you mean 'planned'?",
        ),
        (changed("open.0.state", 7), "snapshot.open[0].state: unknown word 7, known: requested, queued,"),
        (changed("open.0.attempt", 0), "snapshot.open[0].attempt: not a whole number of at least 1, given 0"),
        (changed("open.0.forced", 1), "snapshot.open[0].forced: neither true nor false, given 1"),
        (changed("open.0.priority", 10_001), "snapshot.open[0].priority: not a whole number from -10,000 to"),
        (
            changed("open.0.due", "2026-01-01T00:00:01Z"),
            "snapshot.open[0].due: 2026-01-01T00:00:01Z is not the due time of 'a@2026-01-01T00:00:00Z'",
        ),
        (changed("open.0.key", "b@2026-01-01T00:00:00Z"), "snapshot.open[0].key: not one of job 'a', given"),
        (changed("open.0.key", "a! x"), "snapshot.open[0].key: not one of job 'a', given 'a! x'"),
        (changed("open.0.key", ...), "snapshot.open[0].key: missing"),
        (changed("open.0.shell", "x"), "snapshot.open[0].shell: unknown field"),
        (
            {**SNAPSHOT, "open": SNAPSHOT["open"] * 2},
            "snapshot.open[1].key: a@2026-01-01T00:00:00Z is there twice",
        ),
        (
            {**SNAPSHOT, "jobs": SNAPSHOT["jobs"] * 2},
            "snapshot.jobs[1].definition.alias: 'a' is in snapshot.jobs[0] already",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_snapshot(data, says, make, virtual):
    """The place is named, and nothing is written."""

    async def main():
        async with make() as scheduler:
            with pytest.raises(DefinitionError) as caught:
                await scheduler.act(Restore(data))
            return str(caught.value), await scheduler.list_jobs()

    text, rows = virtual(main)
    assert text.startswith(says)
    assert rows == ()


def test_an_occurrence_of_low_priority_comes_back():
    """As low as a job may say."""
    one = changed("open.0.priority", -10_000)["open"][0]
    (opened,) = from_json({**SNAPSHOT, "open": [one]}, CODEC).opened
    assert opened.priority == -10_000


CODEC = installed().codec()
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda one: st.lists(one) | st.dictionaries(st.text(max_size=9), one),
    max_leaves=5,
)


@given(st.data())
def test_no_junk_gets_in_or_brings_it_down(data):
    """Any value anywhere is either restored as it stands or refused as no snapshot."""
    places = [
        "schema", "jobs", "open", "jobs.0", "open.0",
        *(f"jobs.0.{name}" for name in SNAPSHOT["jobs"][0]),
        *(f"open.0.{name}" for name in SNAPSHOT["open"][0]),
        *(f"jobs.0.definition.{name}" for name in SNAPSHOT["jobs"][0]["definition"]),
    ]  # fmt: skip
    broken = changed(data.draw(st.sampled_from(places)), data.draw(junk))
    try:
        contents = from_json(broken, CODEC)
    except DefinitionError:
        return
    assert {one.job for one in contents.opened} <= {row.alias for row in contents.jobs}


def test_a_change_through_the_channel_is_an_upsert(make, virtual):
    """The public methods are the Msgs: adding, getting, firing and removing."""

    async def main():
        async with make() as scheduler:
            assert (await scheduler.add_job(job("a"))).what == "created"
            assert (await scheduler.act(AddJob(job("a")))).what == "unchanged"
            fired = await scheduler.fire_job("a", by="ada")
            assert fired.key.startswith("a!")
            await scheduler.cancel_run(fired.key)
            await scheduler.pause_job("a", reason="x", by="ada")
            assert (await scheduler.act(GetJob("a"))).row.paused.by == "ada"
            await scheduler.resume_job("a", run="latest")
            assert (await scheduler.release_job("a")).what == "unchanged"
            assert (await scheduler.remove_job("a")).what == "done"
            assert await scheduler.list_jobs() == ()

    virtual(main)
