"""What is in the way of another run, in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from clockhand._engine.overlap import in_the_way
from clockhand.contracts import OpenOccurrence, OpenState

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ROOM = "waiting for room in executor 'thread'"


def one(state: OpenState, attempt: int = 1, later: int = 0) -> OpenOccurrence:
    """Return an occurrence that may start so many seconds from now."""
    key = f"job@{state}{attempt}{later}"
    return OpenOccurrence(key, "job", NOW, state, attempt, NOW + timedelta(seconds=later), "thread")


RUNNING, PLANNED, RETRY = one(OpenState.RUNNING), one(OpenState.PLANNED), one(OpenState.PLANNED, 2, 30)


@pytest.mark.parametrize(
    ("busy", "strays", "said"),
    [
        ([RUNNING], 0, "the previous run has not ended"),
        ([RUNNING, RUNNING], 0, "2 runs have not ended"),
        ([PLANNED], 0, f"the previous one has not ended: it is {ROOM}"),
        ([one(OpenState.PLANNED, 2)], 0, f"the previous one has not ended: it is {ROOM}"),
        ([RETRY], 0, "the previous one has not ended: it is waiting for its next attempt"),
        ([], 1, "the previous run has its verdict, but could not be stopped and goes on"),
        ([], 2, "2 have not ended: 2 that could not be stopped"),
        (
            [RUNNING, PLANNED, PLANNED],
            1,
            f"4 have not ended: 1 running, 2 {ROOM}, 1 that could not be stopped",
        ),
    ],
)
def test_what_is_in_the_way_is_named_as_what_it_is(busy, strays, said):
    """A run that runs, one that waits, and one that has its verdict already are told apart."""
    assert in_the_way(busy, strays, NOW) == said
