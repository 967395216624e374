"""What a work returned or raised, as an Outcome."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhand.contracts import SUCCEEDED, Outcome, Result
from clockhand.errors import Unresolved, WorkFailed
from clockhand.executors.outcomes import (
    REASON_LENGTH,
    RESULT_LENGTH,
    TRACEBACK_LENGTH,
    after_teardown,
    cancelled,
    failed,
    succeeded,
)


class Odd(Exception):
    """An error whose text can't be read."""

    def __str__(self):
        raise SystemExit("in __str__")


class _Hostile(dict):
    """A mapping that does worse than raise an Exception."""

    def items(self):
        raise KeyboardInterrupt


def test_nothing_returned():
    """None adds nothing to the record."""
    assert succeeded(None) is SUCCEEDED


def test_result_is_as_json_gives_it_back():
    """Tuples become lists, and a later change by the work changes nothing."""
    rows = [1]
    outcome = succeeded({"rows": rows, "pair": (1, 2)})
    rows.append(2)
    assert outcome.output == {"result": {"rows": [1], "pair": [1, 2]}}


def _circular():
    value: list = []
    value.append(value)
    return value


def _deep():
    value: list = []
    for _ in range(100_000):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({1, 2}, "a value of type set isn't JSON: Object of type set is not JSON serializable"),
        (Odd(), "test_outcomes.Odd isn't JSON"),
        (float("nan"), "a value of type float isn't JSON"),
        (_circular(), "a value of type list isn't JSON: Circular reference detected"),
        (_deep(), "a value of type list isn't JSON"),
        (_Hostile(a=1), "isn't JSON: KeyboardInterrupt"),
        ("x" * RESULT_LENGTH, "65,538 bytes of JSON, at most 65,536 are kept"),
    ],
)
def test_result_that_is_not_kept(value, says):
    """The run succeeded; the record says why its result isn't there."""
    outcome = succeeded(value)
    assert outcome.result is Result.SUCCEEDED
    assert "result" not in outcome.output
    assert says in outcome.output["result_error"]


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (ValueError("no\nsecond line"), "exc:ValueError", "no"),
        (KeyError(), "exc:KeyError", "KeyError"),
        (
            json.JSONDecodeError("bad", "", 0),
            "exc:json.decoder.JSONDecodeError",
            "bad: line 1 column 1 (char 0)",
        ),
        (Unresolved("function 'a:b': not here"), "unresolved", "function 'a:b': not here"),
        (Odd(), None, "(its text can't be read: __str__ raised SystemExit)"),
        (ValueError("\n\n  second  "), "exc:ValueError", "second"),
        (ValueError("\ud800"), "exc:ValueError", "?"),
    ],
)
def test_code_and_reason(error, code, reason):
    """The code names the type, the reason is the first line that says something."""
    outcome = failed(error)
    assert outcome.result is Result.FAILED
    assert code is None or outcome.code == code
    assert outcome.reason == reason


def test_nested_types_have_qualified_names():
    """A class inside a function or class is named with it."""

    class Inner(Exception):
        pass

    assert failed(Inner()).code.endswith("test_nested_types_have_qualified_names.<locals>.Inner")


def test_work_failed_brings_its_own():
    """Code, reason and output are the work's."""
    outcome = failed(WorkFailed("exit:75", "try later", {"stdout": "x"}))
    assert outcome == Outcome(Result.FAILED, "exit:75", "try later", {"stdout": "x"})
    assert failed(WorkFailed("exit:1", "no")).output is None


def test_work_failed_with_output_that_is_not_json():
    """The failure stands, the record says what's missing."""
    outcome = failed(WorkFailed("exit:1", "no", {"file": object()}))
    assert "a value of type dict isn't JSON" in outcome.output["output_error"]


def test_reason_is_bounded():
    """A message of a million characters is cut."""
    outcome = failed(ValueError("y" * 1_000_000))
    assert len(outcome.reason) == REASON_LENGTH
    assert outcome.reason.endswith("…")


def test_traceback_begins_with_the_works_own_frames():
    """It names the function that raised and is bounded."""

    def dig(depth):
        if depth:
            dig(depth - 1)
        raise ValueError("z" * 5_000)

    try:
        dig(900)
    except ValueError as error:
        text = failed(error).output["traceback"]
    assert "in dig" in text
    assert len(text) <= TRACEBACK_LENGTH


def test_recursion_is_a_failure_like_any_other():
    """An endless recursion has a code and a bounded traceback."""

    def again():
        again()

    try:
        again()
    except RecursionError as error:
        outcome = failed(error)
    assert outcome.code == "exc:RecursionError"


def test_teardown_error_of_a_cancelled_run():
    """It stays cancelled, with a note."""
    outcome = after_teardown(cancelled("asked"), failed(OSError("late")))
    assert outcome.result is Result.CANCELLED
    assert outcome.output == {"teardown_error": "exc:OSError: late"}


@given(st.text(), st.text())
def test_any_text_can_be_stored(message, code):
    """Whatever is said, code, reason and output can be written as UTF-8 JSON."""
    for outcome in (failed(ValueError(message)), failed(WorkFailed(code, message))):
        json.dumps([outcome.code, outcome.reason, outcome.output], ensure_ascii=False).encode()
        assert "\n" not in outcome.reason


class _Unprintable(Exception):
    """An error that even its traceback fails on."""

    @property
    def __notes__(self):
        raise KeyboardInterrupt


def test_traceback_that_can_not_be_shown():
    """Then that is said instead."""
    assert failed(_Unprintable()).output["traceback"].startswith("(the traceback can't be shown: ")
