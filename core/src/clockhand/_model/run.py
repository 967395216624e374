"""A run: one attempt at an occurrence, and how it ended. Made once a run, so they are cheap to make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from clockhand._model.words import Result

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@attrs.define
class Outcome:
    """How an attempt ended: the word, a code and a reason for people if it failed, and its record."""

    result: Result
    code: str = ""
    """`exc:<qualified name>`, `exit:75`, `signal:KILL`, `http:503`; empty when it succeeded."""
    reason: str = ""
    output: Mapping[str, Any] | None = None


SUCCEEDED = Outcome(Result.SUCCEEDED)


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
