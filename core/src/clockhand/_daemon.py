"""A scheduler in the background: a thread of its own, and a channel to it with two sides."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections import deque
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future, InvalidStateError
from types import TracebackType
from typing import Any, Final, Self, TypeVar, cast

import attrs

from clockhand._model.event import Event
from clockhand.contracts.msgs import Health, HealthReport, Msg, Stop
from clockhand.errors import ClockhandError, StateError, told
from clockhand.scheduler import Scheduler
from clockhand.scheduler.keeping import run_kept

R = TypeVar("R")

_log = logging.getLogger("clockhand")

CAPACITY: Final = 10_000
"""How many events a receiver holds until the oldest are dropped."""


FAREWELL: Final = 2.0
"""Seconds that a daemon which has stopped takes over the last answers."""
PAUSE: Final = 0.001
"""Seconds between two looks at whether they were given."""
PATIENCE: Final = 2.0
"""Seconds that the loop has to say how it does; then it is said from outside."""


@attrs.frozen
class Lagged:
    """In place of events that a receiver was too slow to take: how many were dropped."""

    count: int


class Receiver:
    """
    One side of the channel: the events, in order, from the moment it was made.

    Bounded: when nobody takes them the oldest are dropped, and the next thing taken is `Lagged(n)`.
    Iterating waits for the next event and ends when the scheduler has stopped.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._events: deque[Event] = deque()
        self._capacity = capacity
        self._dropped = 0
        self._closed = False
        self._changed = threading.Condition()

    def put(self, event: Event) -> None:
        """Take in *event*; never blocks."""
        with self._changed:
            if len(self._events) >= self._capacity:
                self._events.popleft()
                self._dropped += 1
            self._events.append(event)
            self._changed.notify()

    def close(self) -> None:
        """Let whoever waits know that no more will come."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def get(self, timeout: float | None = None) -> Event | Lagged:
        """
        Return the next event, waiting for up to *timeout* seconds (None: as long as it takes).

        Raises TimeoutError when the time is over, and StateError when the scheduler has stopped and
        all was taken.
        """
        with self._changed:
            ready = self._changed.wait_for(lambda: self._events or self._dropped or self._closed, timeout)
            if self._dropped:
                lagged, self._dropped = Lagged(self._dropped), 0
                return lagged
            if self._events:
                return self._events.popleft()
            if ready:
                raise StateError("receiver: the scheduler has stopped, no more events will come")
            raise TimeoutError(f"receiver: no event within {timeout} s")

    def __iter__(self) -> Iterator[Event | Lagged]:
        while True:
            try:
                yield self.get()
            except StateError:
                return


class Sender:
    """The other side: Msgs to the scheduler, from any thread, each with its typed reply."""

    def __init__(self, scheduler: Scheduler, loop: asyncio.AbstractEventLoop) -> None:
        self._scheduler = scheduler
        self._loop = loop
        self._lock = threading.RLock()
        self._open = True
        self._asked: dict[Future[Any], Coroutine[Any, Any, Any]] = {}

    def send(self, msg: Msg[R], timeout: float | None = None) -> R:
        """
        Send *msg* and return its reply, waiting for up to *timeout* seconds (None: as long as it takes).

        Raises what the Msg raises, StateError once the scheduler has stopped, and TimeoutError.
        """
        if isinstance(msg, Health):
            return cast("R", self._health(msg, timeout))
        return self._submit(msg).result(timeout)

    def _health(self, msg: Health, timeout: float | None) -> HealthReport:
        """Return how the scheduler does; said from here where its loop is too busy to say so itself."""
        limit = PATIENCE if timeout is None else min(timeout, PATIENCE)
        future = self._submit(msg)
        try:
            return future.result(limit)
        except TimeoutError:
            future.cancel()
            return self._scheduler.health_from_outside()

    async def ask(self, msg: Msg[R]) -> R:
        """Send *msg* from async code, of any event loop, and return its reply; raises as `send` does."""
        return await asyncio.wrap_future(self._submit(msg))

    def _submit(self, msg: Msg[R]) -> Future[R]:
        with self._lock:
            if not self._open:
                raise StateError(f"scheduler: it has stopped, so it takes no {type(msg).__name__}")
            asked = self._scheduler.act(msg)
            future = asyncio.run_coroutine_threadsafe(asked, self._loop)
            self._asked[future] = asked
        future.add_done_callback(self._answered)
        return future

    def _answered(self, future: Future[Any]) -> None:
        with self._lock:
            self._asked.pop(future, None)

    async def close(self) -> None:
        """Take no more Msgs, and let those that were taken be answered. On the scheduler's loop."""
        with self._lock:
            self._open = False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL):
                while self._asked:  # noqa: ASYNC110 - the answers are futures of other threads
                    await asyncio.sleep(PAUSE)

    def fail(self) -> None:
        """Tell whoever still waits that no answer will come; the loop is gone."""
        with self._lock:
            self._open = False
            left = list(self._asked.items())
        for future, asked in left:
            asked.close()
            with contextlib.suppress(InvalidStateError):
                future.set_exception(StateError("scheduler: it has stopped, no answer will come"))


