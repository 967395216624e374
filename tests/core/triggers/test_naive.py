"""Moments without an offset: refused by every timer, with what is wrong."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from clockhand.errors import DefinitionError
from clockhand.triggers import any_of, at, cron, every, next_business_day


@pytest.mark.parametrize(
    "timer",
    [
        cron("@daily"),
        cron("@daily", tz="Europe/Berlin"),
        every("5m"),
        every(days=1),
        at("2026-12-01T09:00:00Z"),
        any_of(cron("@daily"), every("5m")),
        next_business_day(every(days=1)),
    ],
    ids=repr,
)
def test_a_naive_moment_is_named(timer):
    """A TypeError of the arithmetic inside says nothing to who asked."""
    with pytest.raises(DefinitionError, match=r"^moment: a datetime without a time zone, given 2026-01-01"):
        timer.next_after(datetime(2026, 1, 1))


@pytest.mark.parametrize("timer", [cron("@daily"), every("5m"), at("2026-12-01T09:00:00Z")], ids=repr)
def test_what_is_no_moment_is_named_too(timer):
    """Whatever it is."""
    with pytest.raises(DefinitionError, match=r"^moment: not a datetime, given "):
        timer.next_after(timedelta(1))
