"""How long whoever asks a store waits for its answers."""

from __future__ import annotations

import asyncio

import pytest

from clockhand._engine.patience import Patience


def patience(seconds: float) -> Patience:
    """Return one that goes by the loop's time."""
    return Patience(seconds, asyncio.get_running_loop().time)


def test_what_takes_too_long_is_a_timeout_error(clock, virtual):
    """After exactly that long, however often it was entered before; and the task isn't cancelled."""

    async def main():
        patient, begun = patience(8), []
        for wait in (3, 5, 60):
            begun.append(clock.monotonic())
            try:
                with patient:
                    await asyncio.sleep(wait)
            except TimeoutError:
                break
        return clock.monotonic() - begun[-1], len(begun), asyncio.current_task().cancelling(), patient.since

    assert virtual(main) == (8, 3, 0, None)


def test_each_entry_has_the_whole_time(clock, virtual):
    """Many short waits are no long one."""

    async def main():
        patient = patience(2)
        for _ in range(10):
            with patient:
                await asyncio.sleep(1.5)
        return clock.monotonic()

    assert virtual(main) == 15


def test_what_is_waited_for_elsewhere_does_not_count(clock, virtual):
    """Between stop() and go_on() the time stands still, and then begins anew."""

    async def main():
        patient = patience(2)

        async def wait():
            with patient:
                await asyncio.sleep(1)
                patient.stop()
                await asyncio.sleep(100)
                patient.go_on()
                await asyncio.sleep(50)

        with pytest.raises(TimeoutError):
            await wait()
        return clock.monotonic()

    assert virtual(main) == 103


def test_a_cancel_from_outside_stays_one(virtual):
    """Also when it comes together with the end of the time."""

    async def main():
        patient = patience(2)

        async def wait():
            with patient:
                await asyncio.sleep(60)

        task = asyncio.create_task(wait())
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert virtual(main)


def test_what_is_raised_inside_comes_out(virtual):
    """The time doesn't matter then."""

    async def main():
        with pytest.raises(ZeroDivisionError), patience(2):
            raise ZeroDivisionError
        await asyncio.sleep(10)

    virtual(main)


def test_closed_it_leaves_no_timer(clock, virtual):
    """The loop has nothing more to wait for."""

    async def main():
        patient = patience(1000)
        with patient:
            await asyncio.sleep(1)
        patient.close()
        return [timer for timer in asyncio.get_running_loop()._scheduled if not timer.cancelled()]

    assert virtual(main) == []
