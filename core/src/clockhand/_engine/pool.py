"""The executors by alias, and how much room is left once what is about to enter is counted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import attrs

from clockhand.contracts.batches import Claim
from clockhand.contracts.executor import Executor

NAMED: Final = 10
"""How many jobs are named at most."""


@attrs.define
class Seat:
    """An executor, and how many runs have been promised to it that it hasn't taken yet."""

    alias: str
    kind: str
    executor: Executor
    promised: int = 0
    closing: bool = False
    crowded: bool = False
    """Whether it had no room when this was last looked at; then somebody may wait for the end of a run."""
    strays: list[Claim] = attrs.field(factory=list)
    """Runs that have their outcome, could not be stopped, and hold their slots until they end."""

    def room(self) -> int:
        """Return how many more runs may be promised."""
        return max(0, self.executor.room() - self.promised)

    def stuck(self) -> str:
        """Return whose runs that could not be stopped leave no room here, empty if there is some."""
        if not self.strays or self.executor.room():
            return ""
        jobs = sorted({claim.occurrence.job for claim in self.strays})
        more = f" and {len(jobs) - NAMED} more" if len(jobs) > NAMED else ""
        names = ", ".join(jobs[:NAMED]) + more
        return f"no room is left; runs that could not be stopped hold it until they end, of: {names}"


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

    def take(self, alias: str, room: int, left: int) -> None:
        """Promise an executor so many runs that of its *room* so much is *left*."""
        seat = self._seats.get(alias)
        if seat is not None:
            seat.promised += room - left
            seat.crowded = left <= 0

    def promise(self, alias: str, runs: int) -> None:
        """Promise *runs* more to an executor, or fewer when negative; one that is gone hears nothing."""
        seat = self._seats.get(alias)
        if seat is not None:
            seat.promised += runs

    def room(self) -> dict[str, int]:
        """Return the room of each executor; an alias with no room is there, with 0."""
        return {alias: seat.room() for alias, seat in self._seats.items() if not seat.closing}
