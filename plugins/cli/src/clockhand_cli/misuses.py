"""What is wrong with arguments, as every other message says it: where, what, what was given, what else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cyclopts import (
    CoercionError,
    MissingArgumentError,
    RepeatArgumentError,
    UnknownCommandError,
    UnknownOptionError,
    UnusedCliTokensError,
    ValidationError,
)

from clockhand.errors import did_you_mean, shown
from clockhand_cli.menu import BY_NAME, PROGRAM_TAKERS
from clockhand_cli.overview import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence


def told(error: Exception, given: Sequence[str], command: str) -> str:
    """Return what *error* says of the arguments *given* to *command*, empty if there is none of that name."""
    match error:
        case UnknownCommandError(unused_tokens=[word, *_]):
            return _unknown_command(word, given)
        case UnusedCliTokensError(unused_tokens=words):
            behind = "; a program to run stands behind --" if command in PROGRAM_TAKERS else ""
            return f"too many arguments: {', '.join(map(shown, words or ()))}{behind}"
        case UnknownOptionError():
            names = [name for one in error.argument_collection for name in one.names if one.show]
            word = error.token.keyword or error.token.value
            near = did_you_mean(word, names)
            return f"unknown option {shown(word)}{near if 'did you mean' in near else ''}"
        case MissingArgumentError():
            name = error.keyword or _name(error)
            return f"{name}: its value is missing" if name.startswith("-") else f"{name}: missing"
        case RepeatArgumentError():
            return f"{error.token.keyword}: given twice"
        case CoercionError() | ValidationError():
            return _wrong_value(error)
    message = str(error)
    return message[:1].lower() + message[1:] if message[1:2].islower() else message


def _unknown_command(word: str, given: Sequence[str]) -> str:
    if word.startswith("-"):
        behind = "; options of a command stand behind it" if set(given) & BY_NAME.keys() else ""
        return f"unknown option {shown(word)}{behind}"
    near = nearest(word)
    return f"unknown command {shown(word)}{f', did you mean {near!r}?' if near else ''}"


def _wrong_value(error: CoercionError | ValidationError) -> str:
    argument: Any = error.argument
    token = getattr(error, "token", None) or next(iter(argument.tokens), None)
    where, value = (token.keyword or _name(error), token.value) if token else (_name(error), "")
    choices = argument.get_choices(force=True) or ()
    if choices:
        return f"{where}: unknown word {shown(value)}{did_you_mean(value, choices)}"
    if isinstance(error, ValidationError):
        rule = error.exception_message.rstrip(".")
        return f"{where}: {rule[:1].lower()}{rule[1:]}, given {shown(value)}"
    what = "it takes no value" if error.target_type is bool else "not a whole number"
    return f"{where}: {what}, given {shown(value)}"


def _name(error: Any) -> str:
    return str(error.argument.name) if error.argument is not None else "value"
