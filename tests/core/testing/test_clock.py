"""Virtual time as a value that a test moves."""

import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from clockhand.contracts import Clock
from clockhand.errors import DefinitionError
from clockhand.testing.clock import VirtualClock

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def test_it_stands_still():
    """It is a Clock, begins at New Year 2026 and at zero, and doesn't move by itself."""
    clock = VirtualClock()
    assert isinstance(clock, Clock)
    assert clock.now() == clock.now() == NEW_YEAR
    assert clock.monotonic() == 0
    assert repr(clock) == "<VirtualClock 2026-01-01T00:00:00+00:00>"


def test_it_begins_where_a_test_says():
    """Any aware moment; it is told in UTC."""
    clock = VirtualClock(datetime(2026, 7, 1, 2, tzinfo=ZoneInfo("Europe/Berlin")))
    assert clock.now() == NEW_YEAR.replace(month=7)
    assert clock.now().tzinfo is UTC
    with pytest.raises(DefinitionError, match=r"^start: a datetime without a time zone"):
        VirtualClock(datetime(2026, 1, 1))


def test_advance_moves_both_times():
    """Wall clock and monotonic time pass together."""
    clock = VirtualClock()
    clock.advance(90)
    clock.advance(0.25)
    assert clock.now() == NEW_YEAR + timedelta(seconds=90.25)
    assert clock.monotonic() == 90.25


@pytest.mark.parametrize("seconds", [-1, float("nan")])
def test_time_does_not_go_back(seconds):
    """Only the wall clock can be set back, by step()."""
    with pytest.raises(
        ValueError, match=r"^seconds: time does not go back, given .*; step\(\) sets the wall clock"
    ):
        VirtualClock().advance(seconds)


def test_step_sets_the_wall_clock_only():
    """Forward or back; monotonic time doesn't notice."""
    clock = VirtualClock()
    clock.advance(10)
    clock.step(timedelta(hours=2))
    assert clock.now() == NEW_YEAR + timedelta(hours=2, seconds=10)
    clock.step(timedelta(days=-1))
    clock.advance(5)
    assert clock.now() == NEW_YEAR + timedelta(hours=-22, seconds=15)
    assert clock.monotonic() == 15


def test_holders_are_counted():
    """It is held until the last one has let go, also after an error, also by one hold entered twice."""
    clock = VirtualClock()
    once = clock.hold()
    with clock.hold(), once, once:
        assert clock.held
        assert repr(clock).endswith("held>")
    assert not clock.held
    with pytest.raises(ZeroDivisionError), once:
        raise ZeroDivisionError
    assert not clock.held


def test_holders_of_many_threads_are_counted():
    """Eight threads take and let go at the same time: nobody is counted twice, nobody forgotten."""
    clock = VirtualClock()
    gate = threading.Barrier(8)

    def hold_often():
        gate.wait()
        for _ in range(2_000):
            with clock.hold():
                assert clock.held

    threads = [threading.Thread(target=hold_often) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not clock.held


def test_the_last_to_let_go_wakes_the_loop():
    """Once for each time that nobody holds it any more; nobody is woken after detach()."""
    clock, woken = VirtualClock(), []
    clock.attach(lambda: woken.append(clock.held))
    with clock.hold():
        with clock.hold():
            pass
        assert not woken
    assert woken == [False]
    clock.detach()
    with clock.hold():
        pass
    assert woken == [False]


def test_one_loop_moves_a_clock():
    """Two would jump over each other's timers."""
    clock = VirtualClock()
    clock.attach(lambda: None)
    with pytest.raises(RuntimeError, match=r"^clock: already moved by another event loop"):
        clock.attach(lambda: None)
