"""The laws about the outbox, and about handles that aren't open."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from clockhand._model.entry import What
from clockhand.contracts.batches import Fire, JobFilter
from clockhand.contracts.silo import Silo
from clockhand.errors import StoreClosed
from clockhand.testing.laws import Contract, law
from clockhand.testing.silo_rig import ROOM, SOURCE, WORKS, SiloRig, after, end, job, plan

VERBS: dict[str, Callable[[Silo], Awaitable[object]]] = {
    "add_jobs": lambda silo: silo.add_jobs([job()], after(0), SOURCE),
    "get_jobs": lambda silo: silo.get_jobs(["job"]),
    "list_jobs": lambda silo: silo.list_jobs(JobFilter()),
    "modify_jobs": lambda silo: silo.modify_jobs([("job", 1, job())], after(0), SOURCE),
    "pause_jobs": lambda silo: silo.pause_jobs(["job"], after(0)),
    "resume_jobs": lambda silo: silo.resume_jobs(["job"], after(0)),
    "remove_jobs": lambda silo: silo.remove_jobs(["job"], after(0)),
    "release_jobs": lambda silo: silo.release_jobs(["job"], after(0)),
    "get_due_jobs": lambda silo: silo.get_due_jobs(after(0), owner="ada", room=ROOM, works=WORKS, limit=9),
    "start": lambda silo: silo.start([], after(0)),
    "settle": lambda silo: silo.settle([], after(0)),
    "hand_back": lambda silo: silo.hand_back([], after(0)),
    "request": lambda silo: silo.request([Fire("job")], after(0)),
    "list_open": lambda silo: silo.list_open(),
    "restore_jobs": lambda silo: silo.restore_jobs([], [], after(0)),
    "next_due": lambda silo: silo.next_due(),
    "beat": lambda silo: silo.beat("ada", after(0), timedelta(seconds=15)),
    "outbox": lambda silo: silo.outbox(0, 9),
    "ack": lambda silo: silo.ack(0),
}
"""A call of each verb that a silo must have."""


class LedgerLaws(Contract):
    """The outbox, and closed handles."""

    @law
    async def test_each_verb_has_its_entry(self, rig: SiloRig) -> None:
        """Whatever changes a job is told in the outbox, in the order in which it happened."""
        await rig.add(job())
        await rig.silo.add_jobs([job(title="new")], after(1), SOURCE)
        await rig.silo.pause_jobs(["job"], after(2), "why")
        await rig.silo.resume_jobs(["job"], after(3))
        await rig.silo.modify_jobs([("job", 2, job())], after(4), SOURCE)
        await rig.enlist("ada")
        claim = await rig.run("ada", 10)
        await rig.silo.settle([end(claim, 11)], after(11))
        await rig.silo.remove_jobs(["job"], after(12))
        assert [entry.what for entry in await rig.told()] == [
            What.JOB_ADDED,
            What.JOB_UPDATED,
            What.JOB_PAUSED,
            What.JOB_RESUMED,
            What.JOB_UPDATED,
            What.RUN_STARTED,
            What.RUN_ENDED,
            What.JOB_REMOVED,
        ]

    @law
    async def test_entries_are_numbered_without_a_gap(self, rig: SiloRig) -> None:
        """In one life of a silo seq counts 1, 2, 3; positions only grow; what was refused takes no number."""
        silo = await rig.open(life="life-one")
        await rig.silo.add_jobs([job("elsewhere")], after(0), SOURCE)
        for number in range(3):
            await silo.add_jobs([job(f"j{number}"), job("taken", title=str(number))], after(number), SOURCE)
            await silo.add_jobs([job("taken")], after(number), "runtime")
        await silo.beat("ada", after(0), timedelta(seconds=15))
        due = await silo.get_due_jobs(after(11), owner="ada", room=ROOM, works=WORKS, limit=2)
        await silo.start([plan(one, "ada", 11) for one in due.jobs], after(11))
        entries = [entry for entry in await silo.outbox(0, 100) if entry.life == "life-one"]
        assert [entry.seq for entry in entries] == list(range(1, 9))
        positions = [entry.position for entry in entries]
        assert positions == sorted(set(positions))
        assert positions[0] > 0

    @law
    async def test_the_outbox_is_read_in_pages(self, rig: SiloRig) -> None:
        """Entries come in order, after a position, as many as were asked for; reading takes none out."""
        await rig.add(*(job(f"j{number}") for number in range(7)))
        told = await rig.told()
        assert [entry.job for entry in told] == [f"j{number}" for number in range(7)]
        first = await rig.silo.outbox(0, 3)
        second = await rig.silo.outbox(first[-1].position, 3)
        third = await rig.silo.outbox(second[-1].position, 3)
        assert [*first, *second, *third] == told
        assert await rig.silo.outbox(third[-1].position, 3) == []
        assert await rig.silo.outbox(0, 3) == first

    @law
    async def test_what_is_acked_is_forgotten(self, rig: SiloRig) -> None:
        """Ack drops entries up to a position and no others; twice is no harm."""
        await rig.add(*(job(f"j{number}") for number in range(5)))
        told = await rig.told()
        for _ in range(2):
            await rig.silo.ack(told[2].position)
            assert [entry.job for entry in await rig.told()] == ["j3", "j4"]
        await rig.add(job("new"))
        await rig.silo.ack(told[-1].position)
        (entry,) = await rig.told()
        assert (entry.job, entry.seq) == ("new", 6)
        assert entry.position > told[-1].position

    @law
    async def test_a_closed_silo_says_so(self, rig: SiloRig) -> None:
        """Before startup() and after teardown() each verb raises StoreClosed; teardown() may come again."""
        unopened = rig.make()
        await unopened.teardown()
        closed = await rig.open()
        await closed.teardown()
        await closed.teardown()
        for silo in (unopened, closed):
            for name, call in VERBS.items():
                try:
                    await call(silo)
                except StoreClosed:
                    continue
                pytest.fail(f"{name} did not raise StoreClosed")
