"""The environment that a program gets."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from clockhand.contracts import format_moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clockhand.contracts import RunContext

SMALL: Final = frozenset({"PATH", "HOME", "LANG", "TZ", "TMPDIR", "USER", "LOGNAME", "SHELL"})
"""What is passed on besides LC_*: enough to find programs and to print text, and no secret."""


def environment(
    own: Mapping[str, str], context: RunContext, *, inherit: bool, ours: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Return *ours*, all of it or the small part, then *own*, then which run this is."""
    passed = {name: value for name, value in ours.items() if inherit or _is_small(name)}
    return {"PATH": os.defpath, **passed, **own, **run_variables(context)}


def run_variables(context: RunContext) -> dict[str, str]:
    """Return what tells a program which run it is."""
    return {
        "CLOCKHAND_JOB": context.job,
        "CLOCKHAND_DUE": format_moment(context.due),
        "CLOCKHAND_OCCURRENCE": context.occurrence,
        "CLOCKHAND_ATTEMPT": str(context.attempt),
        "CLOCKHAND_TOKEN": str(context.token),
        "CLOCKHAND_NODE": context.node,
    }


def _is_small(name: str) -> bool:
    return name in SMALL or name.startswith("LC_")
