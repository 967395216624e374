"""Triggers inside triggers as text and back: nothing is lost, and what isn't installed stays as it is."""

import json

import attrs
import pytest

from clockhand import Job, call
from clockhand._plugins.codec import JsonCodec
from clockhand._plugins.nested import part_fields
from clockhand.contracts import Kind, Opaque, Timer
from clockhand.errors import DefinitionError, UnknownName, UnreadableDefinition
from clockhand.plugins import installed
from clockhand.triggers import (
    BUILTIN,
    ButNot,
    DateCalendar,
    NextBusinessDay,
    any_of,
    at_start,
    between,
    blackout,
    but_not,
    cron,
    dates,
    every,
    next_business_day,
    on,
    weekdays,
)
from clockhand.works import Functions, python_kind


@attrs.frozen
class _Holidays(DateCalendar):
    """What a plugin may bring: holidays of a country."""

    country: str
    tz: str | None = None

    def has(self, day):
        return (day.month, day.day) == (12, 25)


WORKS = {"python": python_kind(Functions())}
KINDS = {name: Kind(name, name, cls) for name, cls in {**BUILTIN, "holidays": _Holidays}.items()}
RICH = JsonCodec(WORKS, KINDS)
POOR = JsonCodec(WORKS, {name: kind for name, kind in KINDS.items() if name != "holidays"})

DEEP = next_business_day(
    but_not(
        any_of(cron("0 9 * * *"), every(days=1, at="12:00"), at_start()), _Holidays("DE"), dates("2026-05-01")
    ),
    weekdays("sat-sun"),
)
CONDITIONS = [
    between("22:00", "06:00"),
    on(weekdays(), blackout("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")),
]


def _job(*triggers):
    return Job(alias="a", work=call("app:f"), triggers=triggers)


@pytest.mark.parametrize("triggers", [[DEEP], [every(60), *CONDITIONS], [next_business_day(every(60))]])
def test_what_is_nested_survives(triggers):
    """Written and read it is the same value, and the text the same text."""
    text = RICH.dump(_job(*triggers)).text
    assert RICH.load(text) == _job(*triggers)
    assert RICH.dump(RICH.load(text)).text == text


def test_each_part_names_its_kind():
    """As it would alone; what has its default is left out."""
    (table,) = json.loads(RICH.dump(_job(but_not(cron("@daily"), weekdays("sat")))).text)["triggers"]
    assert table == {
        "use": "but_not",
        "timer": {"use": "cron", "spec": "@daily"},
        "calendars": [{"use": "weekdays", "days": "sat"}],
    }


def test_what_is_not_installed_keeps_the_whole():
    """One calendar is missing here: the job is listed with that reason, and written back to the letter."""
    text = RICH.dump(_job(DEEP)).text
    job = POOR.load(text)
    assert job.missing == ("trigger 'holidays' in trigger 'but_not' in trigger 'next_business_day'",)
    assert POOR.dump(job).text == text
    assert RICH.load(POOR.dump(job).text) == _job(DEEP)
    (whole,) = job.triggers
    assert whole == Opaque("trigger", "next_business_day", whole.fields)
    assert "holidays' in trigger 'but_not' in trigger 'next_business_day': no plugin here" in str(
        whole.unresolved()
    )


def test_a_part_that_nobody_offers_is_refused():
    """A job is checked before it is kept, parts included."""

    class Mine(DateCalendar):
        tz = None

    with pytest.raises(DefinitionError, match=r"triggers: no plugin here offers .*Mine; offer it as a Kind"):
        RICH.check(_job(but_not(every(60), Mine())))


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"use": "any_of", "timers": [{"use": "weekdays", "days": "mon"}]}, "timers[0]: not a timer, given"),
        ({"use": "any_of", "timers": [{"spec": "@daily"}]}, "trigger has no 'use', found {'spec': '@daily'}"),
        ({"use": "any_of", "timers": {"use": "at_start"}}, "timers: not a list, given AtStart()"),
        ({"use": "but_not", "timer": 5, "calendars": []}, "timer: not a timer, given 5"),
        ({"use": "on", "calendars": [[{"use": "weekdays", "days": "mon"}]]}, "calendars[0]: not a calendar"),
        ({"use": "any_of"}, "option 'timers' is missing"),
    ],
)
def test_what_a_store_has_may_be_wrong(table, says):
    """It is unreadable then, and nothing is built of it."""
    record = {"v": 1, "alias": "a", "work": {"use": "python", "function": "app:f"}, "triggers": [table]}
    with pytest.raises(UnreadableDefinition) as caught:
        RICH.load(json.dumps(record))
    assert says in str(caught.value)


def test_too_deep_is_refused():
    """Before it could overflow anything."""
    timer = every(60)
    for _ in range(120):
        timer = but_not(timer, weekdays("sat"))
    with pytest.raises(DefinitionError, match="nested too deeply, at most 100 levels are kept"):
        RICH.dump(_job(timer))


def test_which_fields_hold_parts():
    """One part, a list of them, or a default that is one; of a class without fields none."""
    assert part_fields(ButNot) == ("timer", "calendars")
    assert part_fields(NextBusinessDay) == ("timer", "closed")
    assert part_fields(Timer) == part_fields(int) == ()


def test_a_catalog_reads_short_forms_inside():
    """As in a configuration; what is wrong has its place."""
    catalog = installed()
    table = {
        "use": "any_of",
        "timers": [{"cron": "@daily", "tz": "UTC"}, {"every": {"weeks": 2}}, {"at": "2026-01-01T00:00:00Z"}],
    }
    assert catalog.value("triggers", table, "x").timers[1] == every(weeks=2)
    with pytest.raises(UnknownName, match=r"^x.timers\[0\]: unknown option 'zone'; write tz$"):
        catalog.value("triggers", {"use": "any_of", "timers": [{"every": 5, "zone": "UTC"}]}, "x")
    with pytest.raises(ValueError, match=r"^x.timers\[0\]: every and cron: each is a timer"):
        catalog.value("triggers", {"use": "any_of", "timers": [{"every": 5, "cron": "@daily"}]}, "x")
    with pytest.raises(ValueError, match=r"^x: option 'use' is missing"):
        catalog.value("works", {"every": 5}, "x")
