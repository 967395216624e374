"""A rest that can be cut short."""

from __future__ import annotations

import asyncio

from clockhand._engine.waker import Waker


def test_it_rests_as_long_as_it_is_told(clock, virtual):
    """Without a wake-up it rests the whole time."""

    async def main():
        return await Waker().rest(90), clock.monotonic()

    assert virtual(main) == (False, 90)


def test_a_wake_up_ends_the_rest(clock, virtual):
    """A wake-up ends the rest at once."""

    async def main():
        waker = Waker()
        asyncio.get_running_loop().call_later(5, waker.wake)
        return await waker.rest(None), clock.monotonic()

    assert virtual(main) == (True, 5)


def test_a_wake_up_between_two_rests_is_not_lost(clock, virtual):
    """A wake-up that nobody rests for ends the next rest as it begins, once."""

    async def main():
        waker = Waker()
        waker.wake()
        waker.wake()
        return await waker.rest(60), clock.monotonic(), await waker.rest(60), clock.monotonic()

    assert virtual(main) == (True, 0, False, 60)


def test_a_cancelled_rest_leaves_it_usable(virtual):
    """A rest that is cancelled takes nothing with it."""

    async def main():
        waker = Waker()
        task = asyncio.ensure_future(waker.rest(60))
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.wait({task})
        return await waker.rest(1)

    assert virtual(main) is False
