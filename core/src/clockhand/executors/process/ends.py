"""How a run in a child process ended, as an Outcome: as the child says, or as its death does."""

from __future__ import annotations

import itertools
import signal
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from clockhand._model.run import Outcome
from clockhand._model.words import Result
from clockhand.executors.outcomes import CODE_LENGTH, TRACEBACK_LENGTH, first_line

if TYPE_CHECKING:
    from clockhand.executors.process.wire import Ended

_HERE: Final = str(Path(__file__).parent)


def outcome_of(said: Ended) -> Outcome:
    """Return the outcome that a child says."""
    after = None if said.retry_after is None else timedelta(seconds=said.retry_after)
    reason = first_line(said.reason)
    return Outcome(Result(said.result), said.code[:CODE_LENGTH], reason, said.output, after)


def death(code: int | None, trace: str) -> Outcome:
    """
    Return the outcome of a run whose child died by itself.

    *code* is the exit code, negative for a signal, None if it wasn't seen; *trace* is what Python
    could still say of where it was.
    """
    output = _record(code)
    if trace:
        output["traceback"] = _without_ours(trace)[:TRACEBACK_LENGTH]
    reason = f"the child process {_what_became(code)} in the middle of the run"
    if code is None:
        return Outcome(Result.FAILED, "executor:lost", reason, output)
    failure = f"exit:{code}" if code >= 0 else f"signal:{_name(-code)}"
    return Outcome(Result.FAILED, failure, reason, output)


def made_to_end(code: int | None) -> Outcome:
    """Return the outcome of a run whose child was killed for it."""
    return Outcome(Result.CANCELLED, "cancelled", "the run was made to end", _record(code))


def stillborn(code: int | None) -> Outcome:
    """Return the outcome of a run whose child died before it could take it."""
    reason = f"the child process {_what_became(code)} before it was ready; its standard error says why"
    return Outcome(Result.FAILED, "executor:no-process", reason, _record(code))


def _without_ours(trace: str) -> str:
    """Return *trace*, its most recent call first, up to this executor's own frames."""
    lines = trace.splitlines()
    return "\n".join(itertools.takewhile(lambda line: _HERE not in line, lines))


def _what_became(code: int | None) -> str:
    if code is None:
        return "disappeared"
    return f"exited with {code}" if code >= 0 else f"was ended by the signal {_name(-code)}"


def _record(code: int | None) -> dict[str, Any]:
    if code is None:
        return {}
    return {"exit_code": code} if code >= 0 else {"signal": _name(-code)}


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name.removeprefix("SIG")
    except ValueError:
        return str(number)
