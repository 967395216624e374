"""Runs that go on although, by the record, they don't: they count for overlap until they have ended."""

from __future__ import annotations

from collections import Counter

from clockhand._model.occurrence import OpenOccurrence


class Strays:
    """Runs whose outcome was told although they go on, and runs whose occurrence is gone: each once."""

    def __init__(self) -> None:
        self._tokens: set[int] = set()
        self._jobs: Counter[str] = Counter()

    def __bool__(self) -> bool:
        return bool(self._tokens)

    def __contains__(self, token: int) -> bool:
        """Say whether the run of that token is one."""
        return token in self._tokens

    def of(self, job: str) -> int:
        """Return how many runs of that alias are."""
        return self._jobs.get(job, 0)

    def add(self, one: OpenOccurrence) -> None:
        """Take up a run, unless it is among them."""
        if one.token not in self._tokens:
            self._tokens.add(one.token)
            self._jobs[one.job] += 1

    def drop(self, one: OpenOccurrence) -> None:
        """Let go of a run that has ended, if it is one of them."""
        if one.token in self._tokens:
            self._tokens.remove(one.token)
            self._jobs[one.job] -= 1
            if not self._jobs[one.job]:
                del self._jobs[one.job]
