"""Listeners: on one thread of their own, behind a bounded queue; their faults stay their own."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime

import pytest

from clockhand._engine import listeners as listeners_module
from clockhand._engine.listeners import Listener, Listeners
from clockhand.events import Event, JobAdded, JobPaused, RunFailed

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_each_hears_what_it_asked_for():
    """A listener for one event hears only that; one for Event hears all; each in order."""
    one, everything = [], []
    listeners = Listeners([Listener("a", JobAdded, one.append), Listener("b", Event, everything.append)])
    for number in range(3):
        listeners.put(JobAdded(at=NOW, job=f"j{number}"))
        listeners.put(JobPaused(at=NOW, job=f"j{number}"))
    assert listeners.close(10)
    assert [event.job for event in one] == ["j0", "j1", "j2"]
    assert len(everything) == 6


def test_nobody_hears_nothing():
    """An event type without listeners is not heard, and starts no thread."""
    listeners = Listeners([Listener("a", JobAdded, print)])
    assert listeners.hear(JobAdded)
    assert not listeners.hear(RunFailed)
    listeners.put(JobPaused(at=NOW))
    assert listeners._thread is None
    assert listeners.close(0)


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), KeyboardInterrupt()])
def test_one_that_raises_is_logged_by_its_plugins_name(caplog, error):
    """A listener that raises, SystemExit too, is logged with its plugin's name; others hear on."""
    heard = []

    def raises(_event: Event) -> None:
        raise error

    listeners = Listeners([Listener("bad", JobAdded, raises), Listener("good", JobAdded, heard.append)])
    with caplog.at_level(logging.ERROR, "clockhand.listeners"):
        listeners.put(JobAdded(at=NOW))
        listeners.put(JobAdded(at=NOW))
        assert listeners.close(10)
    assert len(heard) == 2
    assert f"listener of bad failed on JobAdded: {type(error).__name__}" in caplog.text


def test_a_full_queue_drops_and_counts(monkeypatch):
    """When a listener hangs the queue fills; what doesn't fit is dropped and counted, nobody waits."""
    monkeypatch.setattr(listeners_module, "CAPACITY", 5)
    began, release = threading.Event(), threading.Event()

    def hangs(_event: Event) -> None:
        began.set()
        release.wait(30)

    listeners = Listeners([Listener("slow", JobAdded, hangs)])
    listeners.put(JobAdded(at=NOW))
    assert began.wait(10)
    for _ in range(8):
        listeners.put(JobAdded(at=NOW))
    assert listeners.dropped == 3
    release.set()
    assert listeners.close(10)


def test_a_hanging_one_is_named_by_health_and_left_behind(monkeypatch, caplog):
    """A listener that takes too long is named; a stop doesn't wait for it longer than told."""
    monkeypatch.setattr(listeners_module, "SLOW", 0.01)
    began, release = threading.Event(), threading.Event()

    def hangs(_event: Event) -> None:
        began.set()
        release.wait(30)

    listeners = Listeners([Listener("slow", JobAdded, hangs)])
    assert listeners.slow() == ()
    listeners.put(JobAdded(at=NOW))
    assert began.wait(10)
    with caplog.at_level(logging.WARNING, "clockhand.listeners"):
        assert not listeners.close(0.05)
    assert listeners.slow() == ("slow",)
    assert "listener of slow is still running; left behind" in caplog.text
    release.set()
