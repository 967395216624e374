"""Retries: how they are written, which failures they cover, and how long they wait."""

from datetime import timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhand import Job, Retries, call, every
from clockhand.contracts import Policies
from clockhand.errors import DefinitionError

SECOND = timedelta(seconds=1)
TICK = timedelta(microseconds=1)
MONTH = timedelta(days=30)

spans = st.timedeltas(min_value=TICK, max_value=MONTH)
retries = st.builds(
    Retries,
    attempts=st.integers(1, 1_000),
    delay=spans,
    factor=st.floats(1, 100),
    max_delay=spans,
    jitter=st.floats(0, 1),
)
keys = st.text(max_size=40)
numbers = st.integers(1, 1_000)


def _taken(value):
    return Policies(retries=value).retries


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (None, None),
        (0, Retries(attempts=1)),
        (3, Retries(attempts=4)),
        (999, Retries(attempts=1_000)),
        ({"attempts": 2}, Retries(attempts=2)),
        (
            {"attempts": 4, "delay": "30s", "factor": 1, "max_delay": 90, "jitter": 0, "on": ["http:5*"]},
            Retries(
                attempts=4,
                delay=30 * SECOND,
                factor=1.0,
                max_delay=90 * SECOND,
                jitter=0.0,
                on=("http:5*",),
            ),
        ),
        (Retries(attempts=7), Retries(attempts=7)),
    ],
)
def test_how_retries_are_written(given, kept):
    """A number of further attempts, a table as in TOML, or a value; nothing said stays nothing."""
    assert _taken(given) == kept
    job = Job(alias="a", work=call("app:f"), triggers=every(60), retries=given)
    assert job.retries == kept


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (-1, "retries: not a whole number from 0 to 999, given -1"),
        (1_000, "retries: not a whole number from 0 to 999, given 1000"),
        (True, "retries: not a number of further attempts, given True; write 3, or {attempts = 4, "),
        (2.0, "retries: not a number of further attempts, given 2.0; write 3, or "),
        ("3", "retries: not a number of further attempts, given '3'; write 3, or "),
        ([3], "retries: not a number of further attempts, given [3]; write 3, or "),
        ({}, "retries.attempts: missing; say how many attempts there are, the first one counted"),
        ({"delay": "1s"}, "retries.attempts: missing"),
        ({"attempts": 2, "dely": 1}, "retries: unknown option 'dely', did you mean 'delay'?"),
        ({"attempts": 2, 5: 1}, "retries: unknown option 5"),
        ({"attempts": 0}, "retries.attempts: not a whole number from 1 to 1,000, given 0; the first attempt"),
        ({"attempts": 1_001}, "retries.attempts: not a whole number from 1 to 1,000, given 1001"),
        ({"attempts": True}, "retries.attempts: not a whole number from 1 to 1,000, given True"),
        ({"attempts": "2"}, "retries.attempts: not a whole number from 1 to 1,000, given '2'"),
        ({"attempts": 2, "delay": "-1s"}, "retries.delay: not between 0s and 30d, given '-1s'"),
        ({"attempts": 2, "delay": "31d"}, "retries.delay: not between 0s and 30d, given '31d'"),
        ({"attempts": 2, "delay": "soon"}, "retries.delay: not a length of time, given 'soon'"),
        ({"attempts": 2, "delay": None}, "retries.delay: not a length of time, given None"),
        ({"attempts": 2, "max_delay": -1}, "retries.max_delay: not between 0s and 30d, given -1"),
        ({"attempts": 2, "max_delay": "none"}, "retries.max_delay: not a length of time, given 'none'"),
        ({"attempts": 2, "factor": 0.5}, "retries.factor: not a number from 1 to 100, given 0.5"),
        ({"attempts": 2, "factor": 101}, "retries.factor: not a number from 1 to 100, given 101"),
        ({"attempts": 2, "factor": float("nan")}, "retries.factor: not a number from 1 to 100, given nan"),
        ({"attempts": 2, "factor": "2"}, "retries.factor: not a number from 1 to 100, given '2'"),
        ({"attempts": 2, "factor": True}, "retries.factor: not a number from 1 to 100, given True"),
        ({"attempts": 2, "jitter": 1.1}, "retries.jitter: not a number from 0 to 1, given 1.1"),
        ({"attempts": 2, "jitter": -0.1}, "retries.jitter: not a number from 0 to 1, given -0.1"),
        ({"attempts": 2, "jitter": None}, "retries.jitter: not a number from 0 to 1, given None"),
        ({"attempts": 2, "on": "http:5*"}, "retries.on: not a list of failure codes, given 'http:5*'; write"),
        ({"attempts": 2, "on": 75}, "retries.on: not a list of failure codes, given 75; write"),
        ({"attempts": 2, "on": {"exit": 75}}, "retries.on: not a list of failure codes, given {'exit': 75}"),
        ({"attempts": 2, "on": [75]}, "retries.on: not a failure code, given 75; write it like 'exit:75'"),
        ({"attempts": 2, "on": ["exit:1", ""]}, "retries.on: not a failure code, given ''; write it like"),
        ({"attempts": 2, "on": ["x" * 201]}, "retries.on: not a failure code, given 'xxx"),
    ],
)
def test_every_bad_field_is_named(given, says):
    """The error begins with the field and shows what was given."""
    with pytest.raises(DefinitionError) as caught:
        _taken(given)
    assert str(caught.value).startswith(says)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("on", "code", "again"),
    [
        ((), "exit:1", True),
        ((), "", True),
        (("exit:75",), "exit:75", True),
        (("exit:75",), "exit:7", False),
        (("exit:75",), "EXIT:75", False),
        (("http:5*",), "http:503", True),
        (("http:5*",), "http:404", False),
        (("http:4*", "timeout"), "timeout", True),
        (("exc:*Error",), "exc:app.BrokenError", True),
        (("exc:*Error",), "exc:app.Broken", False),
        (("*",), "signal:KILL", True),
    ],
)
def test_which_failures_are_tried_again(on, code, again):
    """Those whose code matches one of the patterns, as they are written; without patterns any."""
    assert Retries(attempts=2, on=on).covers(code, 1) is again


