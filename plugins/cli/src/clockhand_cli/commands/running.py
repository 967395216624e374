"""`clockhand run`: run the scheduler of a configuration until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from clockhand_cli import config as configuration
from clockhand_cli.exits import Exit
from clockhand_cli.options import Config

if TYPE_CHECKING:
    from collections.abc import Callable

    from clockhand import Ended
    from clockhand.events import Event

_log = logging.getLogger("clockhand.cli")


def run(
    *,
    once: Annotated[bool, Parameter(negative="", help="Run what is due now, wait for it, and end.")] = False,
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Parameter(
            help="How much to say on stderr: debug, info (if not given), warning, error.", show_choices=False
        ),
    ] = "info",
    config: Config = None,
) -> int:
    """
    Run the scheduler until Ctrl-C or SIGTERM.

    The first signal lets running work end, up to the stop deadline, and says
    what still runs; a second one cuts that off at once. SIGHUP reads the
    configuration again. What happens is told on stderr, a line each. With
    --once the exit code is 1 if a run failed.
    """
    from clockhand_cli import logs

    path = configuration.chosen(config)
    logs.configure(log_level)
    ended = asyncio.run(_serve(path, once=once))
    return _code(ended, once=once)


async def _serve(path: Path, *, once: bool) -> Ended:
    from clockhand.errors import JobRefused
    from clockhand_cli.logs import teller

    scheduler = configuration.scheduler(path)
    scheduler.subscribe(teller())
    scheduler.subscribe(_greeter(len(scheduler.declared), path))
    try:
        return await scheduler.serve(once=once)
    except JobRefused as error:
        raise JobRefused(f"{error}; 'clockhand check --open' shows what would be refused") from error


def _greeter(jobs: int, path: Path) -> Callable[[Event], None]:
    """Return what tells that the scheduler is up, and that it is down."""
    from clockhand.events import SchedulerStarted, SchedulerStopped

    def greet(event: Event) -> None:
        if isinstance(event, SchedulerStarted):
            _log.info(
                "running, with %s from %s; Ctrl-C stops", "1 job" if jobs == 1 else f"{jobs} jobs", path
            )
        elif isinstance(event, SchedulerStopped):
            _log.info("stopped")

    return greet


def _code(ended: Ended, *, once: bool) -> Exit:
    if ended.signal is signal.SIGINT:
        return Exit.INTERRUPTED
    return Exit.FAILED if once and ended.failed else Exit.OK
