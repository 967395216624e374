"""A table of a job, as `clockhand add` reads it: its triggers, also those inside others."""

from datetime import date, time

import pytest

from clockhand import any_of, at_start, but_not, cron, dates, every, weekdays
from clockhand.errors import ConfigError
from clockhand.plugins import installed
from clockhand_cli import definition

WORK = {"use": "python", "function": "json:dumps", "kwargs": {"obj": 1}}
CATALOG = installed()


@pytest.mark.parametrize(
    ("table", "timer"),
    [
        ({"every": {"days": 1, "at": time(9)}}, every(days=1, at="09:00")),
        (
            {"every": {"months": 1, "anchor": date(2026, 1, 31)}, "tz": "UTC"},
            every(months=1, anchor="2026-01-31", tz="UTC"),
        ),
        (
            {"triggers": [{"use": "any_of", "timers": [{"cron": "@daily"}, {"use": "at_start"}]}]},
            any_of(cron("@daily"), at_start()),
        ),
        (
            {
                "triggers": [
                    {
                        "use": "but_not",
                        "timer": {"every": "5m"},
                        "calendars": [
                            {"use": "weekdays", "days": "sat-sun"},
                            {"use": "dates", "dates": [date(2026, 12, 25)]},
                        ],
                    }
                ]
            },
            but_not(every("5m"), weekdays("sat-sun"), dates("2026-12-25")),
        ),
    ],
)
def test_a_table_says_any_trigger(table, timer):
    """As a configuration does, and means the same."""
    job, silo = definition.read("a", {"work": WORK, **table}, CATALOG)
    assert (job.timer, silo) == (timer, None)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"command": "date"}, "a: unknown option 'command'; write work = {use = "),
        ({"cron": "@daily", "overlap": "both"}, "a.overlap: 'both' is a way through a clock change; write"),
        ({"every": "5m", "tz": "UTC"}, "tz: given without a cron, or an every of days"),
        ({"at": date(2026, 1, 1)}, "at: half a moment, given 2026-01-01"),
        (
            {"triggers": [{"use": "any_of", "timers": [{"use": "cronn"}]}]},
            "triggers[0].timers[0].use: unknown trigger 'cronn', did you mean 'cron'?",
        ),
    ],
)
def test_what_is_wrong_has_its_place(table, says):
    """However deep inside."""
    with pytest.raises(ConfigError) as caught:
        definition.read("a", {"work": WORK, **table}, CATALOG)
    assert str(caught.value).startswith(says)
