"""11. The crontab dialect is cron's, as far as a scheduler shows it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from accounts import became

from clockhand import Job, Timing, call, cron
from clockhand.errors import DefinitionError

START = datetime(2026, 1, 1, tzinfo=UTC)


async def quick() -> None:
    """Take no time."""


@pytest.mark.parametrize(
    ("spec", "days"),
    [
        ("0 0 13 * fri", [2, 9, 13, 16, 23, 30]),
        ("0 0 * * 0", [4, 11, 18, 25]),
        ("0 0 * * 7", [4, 11, 18, 25]),
        ("@weekly", [4, 11, 18, 25]),
        ("0 0 */10 * *", [1, 11, 21, 31]),
        ("0 0 5-20/5 jan *", [5, 10, 15, 20]),
        ("0 0 0 5-20/5 jan *", [5, 10, 15, 20]),
        ("0 0 */2 * mon", [5, 19]),
        ("0 0 L * *", [31]),
        ("0 0 LW * *", [30]),
        ("0 0 10W * *", [9]),
        ("0 0 * * fri#3", [16]),
        ("0 0 * * friL", [30]),
        ("0 0 * * fri,sat#3", [2, 9, 16, 17, 23, 30]),
        ("0 0 ? * sat-mon", [3, 4, 5, 10, 11, 12, 17, 18, 19, 24, 25, 26, 31]),
    ],
)
def test_days_of_january(make, store, clock, virtual, spec, days):
    """Sunday is 0 and 7, restricted day fields are ORed, macros, ranges with steps and names are known."""

    async def main():
        clock.step(-timedelta(seconds=1))
        async with make(timing=Timing(poll="12h", lease="72h", beat="24h")) as scheduler:
            await scheduler.add_job(Job(alias="job", work=call(quick), triggers=cron(spec)))
            await asyncio.sleep(31 * 86_400)
        return await store.ledger()

    entries = virtual(main)
    assert all(list(map(str, found)) == ["succeeded"] for found in became(entries).values())
    dues = [entry.due for entry in entries if entry.verdict is not None]
    assert dues == [START.replace(day=day) for day in days]


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ("0 0 30 2 *", "day-of-month"),
        ("61 * * * *", "minute"),
        ("61 0 * * * *", "second"),
        ("*/90 * * * *", "minute"),
        ("* * * * 8", "day-of-week"),
        ("0 0 * * L", "day-of-week"),
        ("0 0 * * mon-fri#1", "day-of-week"),
        ("0 0 L-3 * *", "day-of-month"),
        ("H 3 * * *", "minute"),
        ("0 0 * january *", "month"),
        ("@every 5m", "every"),
        ("@reboot", "at_start"),
        ("* * * *", "4 fields"),
    ],
)
def test_what_can_not_fire_is_an_error_at_definition(spec, field):
    """The message names the field, or what to use instead."""
    with pytest.raises(DefinitionError, match=field):
        cron(spec)
