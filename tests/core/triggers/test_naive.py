"""Moments without an offset: refused by every timer, with what is wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from clockhand.contracts import Facts
from clockhand.errors import DefinitionError
from clockhand.triggers import (
    after_completion,
    all_of,
    any_of,
    at,
    at_start,
    but_not,
    cron,
    every,
    next_business_day,
)
from clockhand.triggers.calendars import dates

NAIVE = datetime(2026, 1, 1)
AWARE = datetime(2026, 1, 2, tzinfo=UTC)
LATE = AWARE + timedelta(30)
FACTS = Facts(anchor=AWARE, process_started=AWARE, last_end=AWARE)
TIMERS = [
    cron("@daily"),
    cron("@daily", tz="Europe/Berlin"),
    every("5h"),
    every(days=1),
    at("2026-01-20T09:00:00Z"),
    at_start(),
    after_completion("1h"),
    any_of(cron("@daily"), every("5h")),
    all_of(cron("@daily"), every("1h", anchor=AWARE)),
    but_not(cron("@daily"), dates("2026-01-10")),
    next_business_day(every(days=1)),
]
NAMED = "^{}: a datetime without a time zone, given 2026-01-01T00:00:00; add one"


@pytest.mark.parametrize("timer", TIMERS, ids=repr)
def test_a_naive_moment_is_named(timer):
    """A TypeError of the arithmetic inside says nothing to who asked."""
    with pytest.raises(DefinitionError, match=NAMED.format("moment")):
        timer.next_after(NAIVE, FACTS)
    with pytest.raises(DefinitionError, match=NAMED.format("moment")):
        timer.last_before(NAIVE, since=AWARE, facts=FACTS)
    with pytest.raises(DefinitionError, match=NAMED.format("since")):
        timer.last_before(LATE, since=NAIVE, facts=FACTS)
    with pytest.raises(DefinitionError, match=NAMED.format("first")):
        timer.count(NAIVE, LATE, FACTS)
    with pytest.raises(DefinitionError, match=NAMED.format("last")):
        timer.count(AWARE, NAIVE, FACTS)


@pytest.mark.parametrize("timer", TIMERS, ids=repr)
def test_what_is_no_moment_is_named_too(timer):
    """Whatever it is."""
    with pytest.raises(DefinitionError, match=r"^moment: not a datetime, given "):
        timer.next_after(timedelta(1), FACTS)
    with pytest.raises(DefinitionError, match=r"^last: not a datetime, given "):
        timer.count(AWARE, timedelta(1), FACTS)


def test_who_forgets_a_moment_hears_which():
    """As of any function."""
    with pytest.raises(TypeError, match=r"missing 1 required keyword-only argument: 'since'"):
        cron("@daily").last_before(AWARE)
