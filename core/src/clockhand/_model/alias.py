"""Aliases: the names by which people and messages know jobs, silos and executors."""

from __future__ import annotations

import re
from typing import Final

from clockhand.errors import DefinitionError, shown

MAX_LENGTH: Final = 128
_ALIAS = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", re.ASCII)


def checked_alias(alias: object, where: str = "alias") -> str:
    """
    Return *alias* if it can be one, else raise a DefinitionError that names *where*.

    An alias has 1 to 128 characters of `A-Z a-z 0-9 . _ -` and doesn't begin with `-` or `.`,
    so that it needs no quoting in a shell, a file name or a URL. Free text belongs in `title`.
    """
    if isinstance(alias, str) and _ALIAS.fullmatch(alias):
        return alias
    if not isinstance(alias, str):
        raise DefinitionError(f"{where}: not a text, given {shown(alias)}")
    if not alias:
        raise DefinitionError(f"{where}: empty, give it 1 to {MAX_LENGTH} characters")
    if len(alias) > MAX_LENGTH:
        raise DefinitionError(f"{where}: {len(alias):,} characters, at most {MAX_LENGTH} are allowed")
    if alias[0] in "-.":
        raise DefinitionError(
            f"{where}: {shown(alias)} begins with {alias[0]!r}; begin with a letter, digit or _"
        )
    wrong = next(char for char in alias if not _ALIAS.fullmatch("_" + char))
    raise DefinitionError(
        f"{where}: {shown(alias)} has {wrong!a}; use letters, digits, '.', '_' and '-', "
        "and put free text into title"
    )
