"""at(...): named moments."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from clockhand.contracts import Timer
from clockhand.errors import DefinitionError
from clockhand.triggers import At, at

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_moments_are_kept_in_utc_in_order_and_once():
    """Datetimes of any zone and texts, told twice or out of order, make the same value."""
    berlin = datetime(2026, 12, 1, 13, tzinfo=ZoneInfo("Europe/Berlin"))
    timer = at(NOON + HOUR, "2026-12-01T12:00:00Z", berlin, "2026-12-01T14:00:00+01:00")
    assert timer.moments == (NOON, NOON + HOUR)
    assert all(moment.tzinfo is UTC for moment in timer.moments)
    assert timer == At((NOON, NOON + HOUR)) == At([NOON + HOUR, NOON])
    assert At(NOON) == At("2026-12-01T12:00:00Z") == at(NOON)


def test_both_passes_of_an_overlap_are_two_moments():
    """02:30 in the first pass and in the second are an hour apart, though their wall clocks are equal."""
    first = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    assert len(at(first, first.replace(fold=1)).moments) == 2


def test_next_last_and_count():
    """Strictly later; the closed range, both ways."""
    timer = at(NOON, NOON + HOUR)
    assert timer.next_after(NOON - HOUR) == NOON
    assert timer.next_after(NOON) == NOON + HOUR
    assert timer.next_after(NOON + HOUR) is None
    assert timer.last_before(NOON, since=NOON) == NOON
    assert timer.last_before(NOON + HOUR / 2, since=NOON - HOUR) == NOON
    assert timer.last_before(NOON + HOUR / 2, since=NOON + HOUR / 4) is None
    assert timer.last_before(NOON - HOUR, since=NOON - 2 * HOUR) is None
    assert timer.count(NOON, NOON + HOUR) == 2
    assert timer.count(NOON + HOUR / 2, NOON + 5 * HOUR) == 1
    assert timer.count(NOON + HOUR, NOON) == 0


def test_one_list_is_taken_as_several():
    """As TOML does."""
    assert at([NOON, "2026-12-01T13:00:00Z"]) == at(NOON, NOON + HOUR)
    with pytest.raises(DefinitionError, match=r"^at: not a datetime, given \["):
        at([NOON], NOON)


def test_it_keeps_the_past():
    """A named moment counts even when it has passed."""
    assert at(NOON).keeps_past
    assert isinstance(at(NOON), Timer)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            datetime(2026, 1, 1),
            (
                "at: a datetime without a time zone, given 2026-01-01T00:00:00; "
                "add one, for example tzinfo=ZoneInfo('Europe/Berlin')"
            ),
        ),
        ("soon", "at: not a date and time, given 'soon'; write it like 2026-03-01T09:00:00Z"),
        (date(2026, 1, 1), "at: not a datetime, given datetime.date(2026, 1, 1)"),
        ((), "at: no moment given, name at least one"),
    ],
)
def test_what_is_no_moment_is_refused(given, message):
    """The error names the field, and what was given."""
    with pytest.raises(DefinitionError) as caught:
        At(given)
    assert str(caught.value) == message


def test_a_text_without_an_offset_is_refused():
    """A wall-clock text alone doesn't say when."""
    with pytest.raises(DefinitionError, match=r"^at: a datetime without a time zone"):
        at("2026-12-01T12:00:00")
