"""Which plugins are installed, and what they offer: for people, and for commands that list them."""

from __future__ import annotations

from collections.abc import Collection

from clockhand._plugins.builtin import Builtin
from clockhand._plugins.catalog import Catalog, Loaded, Offer
from clockhand._plugins.discovery import Broken
from clockhand.works import Functions

__all__ = ["Broken", "Catalog", "Loaded", "Offer", "installed"]


def installed(*, block: Collection[str] = (), only: Collection[str] | None = None) -> Catalog:
    """
    Return the catalog of core's own kinds and those of the installed plugins; raises nothing.

    What is wrong is in its `broken` and `clashes`.
    """
    return Catalog.load([("core", Builtin(Functions()))], block=block, only=only)
