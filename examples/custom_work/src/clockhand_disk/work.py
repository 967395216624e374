"""The work `disk`: looks at how much of a disk is free."""

from __future__ import annotations

from datetime import timedelta

import attrs

from clockhand.contracts import RunContext, Work
from clockhand.errors import DefinitionError, WorkFailed

ALL = 100


def _percent(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= ALL:
        raise DefinitionError(f"free_percent: not a number from 0 to {ALL}, given {value!r}")
    return float(value)


@attrs.frozen(kw_only=True)
class Disk(Work):
    """Fails with the code `disk:low` when less than *free_percent* of the disk at *path* is free."""

    path: str
    free_percent: float = attrs.field(default=10.0, converter=_percent)

    def func(self, context: RunContext, /) -> float:
        """Return how much is free, in percent."""
        import shutil

        usage = shutil.disk_usage(self.path)
        free = round(ALL * usage.free / usage.total, 1)
        context.record(path=self.path)
        if free < self.free_percent:
            raise WorkFailed("disk:low", f"{free} % of {self.path} is free, wanted {self.free_percent} %")
        return free

    @property
    def proposed_timeout(self) -> timedelta:
        """Ten seconds: a disk that doesn't answer by then is not well."""
        return timedelta(seconds=10)
