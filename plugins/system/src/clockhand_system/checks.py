"""What a program may be started with: checks that name the field in their DefinitionError."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final

from clockhand.contracts import parse_span
from clockhand.errors import DefinitionError, shown
from clockhand.works.secrets import checked_placeholders, has_placeholder

LONGEST_SPAN: Final = timedelta(hours=1)
OURS: Final = "CLOCKHAND_"
"""How the variables begin that tell a program which run it is."""


def _text(value: object, where: str) -> str:
    """Return *value* if the system can take it as text: no NUL, nothing that can't be encoded."""
    if not isinstance(value, str):
        raise DefinitionError(f"{where}: not a text, given {shown(value)}")
    if "\0" in value:
        raise DefinitionError(f"{where}: a NUL character in it, given {shown(value)}")
    try:
        os.fsencode(value)
    except UnicodeError:
        raise DefinitionError(f"{where}: a character that can't be encoded, given {shown(value)}") from None
    return value


def _bare(value: object, where: str) -> str:
    text = _text(value, where)
    if not text.strip():
        raise DefinitionError(f"{where}: empty, given {shown(value)}")
    if has_placeholder(text):
        raise DefinitionError(
            f"{where}: ${{env:...}} isn't replaced here, given {shown(value)}; "
            "put it into env or args (a shell reads it as $NAME from env)"
        )
    return text


def program(value: object) -> str:
    """Return the program, or the command line."""
    return _bare(value, "program")


def cwd(value: object) -> str | None:
    """Return the working directory, or None."""
    return None if value is None else _bare(value, "cwd")


def args(value: object) -> tuple[str, ...]:
    """Return the arguments."""
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        raise DefinitionError(f"args: not a list of texts, given {shown(value)}")
    found = tuple(_text(one, f"args[{index}]") for index, one in enumerate(value))
    return tuple(checked_placeholders(one, f"args[{index}]") for index, one in enumerate(found))


def env(value: object) -> Mapping[str, str]:
    """Return the variables: texts by name."""
    if not isinstance(value, Mapping):
        raise DefinitionError(f"env: not a table, given {shown(value)}")
    return {_variable(name): _value(name, text) for name, text in value.items()}


def _variable(name: object) -> str:
    text = _text(name, "env")
    if not text or "=" in text:
        raise DefinitionError(f"env: {shown(name)} can't be the name of a variable")
    if text.startswith(OURS):
        raise DefinitionError(f"env.{text}: names that begin with {OURS} are set for each run; take another")
    return text


def _value(name: str, text: object) -> str:
    return checked_placeholders(_text(text, f"env.{name}"), f"env.{name}")


def stdin(value: object) -> str:
    """Return what the program is given to read."""
    if not isinstance(value, str):
        raise DefinitionError(f"stdin: not a text, given {shown(value)}")
    return checked_placeholders(value, "stdin")


def shell(value: object) -> bool:
    """Return whether a shell reads the program."""
    return _flag(value, "shell")


def inherit_env(value: object) -> bool:
    """Return whether the whole environment is passed on."""
    return _flag(value, "inherit_env")


def _flag(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise DefinitionError(f"{where}: not true or false, given {shown(value)}")
    return value


def kill_after(value: object) -> timedelta:
    """Return the time from TERM to KILL."""
    span = parse_span(value, "kill_after")
    if not timedelta() <= span <= LONGEST_SPAN:
        raise DefinitionError(f"kill_after: not between 0 and 1 hour, given {shown(value)}")
    return span
