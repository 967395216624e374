"""The name of a time zone: what is taken, and what to write instead of what isn't."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo, available_timezones

import pytest

from clockhand._model.zone import MACHINES, zone_key
from clockhand.errors import DefinitionError
from clockhand.triggers import between, cron, every, weekdays


@pytest.mark.parametrize(
    ("given", "key"),
    [
        (None, None),
        ("Asia/Tokyo", "Asia/Tokyo"),
        ("Etc/GMT-2", "Etc/GMT-2"),
        (ZoneInfo("Asia/Tokyo"), "Asia/Tokyo"),
        (UTC, "UTC"),
        (timezone(timedelta(0), "nowhere"), "UTC"),
    ],
)
def test_names_and_zones_are_taken(given, key):
    """A ZoneInfo has its name, and datetime.UTC has one."""
    assert zone_key(given) == key


@pytest.mark.parametrize("tz", [UTC, ZoneInfo("UTC")])
def test_wherever_a_zone_is_named(tz):
    """It is kept as its name."""
    for one in (
        cron("@daily", tz=tz),
        every(days=1, tz=tz),
        between("22:00", "06:00", tz=tz),
        weekdays(tz=tz),
    ):
        assert one.tz == "UTC"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("Europe/Berln", ", did you mean 'Europe/Berlin'?"),
        ("europe/berlin", ", did you mean 'Europe/Berlin'?"),
        ("utc", ", did you mean 'UTC'?"),
        ("PST", "; abbreviations are ambiguous, write a place, like 'America/Los_Angeles'"),
        ("CEST", "; abbreviations are ambiguous, write a place, like 'America/Los_Angeles'"),
        ("edt", "; abbreviations are ambiguous, write a place, like 'America/Los_Angeles'"),
        ("local", "; write it like 'Europe/Berlin'"),
        ("Z", "; write it like 'Europe/Berlin'"),
        ("UTC+5:30", ", an offset; no zone is named after this one, write a place, like 'Europe/Berlin'"),
        ("+15", ", an offset; no zone is named after this one, write a place, like 'Europe/Berlin'"),
        ("UTC+0", ", an offset; write 'UTC', or a place, like 'Europe/Berlin'"),
    ],
)
def test_what_is_no_zone(given, said):
    """What to write is never hours off what was meant."""
    with pytest.raises(DefinitionError) as caught:
        zone_key(given)
    assert str(caught.value) == f"tz: unknown time zone {given!r}{said}"


@pytest.mark.parametrize(
    ("given", "hours"),
    [("UTC+2", 2), ("gmt-5", -5), ("+02:00", 2), ("-0300", -3), ("Etc/UTC+14", 14), ("UTC-12", -12)],
)
def test_an_offset_has_its_zone(given, hours):
    """The one of the same offset, whose sign is the other way round."""
    with pytest.raises(
        DefinitionError, match=r", or 'Etc/GMT[+-]\d+', which is UTC[+-]\d+ all year"
    ) as caught:
        zone_key(given)
    name = str(caught.value).split("'")[5]
    assert datetime.now(ZoneInfo(name)).utcoffset() == timedelta(hours=hours)


def test_an_offset_of_python_is_told_so_too():
    """Whatever name it was given."""
    with pytest.raises(DefinitionError, match=r"'UTC\+01:00', an offset; .* or 'Etc/GMT-1'"):
        zone_key(timezone(timedelta(hours=1), "CET"))


@pytest.mark.parametrize("name", sorted(MACHINES))
def test_a_zone_of_the_machine_is_refused(name):
    """A job is stored, and read on another one."""
    with pytest.raises(DefinitionError, match=rf"^tz: '{name}' is another time zone on each machine;"):
        zone_key(name)


def test_every_other_zone_is_taken():
    """All that there are."""
    for name in available_timezones() - MACHINES:
        assert zone_key(name) == name
