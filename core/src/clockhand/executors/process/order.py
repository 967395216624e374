"""What a child is told to run: all of it text and numbers."""

from __future__ import annotations

import json
from typing import Any, Self

import attrs

from clockhand.executors.process.references import Reference


@attrs.frozen(kw_only=True)
class Order:
    """One run. The work comes as its job's text and as what makes a kind of that name."""

    run: int
    definition: str
    """A job of that work, as a store would have it."""
    kind: str
    plugin: Reference | None = None
    """What offers the kind; None: it is made of the two that follow."""
    options: Reference | None = None
    """The class of the work."""
    share: Reference | None = None
    """What opens what the kind shares."""
    function: Reference | None = None
    """The function that the work calls, if it is one that calls a function."""
    job: str
    due: str
    occurrence: str
    attempt: int
    token: int
    node: str
    watched: bool = False
    logger: str

    def written(self) -> bytes:
        """Return the order as a frame."""
        return json.dumps(attrs.asdict(self)).encode()

    @classmethod
    def read(cls, frame: bytes) -> Self:
        """Return the order that a frame of `written()` says."""
        table: dict[str, Any] = json.loads(frame)
        for name in ("plugin", "options", "share", "function"):
            if table[name] is not None:
                table[name] = Reference(**table[name])
        return cls(**table)
