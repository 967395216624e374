"""Clockhand's memory history, and a count of the runs whose success has reached it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

import attrs

from clockhand import Verdict, hookimpl
from clockhand.contracts import Entry, History, Kind
from clockhand_memory.history import MemoryHistory


@attrs.frozen
class WitnessOptions:
    """Nothing to choose."""


class Witness:
    """A plugin that offers the history `witness`; says when as many runs as expected have succeeded."""

    def __init__(self, wanted: int) -> None:
        self.complete = asyncio.Event()
        self._missing = wanted

    def note(self, succeeded: int) -> None:
        """Count runs whose verdict is in the history."""
        self._missing -= succeeded
        if self._missing <= 0:
            self.complete.set()

    def open(self, _options: WitnessOptions) -> History:
        """Return a new, empty history."""
        return WitnessHistory(self)

    @hookimpl
    def clockhand_histories(self) -> Iterable[Kind[History]]:
        """Offer the history `witness`."""
        return [Kind("witness", "the memory history, counted", WitnessOptions, self.open)]


class WitnessHistory(MemoryHistory):
    """The memory history as it is; what was appended is counted afterwards."""

    def __init__(self, witness: Witness) -> None:
        super().__init__()
        self._witness = witness

    async def append(self, entries: Sequence[Entry]) -> None:
        """Keep entries, then count the runs that they close."""
        await super().append(entries)
        self._witness.note([entry.verdict for entry in entries].count(Verdict.SUCCEEDED))
