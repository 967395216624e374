"""Why an attempt ended as it did, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clockhand.contracts import Outcome


def reasons(outcome: Outcome) -> list[str]:
    """Return the code and the reason of *outcome*, without a code that only says again what it is."""
    code = "" if outcome.code == outcome.result else outcome.code
    return [part for part in (code, outcome.reason) if part]
