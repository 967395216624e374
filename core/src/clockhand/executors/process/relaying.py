"""Passes on what a child says of its run: to the run's context, and to the loggers of this process."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Final

from clockhand.executors.process.wire import Logged, Printed, Progressed, Recorded

if TYPE_CHECKING:
    from clockhand._model.protocols import RunContext


SPAN: Final = 0.1
MOST: Final = 500
"""How many things a child may say in 0.1 seconds: what is more waits in the pipe, and slows it down."""


class Pace:
    """Keeps one child that says very much from taking this process's time from all others."""

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._heard = 0

    def keep(self) -> None:
        """Count one more thing that was said, and rest when there were too many of late."""
        self._heard += 1
        if self._heard < MOST:
            return
        left = self._since + SPAN - time.monotonic()
        if left > 0:
            time.sleep(left)
        self._since, self._heard = time.monotonic(), 0


def relay(said: Progressed | Recorded | Printed | Logged, context: RunContext) -> None:
    """Do here what the run did in its child."""
    if isinstance(said, Progressed):
        context.progress(said.done, said.total, said.note)
    elif isinstance(said, Recorded):
        context.record(**said.fields)
    elif isinstance(said, Printed):
        context.output(said.text, said.stream)  # type: ignore[arg-type]  # it can be nothing else
    else:
        _log(said, context)


def _log(said: Logged, context: RunContext) -> None:
    logger = _nearest(said.name)
    if not logger.isEnabledFor(said.level):
        return
    record = logging.makeLogRecord(
        {
            "name": said.name,
            "levelno": said.level,
            "levelname": logging.getLevelName(said.level),
            "msg": said.text,
            "created": said.created,
            "msecs": said.created % 1 * 1000,
            "pathname": said.path,
            "filename": said.path.rpartition("/")[2],
            "module": said.path.rpartition("/")[2].removesuffix(".py"),
            "lineno": said.line,
            "funcName": said.function,
            "threadName": said.thread,
            "exc_text": said.trace or None,
            "job": context.job,
            "occurrence": context.occurrence,
            "attempt": context.attempt,
        }
    )
    logger.handle(record)


def _nearest(name: str) -> logging.Logger:
    """Return the logger of that name, or the nearest above it: a child can't make loggers here."""
    while name:
        found = logging.root.manager.loggerDict.get(name)
        if isinstance(found, logging.Logger):
            return found
        name = name.rpartition(".")[0]
    return logging.root
