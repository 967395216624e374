"""
What a work returned or raised, as an Outcome: bounded, JSON, and never an exception of its own.

An executor of any kind ends its runs with these, so that the same failure has the same code wherever
it ran.
"""

from __future__ import annotations

import json
import traceback
from asyncio import CancelledError
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from clockhand._model.run import SUCCEEDED, Outcome
from clockhand._model.words import Result
from clockhand.errors import Unresolved, WorkFailed

if TYPE_CHECKING:
    from types import TracebackType

    from clockhand._model.protocols import RunContext

REASON_LENGTH: Final = 500
CODE_LENGTH: Final = 200
TRACEBACK_LENGTH: Final = 8_000
FRAMES: Final = 20
"""How many frames of a traceback are kept: the last ones, nearest to the error."""
RESULT_LENGTH: Final = 64 * 1024
"""How many bytes of JSON text a run may return for its record."""

_HERE: Final = str(Path(__file__).parent)


def succeeded(value: object) -> Outcome:
    """Return the outcome of a work that returned *value*: the `result`, or why it isn't kept."""
    if value is None:
        return SUCCEEDED
    kept, problem = kept_json(value)
    return Outcome(Result.SUCCEEDED, output={"result_error": problem} if problem else {"result": kept})


def failed(error: BaseException) -> Outcome:
    """Return the outcome of a work that raised *error*."""
    if isinstance(error, WorkFailed):
        return Outcome(
            Result.FAILED,
            _text(error.code, CODE_LENGTH),
            first_line(error.reason),
            _output(error),
            error.retry_after,
        )
    output = {"traceback": traceback_tail(error)}
    return Outcome(Result.FAILED, code_of(error), reason_of(error), output)


def cancelled(reason: str) -> Outcome:
    """Return the outcome of a run that ended because it was asked to."""
    return Outcome(Result.CANCELLED, "cancelled", reason)


def raised(error: BaseException, context: RunContext) -> Outcome:
    """Return the outcome of a work that raised *error*, which is an answer if its end was asked for."""
    if isinstance(error, CancelledError) and context.cancelled:
        return cancelled("the run was asked to end")
    return failed(error)


def after_teardown(outcome: Outcome, teardown: Outcome) -> Outcome:
    """Return *outcome* with what its teardown raised; a run that had succeeded has now failed."""
    if outcome.result is Result.SUCCEEDED:
        return teardown
    note = f"{teardown.code}: {teardown.reason}"
    return attrs.evolve(outcome, output={**(outcome.output or {}), "teardown_error": note})


def code_of(error: BaseException) -> str:
    """Return the code of *error*: `exc:ValueError`, `exc:package.module.Name`, or `unresolved`."""
    if isinstance(error, Unresolved):
        return "unresolved"
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return _text(f"exc:{name}", CODE_LENGTH)


def reason_of(error: BaseException) -> str:
    """Return the first line of what *error* says, or its type's name when it says nothing."""
    try:
        said = str(error)
    except BaseException as trouble:  # noqa: BLE001 - a foreign __str__ may raise anything
        said = f"(its text can't be read: __str__ raised {type(trouble).__name__})"
    return first_line(said) or type(error).__name__


def first_line(text: object) -> str:
    """Return the first line of *text* that isn't blank, cut to 500 characters."""
    cut = _text(text, 4 * REASON_LENGTH)
    line = next((line.strip() for line in cut.splitlines() if line.strip()), "")
    return line if len(line) <= REASON_LENGTH else f"{line[: REASON_LENGTH - 1]}…"


def traceback_tail(error: BaseException) -> str:
    """Return the end of *error*'s traceback, from the work's own frames on, at most 8,000 characters."""
    try:
        lines = traceback.format_exception(type(error), error, _own_frames(error), limit=-FRAMES)
        text = "".join(lines)
    except BaseException as trouble:  # noqa: BLE001 - formatting calls into the error's own methods
        text = f"(the traceback can't be shown: {type(trouble).__name__})"
    tail = text if len(text) <= TRACEBACK_LENGTH else f"…{text[1 - TRACEBACK_LENGTH :]}"
    return _text(tail, TRACEBACK_LENGTH)


def kept_json(value: object) -> tuple[Any, str]:
    """Return (*value* as JSON gives it back, "") or, if it isn't JSON or too large, (None, why)."""
    kind = f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
    try:
        text = json.dumps(value, allow_nan=False)
        if len(text) <= RESULT_LENGTH:
            return json.loads(text), ""
    except BaseException as error:  # noqa: BLE001 - a foreign mapping may raise anything
        return None, f"a value of type {kind} isn't JSON: {reason_of(error)}"
    return None, f"{len(text):,} bytes of JSON, at most {RESULT_LENGTH:,} are kept"


def _output(error: WorkFailed) -> dict[str, Any] | None:
    if not error.output:
        return None
    kept, problem = kept_json(error.output)
    return {"output_error": problem} if problem else kept


def _own_frames(error: BaseException) -> TracebackType | None:
    """Return the traceback without the executor's frames at its top: they tell an author nothing."""
    found = error.__traceback__
    while found is not None and found.tb_next and found.tb_frame.f_code.co_filename.startswith(_HERE):
        found = found.tb_next
    return found


def _text(value: object, limit: int) -> str:
    """Return *value* as text that any store can encode: lone surrogates would fail far from here."""
    text = value if isinstance(value, str) else repr(value)
    return text[:limit].encode("utf-8", "replace").decode()
