"""The triggers that core ships, as kinds see them."""

import typing
from datetime import UTC, date, datetime, time, timedelta

import attrs
import cattrs
import pytest

from clockhand._plugins.nested import part_fields
from clockhand._plugins.payload import payload_fields
from clockhand.contracts import Condition, Timer, Verdict
from clockhand.triggers import BUILTIN, At, Cron, Every, IfLast, at, cron, every

VALUES = [
    at("2026-12-01T09:00:00Z", "2027-01-01T00:00:00.25Z"),
    every("1h30m"),
    every(hours=24, anchor=datetime(2026, 1, 1, tzinfo=UTC)),
    cron("0 9 * * mon-fri", tz="Europe/Berlin"),
    cron("@hourly"),
]


def test_the_kinds():
    """By the names that a configuration uses."""
    assert {"at": At, "every": Every, "cron": Cron, "if_last": IfLast}.items() <= BUILTIN.items()
    assert all(attrs.has(kind) for kind in BUILTIN.values())


@pytest.mark.parametrize("kind", BUILTIN.values())
def test_the_fields_can_be_read_when_the_program_runs(kind):
    """Their types resolve, and are plain, or parts: that is what makes them JSON."""
    hints = typing.get_type_hints(kind)
    plain = {str, int, type(None), date, time, datetime, timedelta, Ellipsis, Verdict, "skip"}
    for field in payload_fields(kind):
        assert {hints[field.name], *typing.get_args(hints[field.name])} & plain or field.name in part_fields(
            kind
        )


@pytest.mark.parametrize("value", VALUES)
def test_a_value_survives_its_own_fields(value):
    """Taken apart and built again by cattrs, it is the same value."""
    converter = cattrs.Converter()
    converter.register_unstructure_hook(datetime, datetime.isoformat)
    converter.register_structure_hook(datetime, lambda text, _: datetime.fromisoformat(text))
    converter.register_unstructure_hook(timedelta, timedelta.total_seconds)
    converter.register_structure_hook(timedelta, lambda seconds, _: timedelta(seconds=seconds))
    assert converter.structure(converter.unstructure(value), type(value)) == value
    assert isinstance(value, Timer)
    assert not isinstance(value, Condition)
