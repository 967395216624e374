"""A profile of the measured stretch, with all threads that did something in it."""

from __future__ import annotations

import cProfile
import io
import pstats
import sys
import threading
from types import FrameType

SHOWN = 25
"""How many functions a profile shows."""
PER_THREAD = sys.version_info < (3, 12)
"""Whether each thread needs a profile of its own: from 3.12 on the first one sees all threads."""


class Profiler:
    """Profiles while it is entered; does nothing until it is switched on."""

    def __init__(self) -> None:
        self._on = False
        self._inside = False
        self._main = cProfile.Profile()
        self._profiles: list[cProfile.Profile] = []

    def switch_on(self) -> None:
        """Profile from now on what is measured; call it before there are threads."""
        self._on = True
        if PER_THREAD:
            threading.setprofile(self._in_thread)

    def _in_thread(self, _frame: FrameType, _event: str, _arg: object) -> None:
        """Begin the profile of another thread with its first call within the stretch."""
        if self._inside:
            self._begin()

    def _begin(self) -> cProfile.Profile:
        profile = cProfile.Profile()
        self._profiles.append(profile)
        profile.enable()
        return profile

    def __enter__(self) -> None:
        if self._on:
            self._inside = True
            self._main = self._begin()

    def __exit__(self, *_error: object) -> None:
        if self._on:
            self._inside = False
            self._main.disable()

    def report(self) -> str:
        """Return the functions that took most, with what they call and by themselves."""
        if not self._profiles:
            return "  nothing of it happens in the process that is profiled"
        text = io.StringIO()
        stats = pstats.Stats(self._profiles[0], stream=text)
        for profile in self._profiles[1:]:
            stats.add(profile)
        for order in ("cumulative", "tottime"):
            stats.sort_stats(order).print_stats(SHOWN)
        return text.getvalue()


PROFILER = Profiler()
