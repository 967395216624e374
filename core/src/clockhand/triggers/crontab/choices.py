"""What a cron timer takes besides its expression and zone: what it does when clocks change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, get_args

import attrs

from clockhand.errors import DefinitionError, did_you_mean, shown
from clockhand.triggers.crontab.search import Gap, Overlap

GAPS: Final = get_args(Gap)
OVERLAPS: Final = get_args(Overlap)


def choice(known: tuple[str, ...]) -> Callable[[Any, attrs.Attribute[Any], Any], None]:
    """Return a validator that takes None and the words in *known*."""

    def check(_: Any, field: attrs.Attribute[Any], value: Any) -> None:
        if value is None or (isinstance(value, str) and value in known):
            return
        hint = did_you_mean(value, known) if isinstance(value, str) else f", known: {', '.join(known)}"
        raise DefinitionError(
            f"cron: {field.name}: not a way through a clock change, given {shown(value)}{hint}"
        )

    return check
