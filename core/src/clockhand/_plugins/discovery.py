"""Which plugins are installed: the entry points of one group, each loaded in its own try."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import attrs
import importlib_metadata

from clockhand.hookspecs import PROJECT


@attrs.frozen
class Found:
    """An entry point: the plugin's name, the distribution that it comes from, and how to load it."""

    name: str
    dist: str
    version: str
    value: str
    entry_point: Any = attrs.field(eq=False, repr=False, default=None)

    def load(self) -> object:
        """Import the plugin and return it; whatever its import raises is raised."""
        return self.entry_point.load()


@attrs.frozen
class Broken:
    """A plugin that is installed and can't be used, and why."""

    name: str
    dist: str
    version: str
    reason: str


def find(block: Collection[str] = (), only: Collection[str] | None = None) -> Iterator[Found]:
    """
    Yield the installed plugins, ordered by name, without importing any.

    *block* leaves out and *only* lets in by the plugin's name or by its distribution's.
    """
    points = importlib_metadata.entry_points(group=PROJECT)
    for point in sorted(points, key=lambda point: (point.name, point.value)):
        dist = point.dist.metadata["Name"] if point.dist else ""
        names = {point.name, dist}
        if names & set(block) or (only is not None and not names & set(only)):
            continue
        yield Found(point.name, dist, point.dist.version if point.dist else "", point.value, point)
