"""What must hold of a job before it enters a silo."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from clockhand import Job, at, call, every
from clockhand.contracts import What
from clockhand.errors import DefinitionError
from clockhand.msgs import AddJob, ModifyJob

START = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_declared_reference_is_imported(make, virtual):
    """What its author wrote in code is imported, and its arguments are held against the signature."""
    scheduler = make()
    scheduler.add(Job(alias="join", work=call("textwrap:dedent", "  x"), triggers=at(START)))
    with pytest.raises(DefinitionError, match=r"function 'textwrap:dedent': .*missing"):
        scheduler.add(Job(alias="short", work=call("textwrap:dedent"), triggers=at(START)))

    async def main():
        async with scheduler:
            with scheduler._service.shop.clock.hold():
                await asyncio.sleep(0)
            await asyncio.sleep(1)
            return await scheduler.read(limit=10)

    (ended,) = [entry for entry in virtual(main).entries if entry.what is What.RUN_ENDED]
    assert ended.run.outcome.output == {"result": "x"}


def test_a_msg_imports_nothing(make, virtual):
    """A Msg is data: a reference in it must be registered here, or it is refused and nothing is imported."""
    import sys

    async def main():
        async with make() as scheduler:
            job = Job(alias="evil", work=call("antigravity:geohash"), triggers=every(hours=1))
            with pytest.raises(
                DefinitionError, match="job 'evil': work: function 'antigravity:geohash': not registered"
            ):
                await scheduler.act(AddJob(job))

    virtual(main)
    assert "antigravity" not in sys.modules


def test_a_msg_may_name_a_function_that_is_registered(make, virtual):
    """A reference that this process knows is fine; its arguments are checked all the same."""

    async def main():
        scheduler = make(modules=["textwrap"])
        async with scheduler:
            added = await scheduler.act(
                AddJob(Job(alias="join", work=call("textwrap:dedent", "x"), triggers=every(hours=1)))
            )
            with pytest.raises(DefinitionError, match="job 'join': function 'textwrap:dedent'"):
                await scheduler.act(ModifyJob("join", {"work": call("textwrap:dedent", "x", 2, 3)}))
            return added

    assert virtual(main).what == "created"


def test_the_job_is_named_once(make, virtual):
    """What the codec says of a job names it already: nobody reads `job 'a': job 'a':`."""

    async def main():
        async with make() as scheduler:
            job = Job(alias="a", work=call(print), triggers=every(hours=1), metadata={"x": "y" * 2_000_000})
            with pytest.raises(DefinitionError, match=r"^job 'a': [0-9,]+ characters of JSON"):
                await scheduler.act(AddJob(job))

    virtual(main)


def test_programs_and_requests_hold_virtual_time(make, virtual, clock):
    """A program takes real time and no virtual time: its timeout doesn't fire while it runs."""
    system = pytest.importorskip("clockhand_system")

    async def main():
        scheduler = make()
        work = system.System(program="/bin/sleep", args=("0.2",))
        scheduler.add(Job(alias="nap", work=work, triggers=at(START), timeout="0.1s"))
        async with scheduler:
            await asyncio.sleep(5)
            return await scheduler.read(limit=10)

    (ended,) = [entry for entry in virtual(main).entries if entry.what is What.RUN_ENDED]
    assert ended.verdict == "succeeded"
    assert ended.run.ended - ended.run.started < timedelta(seconds=0.1)
