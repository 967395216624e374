"""A scheduler in the background, on real time and with real threads."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta

import pytest

from clockhand import Daemon, Job, Lagged, Receiver, Scheduler, Timing, _daemon, at, call, daemon, every, use
from clockhand.errors import JobNotFound, StateError, UnknownName
from clockhand.events import JobAdded, RunStarted, RunSucceeded, SchedulerStarted, SchedulerStopped
from clockhand.hookspecs import hookimpl
from clockhand.msgs import AddJob, GetJob, Health, ListJobs, Pause, Resume, Stop

PAST = datetime(2020, 1, 1, tzinfo=UTC)


async def nothing() -> None:
    """Do nothing."""


def scheduler() -> Scheduler:
    """Return a scheduler in memory that polls often."""
    return Scheduler(silo=use("memory"), timing=Timing(poll="0.1s"))


def until(receiver: Receiver, kind: type) -> object:
    """Take events until one of *kind* comes; fail after ten seconds."""
    while True:
        event = receiver.get(timeout=10)
        if isinstance(event, kind):
            return event


def test_it_unpacks_to_both_sides_of_a_channel():
    """Msgs go in by the sender and are answered; events come out of the receiver, in order."""
    running = daemon(scheduler())
    sender, receiver = running
    assert isinstance(until(receiver, SchedulerStarted), SchedulerStarted)
    added = sender.send(AddJob(Job(alias="once", work=call(nothing), triggers=at(PAST))))
    assert added.what == "created"
    assert until(receiver, JobAdded).job == "once"
    assert until(receiver, RunStarted).occurrence == "once@2020-01-01T00:00:00Z"
    assert until(receiver, RunSucceeded).run.attempt == 1
    assert [info.alias for info in sender.send(ListJobs())] == ["once"]
    sender.send(Stop())
    assert isinstance(until(receiver, SchedulerStopped), SchedulerStopped)
    with pytest.raises(StateError, match="no more events will come"):
        receiver.get(timeout=10)
    assert running.join(10)


def test_it_is_a_context_manager_that_stops():
    """Leaving the context stops the scheduler; Msgs are refused from then on."""
    with daemon(scheduler()) as running:
        assert running.sender.send(Health()).state == "running"
        running.sender.send(Pause())
        assert running.sender.send(Health()).state == "paused"
        running.sender.send(Resume())
    with pytest.raises(StateError, match="stopped"):
        running.sender.send(Health())
    assert "clockhand" not in {thread.name for thread in threading.enumerate()}


def test_errors_of_a_msg_are_raised_where_it_was_sent():
    """A Msg that can't be done raises in the sender's thread, and the scheduler goes on."""
    with daemon(scheduler()) as running:
        with pytest.raises(JobNotFound, match="job 'nobody': not in silo 'default'"):
            running.sender.send(GetJob("nobody"))
        assert running.sender.send(Health()).ok


def test_errors_of_the_start_are_raised_in_the_caller():
    """What can't be opened raises from daemon() itself."""
    with pytest.raises(UnknownName, match="unknown silo 'memry', did you mean 'memory'"):
        daemon(Scheduler(silo=use("memry")))


def test_msgs_can_be_sent_from_async_code():
    """ask() awaits the reply on any event loop."""

    async def main(sender):
        replies = await asyncio.gather(*(sender.ask(Health()) for _ in range(10)))
        return {reply.state for reply in replies}

    with daemon(scheduler()) as running:
        assert asyncio.run(main(running.sender)) == {"running"}


