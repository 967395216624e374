"""A run: one attempt at an occurrence, and how it ended. Made once a run, so they are cheap to make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from clockhand._model.words import Result
from clockhand.errors import DefinitionError, shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta


@attrs.define
class Outcome:
    """How an attempt ended: the word, a code and a reason for people if it failed, and its record."""

    result: Result
    code: str = ""
    """`exc:<qualified name>`, `exit:75`, `signal:KILL`, `http:503`; empty when it succeeded."""
    reason: str = ""
    output: Mapping[str, Any] | None = None
    retry_after: timedelta | None = None
    """How long the other side asks to be left alone; a hint for the next attempt, not kept on record."""


SUCCEEDED = Outcome(Result.SUCCEEDED)

STREAMS: Final = ("stdout", "stderr")
"""What a run can print to."""


def checked_stream(stream: object) -> None:
    """Raise a DefinitionError if *stream* isn't one of STREAMS."""
    if stream not in STREAMS:
        raise DefinitionError(f"stream: not one of {', '.join(STREAMS)}, given {shown(stream)}")


@attrs.define
class Run:
    """One attempt at an occurrence; `ended` and `outcome` are None while it runs."""

    attempt: int
    owner: str
    token: int
    revision: int
    started: datetime
    ended: datetime | None = None
    outcome: Outcome | None = None
