"""The contract of an executor: where a run runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from clockhand._model.protocols import RunContext
from clockhand._model.run import Outcome
from clockhand.contracts.batches import Claim
from clockhand.contracts.context import ExecutorContext


class Executor(ABC):
    """
    Runs works. Called on the scheduler's event loop only.

    Capacity is local occupancy: a run that couldn't be stopped holds its slot until it has ended.
    """

    apart: ClassVar[bool] = False
    """
    Whether works run in other processes. What their kinds share is opened there, by the executor, and
    the scheduler opens nothing for them: `context.shared` is of no use here.
    """

    async def startup(self, context: ExecutorContext) -> None:
        """Get ready; the default does nothing."""

    async def teardown(self) -> None:
        """Let go of everything; the default does nothing."""

    @abstractmethod
    def room(self) -> int:
        """Return how many more runs would start at once; never negative."""

    @abstractmethod
    async def execute(self, claim: Claim, context: RunContext) -> Outcome:
        """
        Run the claim's work once, startup, func, teardown, and return how it ended.

        Never raises but CancelledError, when its own task is cancelled: whatever the work raises,
        SystemExit too, is an Outcome.
        """

    @abstractmethod
    def cancel(self, claim: Claim, *, force: bool) -> bool:
        """
        Ask the run of *claim*, the very one that execute() got, to end; with *force*, make it.

        Each further call with *force* goes one step further, as far as there are any: first what a
        run can still clean up after (TERM to the process group, a second cancel of its task), then
        what it can't (KILL). The scheduler decides when; nothing is forced that was not asked for.

        Returns whether it will: False when the run can't be stopped from outside (a thread), so that
        nobody waits for it. A claim that isn't running is False. It is the claim that counts, not its
        token: tokens of different silos may be the same.
        """
