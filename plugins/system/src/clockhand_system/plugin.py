"""What clockhand-system offers; heavy things load when they are chosen."""

from __future__ import annotations

from collections.abc import Iterable

from clockhand.contracts import Kind, Work
from clockhand.hookspecs import hookimpl
from clockhand_system.work import System

SYSTEM: Kind[Work] = Kind(name="system", summary="runs a program", options=System)


@hookimpl
def clockhand_works() -> Iterable[Kind[Work]]:
    """Return the work `system`."""
    return (SYSTEM,)
