"""A work's startup, func and teardown in a plain thread, where awaitables get a loop of their own."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

from clockhand.executors.outcomes import after_teardown, raised, succeeded

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from clockhand._model.protocols import RunContext, Work
    from clockhand._model.run import Outcome


def perform(work: Work, context: RunContext) -> Outcome:
    """Return how *work*'s three phases ended. Never raises: SystemExit too is a failure of the run."""
    loop = _PrivateLoop()
    try:
        loop.settle(work.startup(context))
        outcome = succeeded(loop.settle(work.func(context)))
    except BaseException as error:  # noqa: BLE001 - whatever a work raises is how its run ended
        outcome = raised(error, context)
    try:
        loop.settle(work.teardown(context))
    except BaseException as error:  # noqa: BLE001 - likewise
        outcome = after_teardown(outcome, raised(error, context))
    try:
        loop.close()
    except BaseException as error:  # noqa: BLE001 - a task that the work left behind may raise as well
        outcome = after_teardown(outcome, raised(error, context))
    return outcome


class _PrivateLoop:
    """An event loop for one run, made when something must be awaited and shared by its phases."""

    def __init__(self) -> None:
        self._runner: asyncio.Runner | None = None

    def settle(self, value: Any) -> Any:
        """Return *value*, or what it is an awaitable of."""
        if not inspect.isawaitable(value):
            return value
        if self._runner is None:
            self._runner = asyncio.Runner()
        return self._runner.run(_awaited(value))

    def close(self) -> None:
        """End what is left on the loop, if there ever was one."""
        if self._runner is not None:
            self._runner.close()


async def _awaited(value: Awaitable[Any]) -> Any:
    return await value
