"""Counting runs as they are told of."""

from __future__ import annotations

from clockhand._model.event import Event, RunFailed, RunStarted, RunTimedOut


class Tally:
    """A receiver that counts the runs that started, and those that failed or timed out."""

    def __init__(self) -> None:
        self.started = 0
        self.failed = 0

    def __call__(self, event: Event) -> None:
        if isinstance(event, RunStarted):
            self.started += 1
        elif isinstance(event, RunFailed | RunTimedOut):
            self.failed += 1