def test_many_threads_can_send():
    """Msgs from several threads are each answered once."""
    with daemon(scheduler()) as running:

        def add(number: int) -> None:
            for index in range(20):
                job = Job(alias=f"job-{number}-{index}", work=call(nothing), triggers=every(hours=1))
                running.sender.send(AddJob(job), timeout=20)

        threads = [threading.Thread(target=add, args=(number,)) for number in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(running.sender.send(ListJobs())) == 100


def test_a_slow_receiver_loses_the_oldest_and_is_told():
    """A receiver is bounded: the oldest events are dropped, and Lagged says how many."""
    receiver = Receiver(capacity=3)
    events = [JobAdded(at=PAST + timedelta(seconds=n), job=f"j{n}") for n in range(5)]
    for event in events:
        receiver.put(event)
    assert receiver.get() == Lagged(2)
    assert [receiver.get(timeout=0).job for _ in range(3)] == ["j2", "j3", "j4"]
    with pytest.raises(TimeoutError, match="no event within 0 s"):
        receiver.get(timeout=0)
    receiver.close()
    assert list(receiver) == []


def test_a_second_receiver_hears_from_now_on():
    """subscribe() gives one more receiver; each hears every event."""
    with daemon(scheduler()) as running:
        second = running.subscribe()
        running.sender.send(AddJob(Job(alias="later", work=call(nothing), triggers=every(hours=1))))
        assert until(second, JobAdded).job == "later"
        assert until(running.receiver, JobAdded).job == "later"


def test_iterating_a_receiver_ends_when_the_scheduler_has_stopped():
    """A for loop over the receiver takes every event and ends at the stop."""
    running = daemon(scheduler())
    seen = []
    thread = threading.Thread(target=lambda: seen.extend(type(event).__name__ for event in running.receiver))
    thread.start()
    running.stop()
    thread.join(10)
    assert (seen[0], seen[-1]) == ("SchedulerStarted", "SchedulerStopped")
    running.stop()


def test_whoever_sends_around_the_stop_is_answered_or_refused():
    """Msgs from several threads while the daemon stops: each has its reply or a StateError, none hangs."""
    for _ in range(8):
        ended = []

        def ask(running, ended=ended) -> None:
            while True:
                try:
                    running.sender.send(Health(), timeout=10)
                except StateError:
                    ended.append("refused")
                    return

        with daemon(scheduler()) as running:
            threads = [threading.Thread(target=ask, args=(running,)) for _ in range(4)]
            for thread in threads:
                thread.start()
            running.sender.send(Health())
        for thread in threads:
            thread.join(20)
        assert ended == ["refused"] * 4


def meddle(running: Daemon, function: Callable[[], object]) -> None:
    """Call *function* on the loop of a daemon, where a job's callback would be."""
    running.sender._loop.call_soon_threadsafe(function)


def test_who_exits_in_a_callback_does_not_end_it(caplog):
    """sys.exit() in a callback, in the background as in the foreground: told, and nothing more."""
    with daemon(scheduler()) as running:
        meddle(running, sys.exit)
        assert running.sender.send(Health()).state == "running"
        meddle(running, running.sender._loop.stop)
        assert running.sender.send(Health()).state == "running"
    assert "SystemExit came through to the event loop" in caplog.text
    assert "stopped the event loop" in caplog.text


def cancel_all() -> None:
    """Cancel what is there."""
    for task in asyncio.all_tasks():
        task.cancel()


def test_who_cancels_its_task_ends_it_and_is_told():
    """It stops as it should, receivers end, and whoever stops it hears why it had ended."""
    running = daemon(scheduler())
    meddle(running, lambda: running.sender._loop.call_soon(cancel_all))
    assert running.join(30)
    assert isinstance(list(running.receiver)[-1], SchedulerStopped)
    with pytest.raises(StateError, match="it has stopped, so it takes no Health"):
        running.sender.send(Health())
    for _ in range(2):
        with pytest.raises(
            StateError, match=r"^scheduler: it has ended by itself: .*cancelled the scheduler's"
        ):
            running.stop()


def test_what_the_caller_raises_comes_first():
    """An error within the context isn't hidden by how the scheduler ended."""

    def leaves() -> None:
        with daemon(scheduler()) as running:
            meddle(running, lambda: running.sender._loop.call_soon(cancel_all))
            assert running.join(30)
            raise KeyError("the caller's")

    with pytest.raises(KeyError, match="the caller's"):
        leaves()


class Holding:
    """A plugin whose hook takes as long as it is let."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.release = threading.Event()

    @hookimpl
    def clockhand_started(self) -> None:
        """Wait."""
        self.begun.set()
        self.release.wait(30)


def test_who_gives_up_waiting_for_the_start_leaves_none_running(monkeypatch):
    """Ctrl-C while a start hangs: the caller goes on at once, and what starts in the end stops again."""
    monkeypatch.setattr(_daemon, "FAREWELL", 0.05)
    holding = Holding()
    made = Scheduler(silo=use("memory"), plugins=[holding])

    def interrupted(self: Future[object], timeout: float | None = None) -> object:
        holding.begun.wait(30)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Future, "result", interrupted)
        with pytest.raises(KeyboardInterrupt):
            daemon(made)
    (thread,) = [one for one in threading.enumerate() if one.name == "clockhand"]
    holding.release.set()
    thread.join(30)
    assert made.state == "stopped"
