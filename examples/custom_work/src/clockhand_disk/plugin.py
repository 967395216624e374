"""What clockhand-disk offers."""

from __future__ import annotations

from collections.abc import Iterable

from clockhand.contracts import Kind, Work
from clockhand.hookspecs import hookimpl
from clockhand_disk.work import Disk

DISK: Kind[Work] = Kind(name="disk", summary="fails when a disk is nearly full", options=Disk)


@hookimpl
def clockhand_works() -> Iterable[Kind[Work]]:
    """Offer the work `disk`."""
    return [DISK]
