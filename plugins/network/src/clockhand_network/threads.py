"""Calls that wait for a disk, each in a daemon thread of its own."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


async def in_thread(function: Callable[..., T], *args: Any) -> T:
    """
    Return what *function* returns, while the event loop goes on.

    Not in asyncio's pool: a disk that hangs (one on another machine) would take its few threads one
    by one, names of hosts could no longer be looked up, and the end of the program would wait for it.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def call() -> None:
        try:
            result = function(*args)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the one who waits has to hear of it
            tell(answer.set_exception, error)
        else:
            tell(answer.set_result, result)

    def tell(settle: Callable[[Any], None], value: object) -> None:
        with suppress(RuntimeError):  # the loop is closed, and nobody waits any more
            loop.call_soon_threadsafe(told, settle, value)

    def told(settle: Callable[[Any], None], value: object) -> None:
        if not answer.done():  # as it is when whoever waited was cancelled
            settle(value)

    threading.Thread(
        target=contextvars.copy_context().run, args=(call,), name="clockhand-network", daemon=True
    ).start()
    return await answer
