"""Which jobs a filter picks."""

from datetime import UTC, datetime

import attrs
import pytest

from clockhand import Job, call, every
from clockhand.contracts import JobFilter, Paused, StoredJob, Unreadable

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ROW = StoredJob(
    Job(alias="a", work=call("app:f"), triggers=every(60), tags=["x", "y"]), 1, "runtime", NOW, NOW
)
PAUSED = attrs.evolve(ROW, paused=Paused("", "", NOW))
SICK = attrs.evolve(ROW, quarantined="5 owners died")
WRECK = Unreadable("w", "not JSON", b"", source="code:app")


@pytest.mark.parametrize(
    ("fields", "picked"),
    [
        ({}, [ROW, PAUSED, SICK, WRECK]),
        ({"aliases": frozenset()}, []),
        ({"aliases": frozenset({"w", "z"})}, [WRECK]),
        ({"tags": frozenset()}, []),
        ({"tags": frozenset({"y", "z"})}, [ROW, PAUSED, SICK]),
        ({"source": "runtime"}, [ROW, PAUSED, SICK]),
        ({"source": ""}, []),
        ({"paused": True}, [PAUSED]),
        ({"paused": False}, [ROW, SICK, WRECK]),
        ({"quarantined": True}, [SICK, WRECK]),
        ({"quarantined": False}, [ROW, PAUSED]),
        ({"quarantined": True, "source": "code:app"}, [WRECK]),
    ],
)
def test_what_a_filter_picks(fields, picked):
    """None is any, an empty set is nothing, several conditions hold at once."""
    which = JobFilter(**fields)
    assert [row for row in (ROW, PAUSED, SICK, WRECK) if which.matches(row)] == picked
