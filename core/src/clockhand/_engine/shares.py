"""What kinds of work open once per scheduler for all their runs, such as one HTTP client."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import AsyncExitStack
from typing import Any

from clockhand._model.protocols import Work
from clockhand.contracts.kind import Kind


class Shares:
    """Opens a kind's `share` when the first work of it runs, and closes all of them at the end."""

    def __init__(self, kinds: Iterable[Kind[Work]], stack: AsyncExitStack) -> None:
        self._shares = {kind.options: kind.share for kind in kinds if kind.share is not None}
        self._open: dict[type[Any], Any] = {}
        self._stack = stack
        self._lock = asyncio.Lock()

    def ready(self, work: Work) -> tuple[bool, Any]:
        """Return whether what the kind of *work* shares is open, and that; None for a kind that has none."""
        kind = type(work)
        if kind in self._open:
            return True, self._open[kind]
        return kind not in self._shares, None

    def needed(self, work: Work) -> bool:
        """Say whether the kind of *work* shares something."""
        return type(work) in self._shares

    async def get(self, work: Work) -> Any:
        """Return what the kind of *work* shares, opened if it wasn't; raises what opening it raises."""
        kind = type(work)
        if kind in self._open:
            return self._open[kind]
        async with self._lock:
            if kind not in self._open:
                self._open[kind] = await self._stack.enter_async_context(self._shares[kind]())
        return self._open[kind]
