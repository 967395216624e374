"""The choice of a kind by its name: what a silo, a history or an executor is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs


@attrs.frozen
class Use:
    """The choice of a kind by its name, with the table of its options."""

    kind: str
    table: Mapping[str, Any] = attrs.field(factory=dict)


def use(kind: str, /, **options: Any) -> Use:
    """Return the choice of a kind with its options: `use("sqlite", path="jobs.db")`."""
    return Use(kind, options)
