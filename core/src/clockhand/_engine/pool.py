"""The executors by alias, and how much room is left once what is about to enter is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import attrs

from clockhand.contracts.executor import Executor


@attrs.define
class Seat:
    """An executor, and how many runs have been promised to it that it hasn't taken yet."""

    alias: str
    kind: str
    executor: Executor
    promised: int = 0
    closing: bool = False

    def room(self) -> int:
        """Return how many more runs may be promised."""
        return max(0, self.executor.room() - self.promised)


class Pool:
    """The executors of one scheduler."""

    def __init__(self) -> None:
        self._seats: dict[str, Seat] = {}

    def __contains__(self, alias: object) -> bool:
        return alias in self._seats

    def __iter__(self) -> Iterator[Seat]:
        return iter(list(self._seats.values()))

    def add(self, alias: str, kind: str, executor: Executor) -> None:
        """Let an executor in."""
        self._seats[alias] = Seat(alias, kind, executor)

    def remove(self, alias: str) -> Seat:
        """Take an executor out; KeyError if there is none of that alias."""
        return self._seats.pop(alias)

    def seat(self, alias: str) -> Seat | None:
        """Return the executor of that alias, None if there is none."""
        return self._seats.get(alias)

    def promise(self, alias: str, runs: int) -> None:
        """Promise *runs* more to an executor, or fewer when negative; one that is gone hears nothing."""
        seat = self._seats.get(alias)
        if seat is not None:
            seat.promised += runs

    def room(self) -> Counter[str]:
        """Return the room of each executor; an alias with no room is there, with 0."""
        return Counter({alias: seat.room() for alias, seat in self._seats.items() if not seat.closing})
