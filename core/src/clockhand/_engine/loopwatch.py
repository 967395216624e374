"""Watching the event loop: how late it is, and what it is busy with when it keeps others waiting."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
import traceback
from collections import deque
from types import FrameType
from typing import Final

INTERVAL: Final = 0.5
"""Seconds between two looks, while there are runs."""
LONG: Final = 1.0
"""Seconds without a sign of life after which the loop counts as kept busy."""
MEMORY: Final = 60.0
"""For how many seconds the longest lag is remembered."""
FRAMES: Final = 6


class LoopWatch:
    """
    A heartbeat on the loop, and a daemon thread that misses it; both only while runs are in hand.

    A coroutine that computes for seconds, or calls something that blocks, makes every other run late;
    its stack is what tells which one it was.
    """

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._loop = asyncio.get_running_loop()
        self._loop_thread = threading.get_ident()
        self._timer: asyncio.TimerHandle | None = None
        self._hands = 0
        """How many have runs in hand."""
        self._beaten = time.monotonic()
        self._lags: deque[tuple[float, float]] = deque()
        self._armed = threading.Event()
        self._thread: threading.Thread | None = None
        self._blocked = ""
        self._closed = False

    def arm(self) -> None:
        """Watch, for somebody has runs in hand now who had none."""
        self._hands += 1
        if self._timer is not None or self._closed:
            return
        self._beaten = time.monotonic()
        self._timer = self._loop.call_later(INTERVAL, self._beat)
        self._armed.set()
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, name="clockhand-loopwatch", daemon=True)
            self._thread.start()

    def disarm(self) -> None:
        """Hear that somebody has none any more: with the next beat, unless others come, the watch ends."""
        self._hands -= 1

    def close(self) -> None:
        """Stop watching for good."""
        if self._timer is not None:
            self._timer.cancel()
        self._rest()
        self._closed = True
        self._armed.set()

    def _rest(self) -> None:
        self._timer = None
        self._armed.clear()
        self._blocked = ""

    def _beat(self) -> None:
        if not self._hands:
            self._rest()
            return
        now = time.monotonic()
        late = now - self._beaten - INTERVAL
        while self._lags and (self._lags[0][0] < now - MEMORY or self._lags[-1][1] <= late):
            self._lags.popleft() if self._lags[0][0] < now - MEMORY else self._lags.pop()
        self._lags.append((now, late))
        self._beaten, self._blocked = now, ""
        self._timer = self._loop.call_later(INTERVAL, self._beat)

    def lag(self) -> float:
        """Return the longest, in seconds, that the loop kept others waiting during the last minute."""
        now = time.monotonic()
        lags = [late for when, late in list(self._lags) if when >= now - MEMORY]
        if self._armed.is_set():
            lags.append(now - self._beaten - INTERVAL)
        return max(0.0, *lags) if lags else 0.0

    def blocked_by(self) -> str:
        """Return what keeps the loop busy now, as `function (file:line)`; empty: it is free."""
        return self._blocked

    def _stood_still(self) -> bool:
        """
        Wait for the next look, and say whether the whole process stood still meanwhile.

        This thread is late then as well, and no processor was used: what the loop does now is not to
        blame. A work that computes without letting other threads run makes it late too, but uses one.
        """
        began, used = time.monotonic(), time.process_time()
        time.sleep(INTERVAL)
        stood = time.monotonic() - began - INTERVAL
        if stood <= LONG or time.process_time() - used > stood / 2:
            return False
        self._beaten = time.monotonic()
        self._logger.warning(
            "this process stood still for %.1f s: it was stopped, or the machine slept or had no time for it",
            stood,
        )
        return True

    def _watch(self) -> None:
        while True:
            self._armed.wait()
            if self._closed:
                return
            if self._stood_still():
                continue
            silent = time.monotonic() - self._beaten
            if self._armed.is_set() and silent > INTERVAL + LONG and not self._blocked:
                frame = sys._current_frames().get(self._loop_thread)  # noqa: SLF001 - there is no other way to ask
                self._blocked = _shown(frame)
                self._logger.warning("the event loop is kept busy by %s", self._blocked)


def _shown(frame: FrameType | None) -> str:
    """Return where a thread is, the innermost call first."""
    frames = traceback.extract_stack(frame)[-FRAMES:] if frame is not None else []
    calls = [f"{one.name} ({one.filename}:{one.lineno})" for one in reversed(frames)]
    return ", called by ".join(calls) or "something that left no trace"
