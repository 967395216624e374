"""What comes into a history while somebody looks on."""

from __future__ import annotations

import asyncio
import contextlib
import select
import sys
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from clockhand import Query, Scheduler
    from clockhand.contracts import Entry

PAGE: Final = 200
QUICK: Final = 0.25
SLOW: Final = 1.0
"""How often, in seconds, a history is looked at: less often while nothing comes."""
_SLOWER: Final = 1.25


class Seen:
    """The latest entries that were read, by what identifies them for ever."""

    def __init__(self, most: int = 5 * PAGE) -> None:
        self._most = most
        self._known: OrderedDict[tuple[str, int], None] = OrderedDict()

    def add(self, entries: Iterable[Entry]) -> None:
        """Remember *entries*, given oldest first; the oldest of too many are forgotten."""
        for entry in entries:
            self._known[entry.life, entry.seq] = None
        while len(self._known) > self._most:
            self._known.popitem(last=False)

    def __contains__(self, entry: Entry) -> bool:
        """Say whether *entry* is one of them."""
        return (entry.life, entry.seq) in self._known


async def fresh(
    scheduler: Scheduler, query: Query, seen: Seen, *, at_least: int | None = None
) -> list[Entry]:
    """
    Return the entries that match and aren't among *seen*, oldest first, and add them to it.

    Read from the newest back to one that was seen, or, with *at_least*, until there are so many.
    Whatever is pruned or rotated away meanwhile is at the other end, and no place in the store has
    to be remembered.
    """
    found: list[Entry] = []
    newest_first, cursor = attrs.evolve(query, newest_first=True), None
    while True:
        page = await scheduler.read(newest_first, cursor, PAGE)
        new = [entry for entry in page.entries if entry not in seen]
        found += new
        cursor = page.cursor
        enough = at_least is not None and len(found) >= at_least
        if cursor is None or enough or len(new) < len(page.entries):
            break
    found.reverse()
    seen.add(found)
    return found


async def follow(scheduler: Scheduler, query: Query, seen: Seen) -> AsyncIterator[list[Entry]]:
    """Yield what comes, oldest first, for ever; an empty list after each look at which nothing had come."""
    pause = QUICK
    while True:
        found = await fresh(scheduler, query, seen)
        yield found
        pause = QUICK if found else min(pause * _SLOWER, SLOW)
        await asyncio.sleep(pause)


def reader_is_gone() -> bool:
    """Say whether stdout is a pipe that nobody reads any more; who follows might write nothing for hours."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        poll = select.poll()
        poll.register(sys.stdout.fileno(), 0)
        return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))
    return False
