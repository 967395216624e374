"""Waiting for what becomes of an occurrence, and telling it as it comes."""

from __future__ import annotations

import asyncio
import re
import shlex
import signal
from typing import TYPE_CHECKING, Final

from clockhand.contracts import OpenState, Query, What
from clockhand_cli import render
from clockhand_cli.entry_lines import ended
from clockhand_cli.following import Seen, follow
from clockhand_cli.live import Live
from clockhand_cli.opened import opened

if TYPE_CHECKING:
    from clockhand import Scheduler
    from clockhand.contracts import Entry

PATIENCE: Final = 5.0
"""After so many seconds, and then ever less often, who waits is told what for."""
_CODE: Final = re.compile(r"[1-9]\d{0,2}", re.ASCII)
_LARGEST: Final = 255
"""The largest exit code that a shell sees."""
_BY_SIGNAL: Final = 128
_WAITS: Final = {
    OpenState.REQUESTED: "not taken up yet: no scheduler seems to be running; the request stays until one is",
    OpenState.QUEUED: "waits for the runs before it to end",
    OpenState.PLANNED: "waits for a free worker, or for its next attempt",
    OpenState.RUNNING: "runs",
}


class Wait:
    """The wait for one occurrence: what came on record of it, told as it comes unless *quiet*."""

    def __init__(self, scheduler: Scheduler, key: str, silo: str | None, *, quiet: bool) -> None:
        self.entries: list[Entry] = []
        self._scheduler = scheduler
        self.key = key
        self._silo = silo
        self._quiet = quiet
        self._told = ""
        self._live = Live()

    @property
    def end(self) -> Entry | None:
        """The entry that has the verdict, once it is there."""
        last = self.entries[-1] if self.entries else None
        return last if last is not None and last.verdict is not None else None

    async def wait(self) -> Entry:
        """Return the entry with the verdict when it comes."""
        loop = asyncio.get_running_loop()
        patience, look = PATIENCE, loop.time() + PATIENCE
        async for found in follow(self._scheduler, Query(occurrence=self.key), Seen()):
            for entry in found:
                self._take(entry)
            if self.end is not None:
                break
            if found:
                patience, look = PATIENCE, loop.time() + PATIENCE
            elif loop.time() > look:
                await self._say_where_it_is()
                patience *= 2
                look = loop.time() + patience
        assert self.end is not None  # noqa: S101 - follow() never ends by itself
        return self.end

    def _take(self, entry: Entry) -> None:
        if entry.what is What.RUN_OUTPUT:
            if not self._quiet:
                self._live.take(entry)
            return
        self.entries.append(entry)
        if self._quiet:
            return
        if entry.what is What.RUN_STARTED and entry.run is not None:
            render.aside(f"{self.key}: attempt {entry.run.attempt} started")
        elif entry.what is What.RUN_ENDED:
            if entry.run is not None and entry.run.outcome is not None:
                dropped = self._live.ended(entry.run.outcome.output or {})
                if dropped:
                    render.aside(f"{self.key}: {dropped:,} characters that it printed are not shown here")
            render.aside(f"{self.key}: {ended(entry)}")
        elif entry.what is What.NEVER_RAN:
            render.aside(f"{self.key}: {entry.verdict}{f': {entry.reason}' if entry.reason else ''}")

    def left(self) -> str:
        """Return what becomes of the run when nobody waits for it any more, and how to end it."""
        began = any(one.what is What.RUN_STARTED for one in self.entries)
        what = "it goes on, and ends" if began else "it has not begun and stays asked for, but is taken back"
        return f"{what} with: clockhand cancel {shlex.quote(self.key)}"

    async def _say_where_it_is(self) -> None:
        silos = None if self._silo is None else [self._silo]
        for one in await opened(self._scheduler, silos):
            said = _WAITS[one.state]
            if one.key == self.key and said != self._told and not self._quiet:
                render.aside(f"{self.key}: {said}")
                self._told = said


def exit_code(end: Entry) -> int:
    """Return the exit code that *end* means: the program's own, 128 and its signal, else 0 or 1."""
    outcome = end.run.outcome if end.run is not None else None
    if outcome is None:
        return 1
    if outcome.result == "succeeded":
        return 0
    kind, _, word = outcome.code.partition(":")
    if kind == "exit" and _CODE.fullmatch(word):
        return min(int(word), _LARGEST)
    if kind == "signal":
        number = getattr(signal, f"SIG{word}", None)
        return 1 if number is None else _BY_SIGNAL + int(number)
    return 1
