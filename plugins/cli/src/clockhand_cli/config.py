"""Which configuration file a command means, and the scheduler that it makes."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from clockhand import Scheduler

DEFAULT: Final = "clockhand.toml"
VARIABLE: Final = "CLOCKHAND_CONFIG"

_EXAMPLE: Final = 'jobs.hello = {every = "1m", work = {use = "system", program = "date"}}'


def found(given: Path | None) -> Path | None:
    """Return the file to read: the one *given*, else the default here, else the environment's; or None."""
    if given is not None:
        return given
    here = Path(DEFAULT)
    if _exists(here):
        return here
    named = os.environ.get(VARIABLE)
    return Path(named) if named else None


def chosen(given: Path | None) -> Path:
    """Return the file to read; ConfigError says how to make one or point to it."""
    from clockhand.errors import ConfigError, shown

    path = found(given)
    if path is None:
        raise ConfigError(
            f"configuration: no {DEFAULT} in this folder; make one ('clockhand init' writes one, "
            f"one line is enough: {_EXAMPLE}), or point to one with --config FILE or {VARIABLE}; "
            "'clockhand demo' needs none"
        )
    if not _exists(path):
        raise ConfigError(
            f"configuration: no file {shown(str(path))}; make it, or point to another with --config FILE "
            f"or {VARIABLE}"
        )
    return path


def _exists(path: Path) -> bool:
    """Say whether there is something at *path*; ConfigError if nobody can say: too long, no permission."""
    from clockhand.errors import ConfigError, shown

    try:
        return path.exists()
    except OSError as error:
        raise ConfigError(
            f"configuration: can't be read: {error.strerror}, given {shown(str(path))}"
        ) from error


def scheduler(given: Path | None) -> Scheduler:
    """Return the scheduler that the file describes, not started; ConfigError or PluginError."""
    from clockhand import Scheduler

    return Scheduler.from_toml(chosen(given))


@asynccontextmanager
async def attached(
    given: Path | None, silo: str | None = None, *, create: bool = False
) -> AsyncIterator[Scheduler]:
    """
    Open the silos and the history of the file's scheduler, to look and to ask.

    A silo that isn't there yet is made only to *create* something in it. Misused, and nothing opened, if
    *silo* is named and the file has none of that alias.
    """
    from clockhand_cli import logs
    from clockhand_cli.silos import check_name

    logs.brief()
    described = scheduler(given)
    check_name(described, silo)
    async with described.attach(create=create) as opened:
        yield opened
