"""The laws about the list of what is open: all of it, in pages, as it is."""

from __future__ import annotations

from clockhand._model.occurrence import OpenState, due_key
from clockhand.contracts.batches import Fire
from clockhand.testing.laws import Contract, law
from clockhand.testing.silo_rig import DAY, SiloRig, after, end, job, plan

REQUESTED, QUEUED = OpenState.REQUESTED, OpenState.QUEUED
PLANNED, RUNNING = OpenState.PLANNED, OpenState.RUNNING


class OpenLaws(Contract):
    """`list_open`."""

    @law
    async def test_open_occurrences_are_listed_in_pages(self, rig: SiloRig) -> None:
        """Pages follow each other by key, in the order of code points, over all jobs."""
        aliases = ["_", "0", "A", "B", "a", "a-b", "a.b", "aB", "b"]
        await rig.add(*map(job, aliases))
        await rig.enlist("ada")
        for due in (await rig.due("ada", 10, room={"async": 0})).jobs:
            await rig.take(plan(due, "ada", 10, room=0), 10)
        await rig.silo.request([Fire(alias, key=f"{alias}!x") for alias in aliases], after(11))
        keys = [*(f"{alias}!x" for alias in aliases), *(due_key(alias, after(10)) for alias in aliases)]
        found: list[str] = []
        page = await rig.silo.list_open(limit=4)
        while page:
            assert len(page) <= 4
            found += [one.key for one in page]
            assert len(found) <= len(keys), "the pages don't end"
            page = await rig.silo.list_open(after=found[-1], limit=4)
        assert found == sorted(keys)
        assert [one.key for one in await rig.silo.list_open()] == sorted(keys)

    @law
    async def test_the_open_occurrences_of_some_jobs(self, rig: SiloRig) -> None:
        """Those of the jobs that are named, each once; of none named, none; after a key, in pages too."""
        await rig.add(*map(job, "abc"))
        await rig.silo.request([Fire(alias, key=f"{alias}!{n}") for alias in "cab" for n in "21"], after(1))

        async def keys(*aliases: str, after: str = "", limit: int = 100) -> list[str]:
            return [one.key for one in await rig.silo.list_open(aliases, after, limit)]

        assert await keys() == []
        assert await keys("none") == []
        assert await keys("c", "a", "none", "c") == ["a!1", "a!2", "c!1", "c!2"]
        assert await keys("c", "a", after="a!1", limit=2) == ["a!2", "c!1"]
        assert await keys("b", after="b!2") == []
        assert await rig.silo.list_open(limit=0) == []

    @law
    async def test_each_is_listed_as_it_is(self, rig: SiloRig) -> None:
        """In each state the list shows what planners and runners are shown, and only while it is open."""
        await rig.add(job())
        await rig.enlist("ada", lease=DAY)
        assert await rig.opened() == []
        claim = await rig.run("ada", 10)
        await rig.queue("ada", 20)
        await rig.line_up("ada", 30)
        await rig.silo.request([Fire("job", key="job!mine")], after(40))
        listed = await rig.opened()
        assert [one.state for one in listed] == [RUNNING, PLANNED, QUEUED, REQUESTED]
        assert listed[0] == claim.occurrence
        seen = (await rig.right("ada", 40)).open
        assert sorted(seen, key=lambda one: one.due) == listed
        await rig.silo.settle([end(claim, 41)], after(41))
        assert claim.occurrence.key not in [one.key for one in await rig.opened()]

    @law
    async def test_what_a_dead_owner_left_is_listed_as_running(self, rig: SiloRig) -> None:
        """Until another owner has it, it is that of the dead one, the same attempt."""
        await rig.add(job())
        await rig.enlist("ada")
        claim = await rig.run("ada", 10)
        await rig.enlist("bob", at=20, lease=DAY)
        await rig.due("bob", 30, room={"async": 0})
        (one,) = await rig.opened()
        assert (one.key, one.state, one.owner) == (claim.occurrence.key, RUNNING, "ada")
        assert (one.attempt, one.deaths) == (1, 0)
        (taken,) = (await rig.due("bob", 31)).claims
        assert await rig.opened() == [taken.occurrence]
        assert (taken.occurrence.owner, taken.occurrence.attempt) == ("bob", 2)