class Daemon:
    """
    A scheduler that runs in a thread of its own.

    Unpacks to `sender, receiver`; leaving it as a context manager stops the scheduler.
    """

    def __init__(self, scheduler: Scheduler) -> None:
        self.receiver = Receiver()
        self._receivers = [self.receiver]
        self._scheduler = scheduler
        self._started: Future[Sender] = Future()
        self._over = threading.Event()
        self._error: BaseException | None = None
        self._unwanted = False
        self._thread = threading.Thread(target=self._run, name="clockhand", daemon=True)
        scheduler.subscribe(self.receiver.put)
        self._thread.start()
        try:
            self.sender = self._started.result()
        except BaseException:
            self._unwanted = True
            self._thread.join(None if self._started.done() else FAREWELL)
            raise

    def _run(self) -> None:
        try:
            run_kept(self._main)
        except BaseException as error:  # noqa: BLE001 - it belongs to the caller, who waits for the start or the end
            if not self._started.done():
                self._started.set_exception(error)
            else:
                self._error = error
                _log.error("the scheduler has ended: %s", told(error))
        finally:
            if not self._started.exception():
                self._started.result().fail()
            for receiver in self._receivers:
                receiver.close()
            self._over.set()

    async def _main(self) -> None:
        await self._scheduler.startup()
        sender = Sender(self._scheduler, asyncio.get_running_loop())
        self._started.set_result(sender)
        try:
            if not self._unwanted:  # who waited for the start was interrupted
                await self._scheduler.stopped()
        finally:
            await self._scheduler.teardown()
            await sender.close()

    def subscribe(self) -> Receiver:
        """Return one more receiver, for events from now on."""
        receiver = Receiver()
        self._receivers.append(receiver)
        self._scheduler.subscribe(receiver.put)
        return receiver

    def stop(self) -> None:
        """Stop the scheduler and wait until it has; raises what has ended it before, if anything did."""
        if not self._over.is_set():
            with contextlib.suppress(StateError):
                self.sender.send(Stop())
        self._thread.join()
        if self._error is not None:
            raise StateError(f"scheduler: it has ended by itself: {told(self._error)}") from self._error

    def join(self, timeout: float | None = None) -> bool:
        """Wait until the scheduler has stopped, for up to *timeout* seconds; return whether it has."""
        return self._over.wait(timeout)

    def __iter__(self) -> Iterator[Any]:
        yield self.sender
        yield self.receiver

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop()
        except ClockhandError:
            if error is None:
                raise


def daemon(scheduler: Scheduler) -> Daemon:
    """
    Start *scheduler* in the background and return both sides of the channel to it.

    `sender, receiver = daemon(scheduler)`, or `with daemon(scheduler) as running:`. What the start
    raises is raised here.
    """
    return Daemon(scheduler)
