"""The frames that a child and its parent exchange."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhand.executors.process.order import Order
from clockhand.executors.process.references import Reference
from clockhand.executors.process.wire import (
    Begun,
    Ended,
    Garbage,
    Logged,
    Progressed,
    Ready,
    Recorded,
    understood,
    written,
)

ENDED = Ended(1, "failed", "exit:75", "try later", {"tries": [3]}, 1.5, last=False)
ENDS = b'{"say": "Ended", "run": 1, "code": "", "reason": "", "retry_after": null, "last": false, %s}'
SAID = [
    Ready(),
    Begun(7),
    Progressed(7, 1.5, None, "half"),
    Recorded(7, {"a": [1, {"b": None}]}),
    Logged(7, "app", 20, "text", 1.5, "/a/b.py", 3, "f", "MainThread", ""),
    ENDED,
]


@pytest.mark.parametrize("said", SAID, ids=lambda said: type(said).__name__)
def test_there_and_back(said):
    """What is written is understood as the same."""
    assert understood(written(said)) == said


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"junk",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{}",
        b'{"say": []}',
        b'{"say": "Nothing"}',
        b'{"say": "Ready", "more": 1}',
        b'{"say": "Begun"}',
        b'{"say": "Begun", "run": "1"}',
        b'{"say": "Begun", "run": 1.5}',
        b'{"say": "Progressed", "run": 1, "done": NaN, "total": null, "note": ""}',
        b'{"say": "Progressed", "run": 1, "done": 1e999, "total": null, "note": ""}',
        b'{"say": "Progressed", "run": 1, "done": 1, "total": "2", "note": ""}',
        b'{"say": "Recorded", "run": 1, "fields": [1]}',
        b'{"say": "Recorded", "run": 1, "fields": {"a": -Infinity}}',
        ENDS % b'"result": "lost", "output": null',
        ENDS % b'"result": [], "output": null',
        ENDS % b'"result": "failed", "output": 3',
        b"[" * 200_000,
    ],
)
def test_garbage(frame):
    """What isn't one of the things that a child can say, with fields of their types."""
    with pytest.raises(Garbage):
        understood(frame)


@given(
    st.binary(max_size=200) | st.recursive(st.none() | st.text(), st.lists).map(lambda v: repr(v).encode())
)
def test_nothing_but_garbage_comes_of_anything(frame):
    """Whatever the bytes, the answer is Garbage, and it is short."""
    with pytest.raises(Garbage) as raised:
        understood(frame)
    assert len(str(raised.value)) <= 200


def test_each_of_the_wrong_ends_would_be_right():
    """But for what is wrong with it."""
    assert understood(ENDS % b'"result": "failed", "output": {}').result == "failed"


@pytest.mark.parametrize("value", [float("nan"), object(), {1, 2}])
def test_what_is_not_json_is_not_written(value):
    """Nothing is sent that couldn't be read."""
    with pytest.raises((ValueError, TypeError)):
        written(Recorded(1, {"a": value}))


def test_order_there_and_back():
    """An order is read as it was written, references too."""
    order = Order(
        run=1,
        definition="{}",
        kind="python",
        plugin=Reference("plug"),
        options=None,
        share=Reference("a.b", "c.d", "/a/b.py"),
        function=None,
        job="nightly",
        due="2026-03-01T09:00:00Z",
        occurrence="nightly@2026-03-01T09:00:00Z",
        attempt=2,
        token=3,
        node="here",
        logger="clockhand",
    )
    assert Order.read(order.written()) == order
