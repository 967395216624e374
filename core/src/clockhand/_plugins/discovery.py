"""Which plugins are installed: the entry points of one group, each loaded in its own try."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

import attrs
import importlib_metadata

from clockhand.errors import told
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


def find(block: Collection[str] = (), only: Collection[str] | None = None) -> Iterator[Found | Broken]:
    """
    Yield the installed plugins, ordered by name, without importing any; Broken where that can't be told.

    *block* leaves out and *only* lets in by the plugin's name or by its distribution's, in which
    case, `-`, `_` and `.` make no difference.
    """
    blocked = {_canonical(name) for name in block}
    wanted = None if only is None else {_canonical(name) for name in only}
    for found in sorted(_installed(), key=lambda found: (found.name, found.dist)):
        names = {_canonical(found.name), _canonical(found.dist)}
        if not names & blocked and (wanted is None or names & wanted):
            yield found


def _installed() -> Iterator[Found | Broken]:
    seen: set[str] = set()
    for dist in importlib_metadata.distributions():
        try:
            points = list(dist.entry_points.select(group=PROJECT))
        except Exception as error:  # noqa: BLE001 - one damaged folder must not hide the others
            if _mentions_us(dist, error):
                name, version = _metadata(dist, "Name"), _metadata(dist, "Version")
                yield Broken(name or "?", name, version, f"entry_points.txt can't be read: {told(error)}")
            continue
        if not points:
            continue
        name, version = _metadata(dist, "Name"), _metadata(dist, "Version")
        if name and _canonical(name) in seen:
            continue  # an earlier folder of the import path has it: that is the one that is imported
        seen.add(_canonical(name))
        for point in points:
            yield Found(point.name, name, version, point.value, point)


def _metadata(dist: Any, field: str) -> str:
    try:
        return str(dist.metadata.get(field) or "")
    except (OSError, ValueError):
        return ""


def _mentions_us(dist: Any, error: Exception) -> bool:
    section = f"[{PROJECT}]"
    if isinstance(error, UnicodeDecodeError):
        return section.encode() in error.object
    return section in (dist.read_text("entry_points.txt") or "")


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def version_of(dist: str) -> str:
    """Return the version of an installed distribution, empty if it isn't installed as one."""
    try:
        return importlib_metadata.version(dist)
    except importlib_metadata.PackageNotFoundError:
        return ""
