"""Stores for tests: in memory or in one file, kept from scheduler to scheduler, spoiled on command."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import attrs

from clockhand import Clock, Scheduler, Timing, use
from clockhand._clock import SystemClock
from clockhand.contracts import (
    Codec,
    Entry,
    History,
    Kind,
    Query,
    Silo,
    StoreContext,
    StoredJob,
    Unreadable,
)
from clockhand.errors import StoreError
from clockhand.hookspecs import hookimpl
from clockhand.testing.silo_rig import kit_codec
from clockhand_memory.history import MemoryHistory
from clockhand_memory.store import MemorySilo
from clockhand_sqlite.plugin import HISTORY, SILO, SqliteOptions

Hook = Callable[[str], Awaitable[None]]
"""What happens at a verb, before it is done or after."""
EVERYTHING: Final = 1_000_000


async def nothing(_verb: str) -> None:
    """Let it pass."""


async def raises(verb: str) -> None:
    """Fail."""
    raise StoreError(f"{verb}: the disk is full")


async def hangs(_verb: str) -> None:
    """Never answer."""
    await asyncio.Event().wait()


def only(verbs: Collection[str], hook: Hook) -> Hook:
    """Return a hook that does so at these verbs and lets all others pass."""

    async def chosen(verb: str) -> None:
        if verb in verbs:
            await hook(verb)

    return chosen


class Door:
    """What every call passes through on its way to a store, and on its way back."""

    def __init__(self) -> None:
        self.before: Hook = nothing
        self.after: Hook = nothing
        self.calls: Counter[str] = Counter()

    def heal(self) -> None:
        """Let every call pass again."""
        self.before = self.after = nothing

    async def through(self, verb: str, call: Callable[[], Awaitable[Any]]) -> Any:
        """Make a call, if the door lets it in, and return its answer, if the door lets that out."""
        self.calls[verb] += 1
        await self.before(verb)
        answer = await call()
        await self.after(verb)
        return answer


class _Behind:
    """A store behind a door; opening and closing it is never spoiled."""

    def __init__(self, inner: Any, door: Door) -> None:
        self.inner = inner
        self.door = door

    @property
    def location(self) -> str:
        """Where it is kept."""
        return self.inner.location

    async def startup(self, context: StoreContext) -> None:
        """Open it."""
        await self.inner.startup(context)

    async def teardown(self) -> None:
        """Close it."""
        await self.inner.teardown()


def _verb(name: str) -> Callable[..., Awaitable[Any]]:
    async def verb(self: _Behind, *args: Any, **kwargs: Any) -> Any:
        return await self.door.through(name, lambda: getattr(self.inner, name)(*args, **kwargs))

    return verb


def _behind(contract: type) -> type:
    names = contract.__abstractmethods__ - {"startup", "teardown"}
    return type(f"{contract.__name__}Behind", (_Behind, contract), {name: _verb(name) for name in names})


SiloBehind: Final = _behind(Silo)
HistoryBehind: Final = _behind(History)


class _Lasting:
    """A store in memory that several open, one after another or side by side; its rows outlive them."""

    def __init__(self, store: MemorySilo | MemoryHistory) -> None:
        self.store = store
        self.users = 0
        self.codec: Codec | None = None
        """That of whoever opened it first, for all: here nothing is ever read."""


class _User:
    """One opening of a lasting store."""

    def __init__(self, lasting: _Lasting) -> None:
        self._lasting = lasting
        self._open = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lasting.store, name)

    async def startup(self, context: StoreContext) -> None:
        """Open it; whoever is the first begins its life."""
        self._lasting.codec = self._lasting.codec or context.codec
        if not self._lasting.users:
            await self._lasting.store.startup(attrs.evolve(context, codec=self._lasting.codec))
        self._lasting.users += 1
        self._open = True

    async def teardown(self) -> None:
        """Close it; whoever is the last ends its life."""
        if self._open:
            self._open = False
            self._lasting.users -= 1
            if not self._lasting.users:
                await self._lasting.store.teardown()


@attrs.frozen
class NoOptions:
    """Nothing to choose."""


class Plugin:
    """Offers a silo and a history, both `kept`, behind doors of their own: one for each scheduler."""

    def __init__(self, silo: Any, history: Any, supports: frozenset[str]) -> None:
        self.silo_door, self.history_door = Door(), Door()
        self.silo = SiloBehind(silo, self.silo_door)
        self.history = HistoryBehind(history, self.history_door)
        self._supports = supports

    @hookimpl
    def clockhand_silos(self):
        """Offer the silo."""
        return [Kind[Silo]("kept", "", NoOptions, lambda _: self.silo, self._supports)]

    @hookimpl
    def clockhand_histories(self):
        """Offer the history."""
        return [Kind[History]("kept", "", NoOptions, lambda _: self.history, self._supports)]


class Store:
    """One silo and its history, for as many schedulers as there may be, at once or in turn."""

    def __init__(self, kind: str, folder: Path, clock: Clock | None = None) -> None:
        self.kind = kind
        self.clock = clock or SystemClock()
        self.path = folder / "jobs.db"
        self._silo = _Lasting(MemorySilo())
        self._history = _Lasting(MemoryHistory())

    def plugin(self) -> Plugin:
        """Return the plugin that offers it to one scheduler."""
        if self.kind == "memory":
            return Plugin(_User(self._silo), _User(self._history), frozenset())
        options = SqliteOptions(path=str(self.path))
        return Plugin(SILO.make(options), HISTORY.make(options), SILO.supports)

    def scheduler(self, plugin: Plugin | None = None, **options: Any) -> Scheduler:
        """Return a scheduler on it, with the default timing unless told otherwise."""
        plugins = [plugin or self.plugin(), *options.pop("plugins", ())]
        options.setdefault("timing", Timing())
        options.setdefault("only", ())
        return Scheduler(silo=use("kept"), plugins=plugins, clock=self.clock, **options)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[tuple[Silo, History]]:
        """Open it without a scheduler, to look at it."""
        plugin = self.plugin()
        context = StoreContext(alias="look", codec=kit_codec(), clock=self.clock)
        silo, history = plugin.silo.inner, plugin.history.inner
        await silo.startup(context)
        await history.startup(context)
        try:
            yield silo, history
        finally:
            await history.teardown()
            await silo.teardown()

    async def row(self, alias: str) -> StoredJob | Unreadable:
        """Return a job as it is kept."""
        async with self.opened() as (silo, _):
            (row,) = await silo.get_jobs([alias])
        return row

    async def ledger(self) -> list[Entry]:
        """Return all that is on record, in order, with what still waits in the outbox."""
        async with self.opened() as (silo, history):
            page = await history.read(Query(), None, EVERYTHING)
            waiting = [] if silo.location else await silo.outbox(0, EVERYTHING)
        known = {(entry.life, entry.seq) for entry in page.entries}
        return [*page.entries, *(entry for entry in waiting if (entry.life, entry.seq) not in known)]
