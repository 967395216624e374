"""A stage: works that begin, and then wait until the test says how they end."""

from __future__ import annotations

import asyncio
from collections import Counter

from clockhand import RunContext, WorkFailed


class Performer:
    """One run on the stage, until it is told to leave."""

    def __init__(self, context: RunContext, stubborn: int) -> None:
        self.job = context.job
        self.key = context.occurrence
        self._stubborn = stubborn
        self._told = asyncio.get_running_loop().create_future()

    async def perform(self) -> None:
        """Wait for what the test says, and ignore as many cancellations as it is stubborn."""
        while True:
            try:
                await asyncio.shield(self._told)
            except asyncio.CancelledError:
                if self._told.done() or not self._stubborn:
                    raise
                self._stubborn -= 1
            else:
                return

    def finish(self) -> None:
        """Let it succeed."""
        self._leave(None)

    def fail(self, code: str) -> None:
        """Let it fail."""
        self._leave(WorkFailed(code, "as it was told"))

    def _leave(self, error: WorkFailed | None) -> None:
        if self._told.done():
            return
        if error is None:
            self._told.set_result(None)
        else:
            self._told.set_exception(error)


class Stage:
    """Who performs now, and who ever did."""

    def __init__(self) -> None:
        self.here: list[Performer] = []
        self.begun: Counter[tuple[str, int]] = Counter()
        """How often each attempt began, as (occurrence, attempt)."""
        self.stubborn = 0
        """How many cancellations those who come from now on ignore."""
        self.crowd: Counter[str] = Counter()
        """The largest number of performers of each job at once."""
        self.largest = 0
        """The largest number of performers at once."""

    async def perform(self, context: RunContext) -> None:
        """Be on the stage."""
        one = Performer(context, self.stubborn)
        self.here.append(one)
        self.begun[context.occurrence, context.attempt] += 1
        crowd = sum(other.job == one.job for other in self.here)
        self.crowd[one.job] = max(crowd, self.crowd[one.job])
        self.largest = max(self.largest, len(self.here))
        try:
            await one.perform()
        finally:
            self.here.remove(one)

    def forget(self, job: str) -> None:
        """Forget a job that is gone, and whose runs these are; another of that alias may do the same."""
        for one in self.here:
            if one.job == job:
                one.job = ""
        self.begun = Counter({run: count for run, count in self.begun.items() if run[0][: len(job)] != job})
        del self.crowd[job]


STAGES: list[Stage] = []
"""The stage of the story that is told now, alone."""


async def perform(context: RunContext) -> None:
    """Do what the test says; the work of all jobs in it."""
    await STAGES[-1].perform(context)
