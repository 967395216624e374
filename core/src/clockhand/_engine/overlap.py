"""What is in the way of another run of a job, in the words that go on record: pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from clockhand._model.occurrence import OpenOccurrence, OpenState

_RUNS: Final = "running"
_STRAY: Final = "that could not be stopped"
_RETRY: Final = "waiting for its next attempt"


def in_the_way(busy: Sequence[OpenOccurrence], strays: int, now: datetime) -> str:
    """Return what hasn't ended of a job: its open occurrences *busy*, and *strays*, which go on after it."""
    found = Counter(_doing(one, now) for one in busy)
    if strays:
        found[_STRAY] = strays
    total = found.total()
    if set(found) == {_RUNS}:
        return "the previous run has not ended" if total == 1 else f"{total} runs have not ended"
    if total > 1:
        return f"{total} have not ended: {', '.join(f'{many} {doing}' for doing, many in found.items())}"
    (doing,) = found
    if doing == _STRAY:
        return "the previous run has its verdict, but could not be stopped and goes on"
    return f"the previous one has not ended: it is {doing}"


def _doing(one: OpenOccurrence, now: datetime) -> str:
    if one.state is OpenState.RUNNING:
        return _RUNS
    return _RETRY if one.not_before > now else f"waiting for room in executor {one.executor!r}"
