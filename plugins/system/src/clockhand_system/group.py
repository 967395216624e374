"""A process group: whom it still has, and signals to all of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROC: Final = Path("/proc")
_DEAD: Final = frozenset("ZX")


def send(group: int, number: int) -> bool:
    """Send a signal to all of *group*; False if nobody is in it."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody is there, as another user by now
    return True


def is_alive(group: int) -> bool:
    """
    Say whether *group* has a process that still runs.

    One that has ended and waits to be reaped doesn't count, where /proc tells: in a container whose
    first process reaps nobody, orphans wait so for ever.
    """
    if not send(group, 0):
        return False
    states = list(_states(group))
    return not states or not _DEAD.issuperset(states)


def _states(group: int) -> Iterator[str]:
    """Yield the state of each process of *group* that /proc shows."""
    if not _PROC.is_dir():
        return
    for folder in _PROC.iterdir():
        if not folder.name.isdigit():
            continue
        try:
            # pid (name) state parent group ...; the name may hold anything, a parenthesis too
            state, _, number = (folder / "stat").read_bytes().rpartition(b")")[2].split()[:3]
        except (OSError, ValueError):
            continue
        if int(number) == group:
            yield state.decode()
