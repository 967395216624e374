"""The keys of occurrences."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhand.contracts import due_key, fired_key, split_key
from clockhand.errors import DefinitionError

aliases = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,20}", fullmatch=True)


@given(aliases, st.datetimes(timezones=st.just(UTC)))
def test_a_key_gives_back_alias_and_due_time(alias, due):
    """It names one due time of one job, as text."""
    assert split_key(due_key(alias, due)) == (alias, due)


def test_how_a_key_reads():
    """The fraction is there when it isn't zero, with six digits."""
    assert due_key("a", datetime(2026, 3, 1, 9, tzinfo=UTC)) == "a@2026-03-01T09:00:00Z"
    assert due_key("a", datetime(2026, 3, 1, 9, 0, 0, 250_000, tzinfo=UTC)) == "a@2026-03-01T09:00:00.250000Z"


@given(aliases)
def test_fired_by_hand_has_no_due_time(alias):
    """Each key is new."""
    key = fired_key(alias)
    assert split_key(key) == (alias, None)
    assert fired_key(alias) != key


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("", "occurrence: not a key, given ''; it reads like name@2026-03-01T09:00:00Z"),
        ("nightly", "occurrence: not a key, given 'nightly'; it reads like"),
        ("nightly@", "occurrence: not a date and time, given ''"),
        ("nightly@noon", "occurrence: not a date and time, given 'noon'"),
        ("nightly@2026-03-01T09:00:00", "occurrence: a datetime without a time zone"),
    ],
)
def test_what_is_no_key(key, says):
    """The text shows how one reads."""
    with pytest.raises(DefinitionError) as caught:
        split_key(key)
    assert str(caught.value).startswith(says)
