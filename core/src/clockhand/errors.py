"""
Every error that clockhand raises on purpose.

    ClockhandError
    ├── ConfigError              a configuration or an option is wrong (also ValueError)
    │   └── UnknownName          no kind or option of that name (also LookupError)
    ├── PluginError              what a plugin offers can't be used
    ├── DefinitionError          a job, trigger or work that can't be (also ValueError)
    │   └── UnreadableDefinition bytes in a store that don't make a job
    │       └── NewerDefinition  written by a newer clockhand
    ├── Unresolved               a kind or function that this process doesn't have (also LookupError)
    ├── StateError               the scheduler can't do that in its state (also RuntimeError)
    ├── JobNotFound              no job of that alias (also LookupError)
    ├── JobRefused               the request was understood and refused
    ├── Vetoed                   a plugin's gate did not let a Msg pass
    ├── StoreError               a silo or a history failed
    │   ├── StoreClosed          used before startup() or after teardown()
    │   └── StoreUnreachable     can't be opened or doesn't answer
    │       └── StoreMissing     there is none yet, and it was not to be made
    └── WorkFailed               raised by a Work: this run failed, with a code

Messages read `where: what is wrong, what was given, what to do`; lower case, no full stop.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import timedelta


class ClockhandError(Exception):
    """The root: catch it to catch all that clockhand raises on purpose."""


class ConfigError(ClockhandError, ValueError):
    """A configuration file, a table or an option is wrong; the message names where."""


class UnknownName(ConfigError, LookupError):
    """Nothing offers a kind, or takes an option, of that name; the message has the nearest one."""


class PluginError(ClockhandError):
    """A plugin offers something that can't be used: a clash, junk, an unknown hook."""


class DefinitionError(ClockhandError, ValueError):
    """A job, trigger or work can't be as it was written; the message names the field."""


class UnreadableDefinition(DefinitionError):
    """The bytes that a store holds don't make a job; the row is quarantined, never deleted."""


class NewerDefinition(UnreadableDefinition):
    """The row was written by a newer clockhand than this one."""


class Unresolved(ClockhandError, LookupError):
    """A kind, function or executor that this process doesn't have; another one may."""


class StateError(ClockhandError, RuntimeError):
    """The scheduler can't do that in the state it is in."""


class JobNotFound(ClockhandError, LookupError):
    """No silo that was asked holds a job of that alias."""


class JobRefused(ClockhandError):
    """The request was understood and refused; the message says by which rule."""


class Vetoed(ClockhandError):
    """A plugin's gate did not let a Msg pass; the message names the plugin and its reason."""


class StoreError(ClockhandError):
    """A silo or a history failed; the scheduler backs off and tries again."""


class StoreClosed(StoreError):
    """A store was used before its startup() or after its teardown()."""


class StoreUnreachable(StoreError):
    """A store can't be opened, or doesn't answer; the message says which and why."""


class StoreMissing(StoreUnreachable):
    """There is no store at that place yet, and who opens it said not to make one."""


class WorkFailed(ClockhandError):
    """
    Raise it in a Work to end the run as failed with a *code* that policies can match.

    A code is a short stable text such as `exit:75`, `http:503` or `signal:KILL`. *output* is
    merged into the run's record; it must be JSON. *retry_after* is how long the other side asks to be
    left alone: a next attempt, if the job's policies allow one, comes no sooner.
    """

    def __init__(
        self,
        code: str,
        reason: str,
        output: Mapping[str, Any] | None = None,
        *,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.output: dict[str, Any] = dict(output or {})
        self.retry_after = retry_after


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `, did you mean 'x'?` for the nearest of *known*, else the sorted list of them, else nothing."""
    names = sorted(map(str, known))
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if near:
        return f", did you mean {near[0]!r}?"
    if names:
        return f", known: {', '.join(names)}"
    return ""


def told(error: BaseException, limit: int = 500) -> str:
    """Return what *error* says, on one line: its text, and its type's name unless it is clockhand's."""
    try:
        text = " ".join(str(error).split())
    except Exception:  # noqa: BLE001 - a stranger's error may not even be able to say what it is
        text = "it can't say what"
    name = type(error).__name__
    if not isinstance(error, ClockhandError):
        text = f"{name}: {text}" if text else name
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def shown(value: object, limit: int = 80) -> str:
    """Return repr(*value*) cut to *limit* characters, so that no message carries a whole file."""
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001 - a stranger's repr, or a value that nests too deep to be shown
        return f"<{type(value).__name__}, whose repr raised {type(error).__name__}>"
    if len(text) <= limit:
        return text
    return f"{text[: limit - 1]}… ({len(text):,} characters)"
