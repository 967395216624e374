"""Which entries a query picks."""

from datetime import UTC, datetime, timedelta

import pytest

from clockhand.contracts import Entry, Query, Verdict, What

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
RAN = Entry(NOW, What.RUN_ENDED, "a", "a@1", NOW, Verdict.FAILED)
SKIPPED = Entry(NOW + SECOND, What.NEVER_RAN, "b", "b@1", NOW, Verdict.MISSED)
STARTED = Entry(NOW + 2 * SECOND, What.SCHEDULER_STARTED)


@pytest.mark.parametrize(
    ("fields", "picked"),
    [
        ({}, [RAN, SKIPPED, STARTED]),
        ({"jobs": frozenset()}, []),
        ({"jobs": frozenset("ab")}, [RAN, SKIPPED]),
        ({"occurrence": "a@1"}, [RAN]),
        ({"occurrence": ""}, [STARTED]),
        ({"whats": frozenset()}, []),
        ({"whats": frozenset({What.NEVER_RAN})}, [SKIPPED]),
        ({"verdicts": frozenset()}, []),
        ({"verdicts": frozenset({Verdict.FAILED})}, [RAN]),
        ({"since": NOW + SECOND}, [SKIPPED, STARTED]),
        ({"until": NOW + SECOND}, [RAN]),
        ({"since": NOW, "until": NOW}, []),
    ],
)
def test_what_a_query_picks(fields, picked):
    """None is any, an empty set is nothing; since is inclusive, until is not."""
    assert [entry for entry in (RAN, SKIPPED, STARTED) if Query(**fields).matches(entry)] == picked
