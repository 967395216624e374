"""The laws for histories that are durable bite: stores over one world that outlives its handles."""

# ruff: noqa: D102 - what a method does is the bug of its class

from copy import copy

import attrs
import pytest

from clockhand.contracts import History
from clockhand.errors import StoreClosed, StoreUnreachable
from clockhand_memory.history import MemoryHistory


@attrs.define
class World:
    """What is left when all handles are closed."""

    history: MemoryHistory = attrs.field(factory=MemoryHistory)
    writer: History | None = None


class Kept(History):
    """A handle to a world, which one handle at a time may write. It is right: it breaks no law."""

    world = World

    def __init__(self, world):
        self._world = world
        self._open = False

    async def startup(self, context):
        await self._world.history.startup(context)
        if not context.read_only:
            self.hold()
        self._open = True

    def hold(self):
        """Be the one that writes."""
        if self._world.writer is not None:
            raise StoreUnreachable("history.kept: in use by another scheduler")
        self._world.writer = self

    async def teardown(self):
        self._open = False
        if self._world.writer is self:
            self._world.writer = None

    async def append(self, entries):
        await self.opened().append(entries)

    async def read(self, query, cursor=None, limit=100):
        return await self.opened().read(query, cursor, limit)

    async def prune(self, before=None, max_bytes=None):
        return await self.opened().prune(before, max_bytes)

    async def size(self):
        return await self.opened().size()

    def opened(self):
        """Return what the world has."""
        if not self._open:
            raise StoreClosed("history.kept: not open")
        return self._world.history


class LocksReadersOut(Kept):
    """Takes its lock whatever it is opened for."""

    async def startup(self, context):
        await super().startup(attrs.evolve(context, read_only=False))


class WantsAWriter(Kept):
    """Can be opened for reading only while there is one that writes."""

    async def startup(self, context):
        if context.read_only and self._world.writer is None:
            raise StoreUnreachable("history.kept: no scheduler has it")
        await super().startup(context)


class ReadsACopy(Kept):
    """Lets who only reads see what there was when it was opened."""

    async def startup(self, context):
        await super().startup(context)
        self._copy = copy(self._world.history) if context.read_only else None
        if self._copy is not None:
            self._copy._entries, self._copy._positions = map(
                list, (self._copy._entries, self._copy._positions)
            )

    def opened(self):
        return (super().opened() and self._copy) or self._world.history


BUGS = {
    Kept: [],
    LocksReadersOut: ["who_only_reads_is_in_nobodys_way", "what_was_kept_is_read_without_a_writer"],
    WantsAWriter: ["what_was_kept_is_read_without_a_writer"],
    ReadsACopy: ["who_only_reads_is_in_nobodys_way", "what_was_kept_is_read_without_a_writer"],
}
"""By store: the laws that see its bug."""


@pytest.mark.parametrize("store", BUGS, ids=lambda store: store.__name__)
def test_a_bug_breaks_its_laws_and_no_other(store, broken_by):
    """Just the laws of the row see the bug."""
    assert broken_by(store) == set(BUGS[store])
