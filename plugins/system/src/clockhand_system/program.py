"""Which program to run, and how: a value, checked field by field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import attrs

from clockhand.errors import DefinitionError
from clockhand_system import checks

KILL_AFTER: Final = timedelta(seconds=5)
"""How long a program has between TERM and KILL, unless its work says otherwise."""


@attrs.frozen(kw_only=True)
class Program:
    """A program, what it gets, and how long it has to end."""

    program: str = attrs.field(converter=checks.program)
    args: tuple[str, ...] = attrs.field(default=(), converter=checks.args)
    shell: bool = attrs.field(default=False, converter=checks.shell)
    cwd: str | None = attrs.field(default=None, converter=checks.cwd)
    env: Mapping[str, str] = attrs.field(factory=dict, converter=checks.env, hash=False)
    inherit_env: bool = attrs.field(default=False, converter=checks.inherit_env)
    stdin: str = attrs.field(default="", converter=checks.stdin)
    """What the program reads from its standard input, in UTF-8; empty: nothing."""
    kill_after: timedelta = attrs.field(default=KILL_AFTER, converter=checks.kill_after)
    """How long the program has between TERM and KILL, when its run is ended."""

    def __attrs_post_init__(self) -> None:
        if self.shell and self.args:
            raise DefinitionError(
                "args: given together with shell; write them into program, which is the command line"
            )
