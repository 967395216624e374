"""The laws for silos that are durable and shared bite: stores over one world that outlives its handles."""

# ruff: noqa: D102 - what a method does is the bug of its class

from collections import deque

import attrs
import pytest

from clockhand.contracts import Codec, OpenState
from clockhand_memory.shelf import Shelf
from clockhand_memory.store import MemorySilo


@attrs.define
class World:
    """What is left when all handles are closed."""

    shelf: Shelf = attrs.field(factory=Shelf)
    outbox: deque = attrs.field(factory=deque)
    position: int = 0
    restored: set = attrs.field(factory=set)
    codec: Codec | None = None
    """That of the handle that was opened last: what it wrote is there to be read."""


class Kept(MemorySilo):
    """A handle to a world. It is right: it breaks no law."""

    world = World

    def __init__(self, world):
        self._world, position = world, world.position
        super().__init__()
        self._shelf, self._outbox, self._position = world.shelf, world.outbox, position

    @property
    def _position(self):
        return self._world.position

    @_position.setter
    def _position(self, position):
        self._world.position = position

    async def startup(self, context):
        await super().startup(context)
        wrote, self._world.codec = self._world.codec, context.codec
        for row in self._shelf.rows.values():
            job = context.codec.load(wrote.dump(row.stored.job).text)
            row.stored, row.missing = attrs.evolve(row.stored, job=job), bool(job.missing)
            row.stored = self.kept(row.stored)
            row.occurrences = {one.key: self.open(one) for one in row.occurrences.values()}
            self._shelf.index(row)

    def kept(self, stored):
        """Return a job as the store finds it when it is opened."""
        return stored

    def open(self, one):
        """Return an open occurrence as the store finds it when it is opened."""
        return one


class ForgetsTheLine(Kept):
    """Keeps what is queued as if it waited for room."""

    def open(self, one):
        return attrs.evolve(one, state=OpenState.PLANNED) if one.state is OpenState.QUEUED else one


class ForgetsCounts(Kept):
    """Keeps no failures in a row."""

    def kept(self, stored):
        return attrs.evolve(stored, failed_in_row=0)


class ForgetsAttempts(Kept):
    """Keeps no failed attempts."""

    def open(self, one):
        return attrs.evolve(one, failures=0)


class ForgetsPriorities(Kept):
    """Keeps no priorities of what is open."""

    def open(self, one):
        return attrs.evolve(one, priority=0)


class KeepsSnapshotsInMind(Kept):
    """Keeps what it puts back only as long as it is open itself."""

    async def restore_jobs(self, jobs, opened, now, *, merge=False):
        answers = await super().restore_jobs(jobs, opened, now, merge=merge)
        self._world.restored |= {one.alias for one in answers if one.what == "created"}
        return answers

    async def startup(self, context):
        for alias in self._world.restored & self._shelf.rows.keys():
            self._shelf.remove(self._shelf.rows[alias])
        await super().startup(context)


class MindsItsOwn(Kept):
    """Lets go only of what was queued through itself."""

    def __init__(self, world):
        super().__init__(world)
        self._mine = set()

    async def start(self, plans, now, entries=()):
        results = await super().start(plans, now, entries)
        for row in self._shelf.rows.values():
            self._mine |= row.occurrences.keys()
        return results

    async def settle(self, ends, now, entries=()):
        return await self._alone(super().settle(ends, now, entries))

    async def request(self, requests, now):
        return await self._alone(super().request(requests, now))

    async def add_jobs(self, jobs, now, source):
        return await self._alone(super().add_jobs(jobs, now, source))

    async def _alone(self, verb):
        before = {row.stored.alias: dict(row.occurrences) for row in self._shelf.rows.values()}
        answers = await verb
        for alias, row in self._shelf.rows.items():
            for key, one in row.occurrences.items():
                was = before.get(alias, {}).get(key)
                if was and was.state is OpenState.QUEUED and key not in self._mine:
                    row.occurrences[key] = attrs.evolve(one, state=OpenState.QUEUED)
        return answers


class EndsItsOwn(Kept):
    """Cancels only what owners run that beat through itself."""

    def __init__(self, world):
        super().__init__(world)
        self._mine = set()

    async def beat(self, owner, now, lease):
        self._mine.add(owner)
        return await super().beat(owner, now, lease)

    async def start(self, plans, now, entries=()):
        return await super().start([self._own(plan) for plan in plans], now, entries)

    def _own(self, plan):
        row = self._shelf.rows.get(plan.alias)
        opened = row.occurrences if row else {}
        kept = [key for key in plan.cancel if key in opened and opened[key].owner in self._mine]
        return attrs.evolve(plan, cancel=kept)


BUGS = {
    Kept: [],
    ForgetsTheLine: ["what_is_queued_survives_a_restart", "a_restored_snapshot_survives_a_restart"],
    ForgetsCounts: ["failures_survive_a_restart", "jobs_survive_a_restart"],
    ForgetsAttempts: ["failures_survive_a_restart"],
    ForgetsPriorities: ["failures_survive_a_restart"],
    KeepsSnapshotsInMind: ["a_restored_snapshot_survives_a_restart"],
    MindsItsOwn: [
        "what_is_queued_through_one_handle_is_let_go_through_another",
        "what_is_queued_survives_a_restart",
    ],
    EndsItsOwn: ["what_runs_through_one_handle_is_cancelled_through_another"],
}
"""By store: the laws that see its bug, the one that is named for it first."""


@pytest.mark.parametrize("store", BUGS, ids=lambda store: store.__name__)
def test_a_bug_breaks_its_laws_and_no_other(store, broken_by):
    """Just the laws of the row see the bug."""
    assert broken_by(store) == set(BUGS[store])
