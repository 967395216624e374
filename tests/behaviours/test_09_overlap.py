"""9. Overlap is a choice: skip, queue-one, queue-all, cancel-previous, parallel; by hand it is the same."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from accounts import became

from clockhand import Job, at, call
from clockhand.contracts import What

START = datetime(2026, 1, 1, tzinfo=UTC)


def second(number: float) -> datetime:
    """Return that second of the test."""
    return START + timedelta(seconds=number)


async def nap(seconds: float) -> None:
    """Take that long."""
    await asyncio.sleep(seconds)


@pytest.fixture(params=["by the timetable", "by hand"])
def play(request, make, store, clock, virtual):
    """
    Let occurrences of a job that takes ten seconds come in seconds 1, 3, 5 and 7; return the record.

    The first always comes by the timetable; the others do, or they are fired by hand.
    """

    def played(**fields) -> list[tuple[str, str | None, float, float]]:
        seconds = (3, 5, 7)
        by_hand = request.param == "by hand"
        timer = at(second(1), *(() if by_hand else map(second, seconds)))

        async def main():
            async with make() as scheduler:
                await scheduler.add_job(Job(alias="job", work=call(nap, 10), triggers=timer, **fields))
                for number in seconds if by_hand else ():
                    await asyncio.sleep((second(number) - clock.now()).total_seconds())
                    await scheduler.fire_job("job")
                await asyncio.sleep(90)
            return await store.ledger()

        entries = [entry for entry in virtual(main) if entry.due is not None]
        assert all(len(found) == 1 for found in became(entries).values())
        return [
            (
                str(entry.what),
                entry.verdict and str(entry.verdict),
                (entry.due - START).total_seconds(),
                (entry.at - START).total_seconds(),
            )
            for entry in entries
        ]

    return played


def of(record, what: What):
    """Return (verdict, due, at) of what was recorded as *what*."""
    return [one[1:] for one in record if one[0] == what]


def test_skip_leaves_a_record(play):
    """By default: while the first runs the others are skipped, each with its record."""
    record = play()
    assert of(record, What.RUN_STARTED) == [(None, 1, 1)]
    assert of(record, What.NEVER_RAN) == [("overlap-skipped", number, number) for number in (3, 5, 7)]


def test_queue_one_keeps_the_latest(play):
    """One waits, with the latest due time, and starts within a second of the end of the first."""
    record = play(overlap="queue-one")
    assert of(record, What.RUN_STARTED) == [(None, 1, 1), (None, 7, 11)]
    assert of(record, What.NEVER_RAN) == [("coalesced", 3, 5), ("coalesced", 5, 7)]


def test_queue_all_is_bounded(play):
    """Two wait, as many as may; the third is skipped with a record."""
    record = play(overlap="queue-all", queue_limit=2)
    assert of(record, What.RUN_STARTED) == [(None, 1, 1), (None, 3, 11), (None, 5, 21)]
    assert of(record, What.NEVER_RAN) == [("overlap-skipped", 7, 7)]


def test_cancel_previous_ends_it_before_the_new_start_record(play):
    """Each previous run has its end, cancelled, on record before the next start."""
    record = [one for one in play(overlap="cancel-previous") if one[0] != What.NEVER_RAN]
    assert [(what, verdict, due) for what, verdict, due, _ in record] == [
        ("run-started", None, 1),
        ("run-ended", "cancelled", 1),
        ("run-started", None, 3),
        ("run-ended", "cancelled", 3),
        ("run-started", None, 5),
        ("run-ended", "cancelled", 5),
        ("run-started", None, 7),
        ("run-ended", "succeeded", 7),
    ]


@pytest.mark.parametrize(("most", "begin"), [(None, [1, 3, 5, 7]), (2, [1, 3])])
def test_parallel_up_to_max_running(play, most, begin):
    """All run side by side, or as many as may."""
    record = play(overlap="parallel", max_running=most)
    assert of(record, What.RUN_STARTED) == [(None, number, number) for number in begin]
    skipped = [number for number in (3, 5, 7) if number not in begin]
    assert of(record, What.NEVER_RAN) == [("overlap-skipped", number, number) for number in skipped]
