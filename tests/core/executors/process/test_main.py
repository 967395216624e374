"""The child's own side, in this process: what comes before the run, or not at all."""

from __future__ import annotations

import logging
import multiprocessing
import os

import pytest

from clockhand._plugins.catalog import Catalog
from clockhand.executors.process.main import _Server
from clockhand.executors.process.order import Order
from clockhand.executors.process.references import Reference
from clockhand.executors.process.setup import Setup
from clockhand.executors.process.wire import understood


@pytest.fixture
def child():
    """Return (a server without a process, the parent's end of its pipe)."""
    handlers, level = logging.root.handlers[:], logging.root.level
    ours, theirs = multiprocessing.Pipe()
    cancels, trace = multiprocessing.Pipe(duplex=False)
    yield _Server(Setup(theirs, cancels, trace, Catalog, os.getpid(), {"": logging.WARNING})), ours
    for end in (ours, theirs, cancels, trace):
        end.close()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def _order(run):
    return Order(
        run=run,
        definition='{"v":1,"alias":"a","work":{"use":"python","function":"doings:echo","args":[7]},'
        '"triggers":[{"use":"parent"}]}',
        kind="python",
        options=Reference("clockhand.works.python", "Call"),
        function=Reference("doings", "echo"),
        job="a",
        due="2026-03-01T09:00:00Z",
        occurrence="o",
        attempt=1,
        token=1,
        node="n",
        logger="l",
    )


def _said(ours):
    found = []
    while ours.poll():
        found.append(understood(ours.recv_bytes()))
    return found


def test_orders_one_after_the_other(child):
    """Ready, then for each order that it was begun and how it ended, until there are no more."""
    server, ours = child
    for frame in (_order(1).written(), _order(2).written(), b""):
        ours.send_bytes(frame)
    assert server.serve() is True
    said = _said(ours)
    assert [type(one).__name__ for one in said] == ["Ready", "Begun", "Ended", "Begun", "Ended"]
    assert [one.run for one in said[1:]] == [1, 1, 2, 2]
    assert [one.output for one in said[2::2]] == [{"result": [7]}] * 2
    assert server.orphaned() is False


def test_parent_is_gone(child):
    """The end of the pipe is told apart from the end of the orders."""
    server, ours = child
    ours.close()
    assert server.serve() is False


def test_cancel_that_comes_before_its_run(child):
    """The run that it is for is never begun; the one after it is."""
    server, ours = child
    server.cancel(2)
    for frame in (_order(1).written(), _order(2).written(), _order(3).written(), b""):
        ours.send_bytes(frame)
    server.serve()
    ends = [one for one in _said(ours) if type(one).__name__ == "Ended"]
    assert [one.result for one in ends] == ["succeeded", "cancelled", "succeeded"]
    assert ends[1].reason == "the run was asked to end before it began"


def test_cancel_that_comes_after_its_run(child):
    """Nobody hears of it."""
    server, ours = child
    ours.send_bytes(_order(1).written())
    ours.send_bytes(b"")
    server.serve()
    server.cancel(1)
    assert server.orphaned() is False
