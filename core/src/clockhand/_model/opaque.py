"""A part of a stored job whose kind this process doesn't have: kept as it is, never built."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn

import attrs

from clockhand.errors import Unresolved

if TYPE_CHECKING:
    from collections.abc import Mapping


@attrs.frozen
class Opaque:
    """
    A work or trigger of a kind that isn't installed here, with its fields as the store has them.

    It stands in a Job so that the job can be listed, paused and removed, and can be written back
    unchanged; asking it to do anything raises Unresolved.
    """

    part: str
    """`work` or `trigger`."""
    kind: str
    fields: Mapping[str, Any] = attrs.field(factory=dict, hash=False)
    lacks: str = attrs.field(default="", eq=False)
    """The part inside of it that isn't installed here, as `trigger 'holidays'`; empty: it isn't itself."""

    def __str__(self) -> str:
        own = f"{self.part} {self.kind!r}"
        return f"{self.lacks} in {own}" if self.lacks else own

    def unresolved(self) -> Unresolved:
        """Return the error that says what is missing here."""
        return Unresolved(f"{self}: no plugin here offers it")

    def startup(self, _context: object, /) -> None:
        """Do nothing."""

    def func(self, _context: object, /) -> NoReturn:
        """Raise Unresolved."""
        raise self.unresolved()

    def teardown(self, _context: object, /) -> None:
        """Do nothing."""

    @property
    def proposed_executor(self) -> str:
        """The `async` executor."""
        return "async"

    @property
    def proposed_timeout(self) -> timedelta | None:
        """No limit."""
        return None

    @property
    def target(self) -> str:
        """Nothing."""
        return ""
