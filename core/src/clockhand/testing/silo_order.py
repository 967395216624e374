"""The laws about who goes first when several wait for the same executor, and for which executor they wait."""

from __future__ import annotations

import attrs

from clockhand._model.occurrence import OpenState
from clockhand.contracts.batches import Claim, Fire
from clockhand.testing.laws import Contract, law
from clockhand.testing.silo_rig import DAY, SOURCE, SiloRig, after, end, job, plan
from clockhand.triggers import at


class OrderLaws(Contract):
    """Priorities."""

    @law
    async def test_the_highest_priority_goes_first(self, rig: SiloRig) -> None:
        """Of those that may start the highest priority goes first, of equal ones the earliest."""
        ranks = {"low": -1, "mid-b": 0, "mid-a": 0, "high-b": 7, "high-a": 7}
        jobs = [job(alias, at(after(n)), priority=rank) for n, (alias, rank) in enumerate(ranks.items())]
        await rig.add(*jobs)
        await rig.enlist("ada", lease=DAY)
        for due in (await rig.due("ada", 5, room={"async": 0})).jobs:
            made = plan(due, "ada", 5, room=0)
            made.occurrences = [attrs.evolve(one, not_before=one.due) for one in made.occurrences]
            await rig.take(made, 5)
        order = []
        for room in (1, 3, 1):
            order += [one.job.alias for one in (await rig.due("ada", 6, room={"async": room})).claims]
        assert order == ["high-b", "high-a", "mid-b", "mid-a", "low"]

    @law
    async def test_a_limit_takes_the_first(self, rig: SiloRig) -> None:
        """No more than were asked for, and those by priority too."""
        await rig.add(*(job(f"j{n}", at(after(n)), priority=n) for n in range(4)))
        await rig.enlist("ada", lease=DAY)
        for due in (await rig.due("ada", 5, room={"async": 0})).jobs:
            await rig.take(plan(due, "ada", 5, room=0), 5)
        found = [(await rig.due("ada", 6, limit=2)).claims for _ in range(2)]
        assert [[one.job.alias for one in claims] for claims in found] == [["j3", "j2"], ["j1", "j0"]]

    @law
    async def test_whose_time_has_not_come_holds_nobody_up(self, rig: SiloRig) -> None:
        """The highest priority counts for nothing before its moment, and then goes first."""
        await rig.add(job("high", at(after(10)), priority=9), job("low", at(after(10))), job("more"))
        await rig.enlist("ada", lease=DAY)
        claim = await rig.run("ada", 10, "high")
        for alias in ("low", "more"):
            await rig.queue("ada", 10, alias)
        await rig.silo.settle([end(claim, 11, None, again_at=13)], after(11))
        assert await rig.silo.next_due() == after(10)
        (first,) = (await rig.due("ada", 12, room={"async": 1})).claims
        assert first.job.alias in {"low", "more"}
        (second,) = (await rig.due("ada", 13, room={"async": 1})).claims
        assert second.job.alias == "high"

    @law
    async def test_what_the_dead_leave_is_ordered_alike(self, rig: SiloRig) -> None:
        """A dead owner's runs and what waits stand in one line."""
        await rig.add(*(job(f"j{n}", at(after(10)), priority=n) for n in range(4)))
        await rig.enlist("ada")
        for due in (await rig.due("ada", 10, room={"async": 0})).jobs:
            odd = due.stored.job.terms.priority % 2
            await rig.take(plan(due, "ada", 10, room=odd), 10)
        await rig.enlist("bob", at=24, lease=DAY)
        order = [(await rig.due("bob", 25, room={"async": 1})).claims[0].job.alias for _ in range(4)]
        assert order == ["j3", "j2", "j1", "j0"]

    @law
    async def test_what_waits_follows_its_definition(self, rig: SiloRig) -> None:
        """A new priority or executor counts for what waits already, in whatever state, once it is given."""
        await rig.add(job("old", priority=5), job())
        await rig.enlist("ada", lease=DAY)
        first = await rig.run("ada", 10)
        await rig.queue("ada", 10, "old")
        await rig.queue("ada", 20)
        await rig.line_up("ada", 30)
        (reply,) = await rig.silo.modify_jobs(
            [("job", 1, job(priority=9, executor="pool"))], after(31), SOURCE
        )
        assert reply.what == "done"
        running, *waiting = await rig.opened("job")
        assert (running.state, running.executor) == (OpenState.RUNNING, "async")
        assert [(one.state, one.priority, one.executor) for one in waiting] == [
            (OpenState.PLANNED, 9, "pool"),
            (OpenState.QUEUED, 9, "pool"),
        ]
        await rig.add(job(priority=9), at=32)
        claims = await self._claims(rig, 33)
        assert [one.job.alias for one in claims] == ["job", "old"]
        assert (claims[0].occurrence.priority, claims[0].occurrence.executor) == (9, "async")
        await rig.add(job(priority=-9, executor="pool"), at=34)
        ends = [end(one, 34, None, again_at=34) for one in (first, *claims)]
        await rig.silo.settle(ends[1:], after(34))
        await rig.silo.hand_back([first], after(34))
        again = {one.due: (one.priority, one.executor) for one in await rig.opened("job")}
        assert again == dict.fromkeys([after(10), after(20), after(30)], (-9, "pool"))
        assert [one.job.alias for one in await self._claims(rig, 35)] == ["old"]
        await rig.add(job(priority=-9), at=36)
        assert [one.occurrence.priority for one in await self._claims(rig, 36)] == [-9, -9]

    @law
    async def test_a_fired_run_has_the_priority_of_its_job(self, rig: SiloRig) -> None:
        """What was requested before a redefinition waits with the new priority afterwards."""
        await rig.add(job(priority=3))
        await rig.enlist("ada", lease=DAY)

        await rig.silo.request([Fire("job")], after(1))
        (one,) = (await rig.right("ada", 1)).open
        assert one.priority == 3
        await rig.add(job(priority=4), at=2)
        (one,) = (await rig.right("ada", 2)).open
        assert one.priority == 4

    async def _claims(self, rig: SiloRig, at: float) -> list[Claim]:
        return list((await rig.due("ada", at)).claims)
