"""Reloads that nobody waits for: a signal asks for them, and the log tells how they went."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

import attrs

from clockhand.contracts.msgs import Reloaded
from clockhand.errors import told

_log = logging.getLogger("clockhand")


class Reloads:
    """Starts reloads, and holds each until it is done."""

    def __init__(self, reload: Callable[[], Coroutine[Any, Any, Reloaded]]) -> None:
        self._reload = reload
        self._tasks: set[asyncio.Task[Reloaded]] = set()

    def soon(self) -> None:
        """Reload, as SIGHUP asks for, and tell how it went."""
        _log.info("SIGHUP: reloading")
        task = asyncio.ensure_future(self._reload())
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Reloaded]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            _log.error("reload: nothing has changed: %s", told(error))
            return
        for name, value in attrs.asdict(task.result()).items():
            if value and name != "unchanged":
                _log.info("reload: %s: %s", name, ", ".join(value))
        same = len(task.result().unchanged)
        _log.info("reload: done, %d job%s unchanged", same, "" if same == 1 else "s")
