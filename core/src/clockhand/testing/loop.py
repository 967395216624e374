"""An asyncio event loop on virtual time: it never waits for a timer, only for the world."""

from __future__ import annotations

import asyncio
import math
import selectors
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from contextlib import ExitStack
from datetime import datetime
from typing import Any, Final, TypeAlias, TypeVar

from clockhand.testing.clock import START, VirtualClock

T = TypeVar("T")
Ready: TypeAlias = list[tuple[selectors.SelectorKey, int]]
Rest: TypeAlias = Callable[[float | None], Ready]

PATIENCE: Final = 30.0
"""For how many real seconds a loop without a timer waits for the files that it watches."""


class NothingToWaitFor(RuntimeError):
    """The tasks of a loop wait for what nobody will ever do; on real time it would hang."""


class _Selector(selectors.DefaultSelector):
    """The place where an event loop rests; here the loop decides itself how."""

    def __init__(self, rest: Rest) -> None:
        super().__init__()
        self._rest = rest

    def select(self, timeout: float | None = None) -> Ready:
        return self._rest(timeout)

    def wait(self, timeout: float | None) -> Ready:
        """Wait for real, up to *timeout* seconds, for a watched file to be ready."""
        return super().select(timeout)


class VirtualLoop(asyncio.SelectorEventLoop):
    """
    An event loop whose time is that of *clock*.

    When nothing is ready and nobody holds the clock, time jumps to the next timer. While somebody
    holds it the loop waits for real: for a file, a socket, a call from another thread, or the last
    holder to let go. Work given to `run_in_executor` holds the clock by itself. Where nothing can
    ever happen any more, running the loop raises NothingToWaitFor; it waits up to *patience* real
    seconds for files and sockets that it watches.
    """

    def __init__(self, clock: VirtualClock, patience: float = PATIENCE) -> None:
        self.clock = clock
        self._patience = patience
        self._running_in = 0
        self._files = _Selector(self._rest)
        super().__init__(self._files)
        self._own = frozenset(self._files.get_map())
        clock.attach(self._wake)
        self._jump(0.0)

    def time(self) -> float:
        """Return the clock's monotonic time, in seconds."""
        return self.clock.monotonic()

    def run_forever(self) -> None:
        """Run until `stop()` is called, or raise NothingToWaitFor."""
        self._running_in = threading.get_ident()
        try:
            super().run_forever()
        finally:
            self._running_in = 0

    def close(self) -> None:
        """Close the loop, and leave the clock to the next one."""
        if not self.is_closed():
            self.clock.detach()
        super().close()

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """Run *func* in another thread, holding the clock until its result is there."""
        with ExitStack() as stack:
            stack.enter_context(self.clock.hold())
            future = super().run_in_executor(executor, func, *args)
            let_go = stack.pop_all().close
        future.add_done_callback(lambda _: let_go())
        return future

    async def shutdown_default_executor(self, *timeout: Any) -> None:
        """Wait, in real time, for the threads of the default executor to end."""
        with self.clock.hold():
            await super().shutdown_default_executor(*timeout)

    def _rest(self, timeout: float | None) -> Ready:
        # Asked before looking: whoever lets go after this has already put its result where we look next.
        held = self.clock.held
        ready = self._files.wait(0)
        if ready or timeout == 0:
            return ready
        if held:
            return self._files.wait(None)
        if timeout is None:
            return self._wait_for_the_world()
        self._jump(timeout)
        return ready

    def _jump(self, seconds: float) -> None:
        self.clock.advance(seconds)
        # A timer is due when it is nearer than this; less than a step of the float would never be reached.
        self._clock_resolution = max(1e-9, 2 * math.ulp(self.time()))

    def _wait_for_the_world(self) -> Ready:
        watched = [str(key.fileobj) for fd, key in self._files.get_map().items() if fd not in self._own]
        ready = self._files.wait(self._patience) if watched else []
        if ready:
            return ready
        tasks = ", ".join(sorted(_named(task) for task in asyncio.all_tasks(self))) or "none"
        if watched:
            raise NothingToWaitFor(
                f"loop: nothing happened in {self._patience:g} real seconds, "
                f"waiting for files {', '.join(watched)}; tasks: {tasks}"
            )
        raise NothingToWaitFor(
            "loop: nothing is scheduled and nobody holds the clock, so nothing can happen any more; "
            f"tasks: {tasks}; hold the clock around what another thread or process does"
        )

    def _wake(self) -> None:
        # In the loop's own thread there is nobody to wake: it looks at the clock before it rests.
        if threading.get_ident() != self._running_in and not self.is_closed():
            self.call_soon_threadsafe(_nothing)


def _nothing() -> None:
    pass


def _named(task: asyncio.Task[Any]) -> str:
    return f"{task.get_name()} ({getattr(task.get_coro(), '__qualname__', '?')})"


def run_virtual(
    main: Callable[[VirtualClock], Coroutine[Any, Any, T]] | Coroutine[Any, Any, T],
    *,
    start: datetime = START,
    clock: VirtualClock | None = None,
) -> T:
    """
    Run *main* on virtual time and return its result; like `asyncio.run`, tasks left over are cancelled.

    *main* is a coroutine, or a function that makes one when it is given the clock. The clock begins
    at *start*, unless a *clock* is given. Raises what *main* raises, or NothingToWaitFor.
    """
    time = VirtualClock(start) if clock is None else clock
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(time)) as runner:
        return runner.run(main(time) if callable(main) else main)