def test_how_often():
    """As many attempts as there are in all: the last failure is followed by none."""
    three = Retries(attempts=3)
    assert [three.covers("exit:1", failures) for failures in (1, 2, 3, 4)] == [True, True, False, False]
    assert not Retries(attempts=1).covers("exit:1", 1)


def test_the_wait_grows_up_to_a_bound():
    """Times the factor from attempt to attempt, and then no more."""
    plain = Retries(attempts=9, delay="10s", factor=3, max_delay="2m", jitter=0)
    assert [plain.wait("a", n) / SECOND for n in (1, 2, 3, 4, 5)] == [10, 30, 90, 120, 120]
    flat = Retries(attempts=9, delay="10s", factor=1, jitter=0)
    assert [flat.wait("a", n) / SECOND for n in (1, 2, 999)] == [10, 10, 10]
    short = Retries(attempts=2, delay="1h", max_delay="1s", jitter=0)
    assert short.wait("a", 1) == SECOND


@given(retries, keys, numbers)
def test_the_wait_is_shorter_by_no_more_than_the_jitter(made, key, failures):
    """Between the wait without jitter, which is capped, and that less the jitter's part of it."""
    whole = attrs.evolve(made, jitter=0).wait(key, failures)
    assert timedelta() < whole <= made.max_delay
    assert whole * (1 - made.jitter) - TICK <= made.wait(key, failures) <= whole


@given(retries, keys, numbers)
def test_the_wait_never_gets_shorter(made, key, failures):
    """Without jitter, the next wait is at least as long as the one before."""
    plain = attrs.evolve(made, jitter=0)
    assert plain.wait(key, failures) <= plain.wait(key, failures + 1)


@given(retries, keys, numbers, st.none() | st.timedeltas(-MONTH, 10 * MONTH))
def test_a_wait_that_was_asked_for_is_kept(made, key, failures, asked):
    """Even beyond max_delay, though not beyond a month; a shorter one changes nothing."""
    alone = made.wait(key, failures)
    wait = made.wait(key, failures, asked)
    assert wait == max(alone, min(asked or timedelta(), MONTH))


@given(retries, keys, numbers)
def test_the_same_question_has_the_same_answer(made, key, failures):
    """The random part is drawn from the occurrence and the number of failures alone."""
    assert made.wait(key, failures) == attrs.evolve(made).wait(key, failures)


def test_every_process_has_the_same_answer():
    """It comes from the key, not from how this process hashes texts."""
    made = Retries(attempts=2, delay="100s", jitter=1)
    assert made.wait("nightly@2026-03-01T09:00:00Z", 1) == timedelta(seconds=95, microseconds=929_526)


def test_what_failed_together_does_not_come_back_together():
    """A hundred occurrences, a hundred waits, all over the range; and each attempt has its own."""
    made = Retries(attempts=9, delay="100s", factor=1, jitter=0.5)
    waits = {made.wait(f"job-{number}@2026-03-01T09:00:00Z", 1) for number in range(100)}
    assert len(waits) == 100
    assert min(waits) < 60 * SECOND < 90 * SECOND < max(waits)
    assert len({made.wait("a", number) for number in range(1, 9)}) == 8


def test_numbers_beyond_all_bounds_are_the_bound():
    """The factor to the power of hundreds is no overflow but the longest wait."""
    made = Retries(attempts=1_000, delay=1, factor=100, max_delay="1h", jitter=0)
    assert made.wait("a", 999) == timedelta(hours=1)


def test_retries_are_values():
    """Compared and hashed by what is in them, and not to be written to."""
    assert Retries(attempts=2, on=["a"]) == Retries(attempts=2, on=("a",))
    assert len({Retries(attempts=2), Retries(attempts=2), Retries(attempts=3)}) == 2
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        Retries(attempts=2).attempts = 3
