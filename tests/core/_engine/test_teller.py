"""The teller: what a receiver raises is its own fault, and costs no run."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime

import pytest

from clockhand import Job, call, every
from clockhand._engine.listeners import Listeners
from clockhand._engine.teller import Teller
from clockhand.events import Event, JobAdded, RunStarted

ERRORS = [ValueError("no"), SystemExit(3), asyncio.CancelledError()]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_receiver_that_raises_costs_no_run(make, virtual, caplog, error):
    """Each due time is run, others hear on, and the log says who failed on what."""
    ran, heard = [], []

    async def work() -> None:
        ran.append(1)

    def raises(_event: Event) -> None:
        raise error

    async def main():
        scheduler = make()
        scheduler.subscribe(raises)
        scheduler.subscribe(heard.append)
        scheduler.add(Job(alias="tick", work=call(work), triggers=every(seconds=10)))
        async with scheduler:
            await asyncio.sleep(35)

    with caplog.at_level(logging.ERROR, "clockhand.listeners"):
        virtual(main)
    assert len(ran) == 3
    assert len([event for event in heard if isinstance(event, RunStarted)]) == 3
    assert "raises" in caplog.text
    assert f"failed on RunStarted: {type(error).__name__}" in caplog.text


def test_a_receiver_may_leave_while_it_is_told(make, virtual):
    """One that unsubscribes when it hears something keeps the next one from missing that."""
    heard = []

    async def main():
        scheduler = make()
        async with scheduler:
            teller = scheduler._running_service().teller

            def once(_event: Event) -> None:
                teller.unsubscribe(once)

            teller.subscribe(once)
            teller.subscribe(heard.append)
            await scheduler.add_job(
                Job(alias="tick", work=call(asyncio.sleep, 0), triggers=every(seconds=10))
            )
            await asyncio.sleep(5)

    virtual(main)
    assert [type(event).__name__ for event in heard][:1] == ["JobAdded"]


def test_ctrl_c_in_a_receiver_is_not_swallowed():
    """An interrupt that comes while a receiver is called goes where it is waited for."""

    def interrupted(_event: Event) -> None:
        raise KeyboardInterrupt

    loop = asyncio.new_event_loop()
    teller = Teller("node", Listeners([]), loop)
    teller.subscribe(interrupted)
    with pytest.raises(KeyboardInterrupt):
        teller.tell(JobAdded(at=datetime(2026, 1, 1, tzinfo=UTC)))
    loop.close()
