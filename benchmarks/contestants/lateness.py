"""How late runs began, told from the stamps that they left."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from contestants.stopwatch import Lap, measured
from contestants.workload import STAMPS

SECOND: Final = 1_000_000_000
LEAD: Final = 1.5
"""Seconds from now to the first due time: enough to add the jobs and to come to rest."""
TAIL: Final = 0.3
"""Seconds after the last due time during which late runs still count."""


class Timetable:
    """Jobs that are due once a second each, evenly spread over the second, for some seconds."""

    def __init__(self, jobs: int, seconds: int) -> None:
        self.jobs = jobs
        self.seconds = seconds
        self.first = time.time_ns() // 1_000_000 * 1_000_000 + int(LEAD * SECOND)
        """The first due time of job 0, in nanoseconds; whole milliseconds, which any clock can say."""

    def phase(self, index: int) -> int:
        """Return the first due time of job *index*."""
        return self.first + index * SECOND // self.jobs

    @property
    def last(self) -> int:
        """A moment after the last due time, and before there would be another one."""
        return self.first + self.seconds * SECOND - SECOND // self.jobs // 2

    async def watch(self) -> Lap:
        """Wait until it is over, and return what the process used from the first due time to the last."""
        await asyncio.sleep((self.first - time.time_ns()) / SECOND)
        with measured() as lap:
            await asyncio.sleep((self.last - time.time_ns()) / SECOND)
        await asyncio.sleep(TAIL)
        return lap

    def figures(self, lap: Lap) -> dict[str, float]:
        """Return how late runs were, in milliseconds, and the CPU used, in per cent of a core."""
        late = sorted(self._late())
        return {
            "p50": _quantile(late, 0.5),
            "p99": _quantile(late, 0.99),
            "p999": _quantile(late, 0.999),
            "early": float(sum(one < 0 for one in late)),
            "missing": float(self.jobs * self.seconds - len(late)),
            "cpu": 100 * lap.cpu / lap.seconds,
        }

    def _late(self) -> list[float]:
        calls: defaultdict[int, list[int]] = defaultdict(list)
        for index, moment in STAMPS:
            calls[index].append(moment)
        late: list[float] = []
        for index, moments in calls.items():
            due = [self.phase(index) + turn * SECOND for turn in range(self.seconds)]
            if len(moments) != len(due):
                # Some never ran: each run then belongs to the last due time before it.
                due = [max((one for one in due if one <= moment), default=due[0]) for moment in moments]
            late += [(moment - one) / 1e6 for moment, one in zip(sorted(moments), due, strict=True)]
        return late


def _quantile(ordered: Sequence[float], part: float) -> float:
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
