"""The stretch that is measured: how long it took, how much CPU, how often the process was woken."""

from __future__ import annotations

import contextlib
import resource
import time
from collections.abc import Iterator

from contestants.profiling import PROFILER


class Lap:
    """What was measured; filled in at the end of the stretch."""

    seconds = 0.0
    cpu = 0.0
    """Seconds of CPU time, of all threads, in user and system."""
    switches = 0
    """How often a thread gave its core away to wait for something, and so was woken afterwards."""


@contextlib.contextmanager
def measured() -> Iterator[Lap]:
    """Measure what is inside; under the profiler, if it was asked for."""
    lap = Lap()
    with PROFILER:
        before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
        yield lap
        lap.seconds = time.perf_counter() - began
        after = resource.getrusage(resource.RUSAGE_SELF)
    lap.cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    lap.switches = after.ru_nvcsw - before.ru_nvcsw
