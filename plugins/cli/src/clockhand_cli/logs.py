"""What a running scheduler says, on stderr: one line each, coloured on a terminal, safe everywhere."""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from clockhand_cli import text
from clockhand_cli.outcomes import reasons
from clockhand_cli.text import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clockhand.events import Event

_TIME: Final = "%Y-%m-%dT%H:%M:%S%z"

_log = logging.getLogger("clockhand.runs")


class SafeFormatter(logging.Formatter):
    """Writes out whatever in a message could steer a terminal or begin a line of its own."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name that logging calls
        """Return the line of *record*."""
        record.message = plain(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: object) -> str:  # noqa: N802 - likewise
        """Return the traceback, each line made safe and set in."""
        lines = super().formatException(ei).splitlines()  # type: ignore[arg-type]
        return "\n".join(f"    {plain(one)}" for one in lines)


def brief() -> None:
    """Send warnings to stderr, for a command that says little; which plugins are broken it needn't say."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(SafeFormatter("clockhand: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("clockhand.plugins").setLevel(logging.ERROR)


@contextmanager
def collected() -> Iterator[list[str]]:
    """
    Collect warnings in a list, for a command that tells them itself, those of broken plugins too.

    Where an error ends the command before it could, they go to stderr as those of other commands do.
    """
    keeper = _Keeper()
    logging.basicConfig(level=logging.WARNING, handlers=[keeper], force=True)
    logging.getLogger("clockhand.plugins").setLevel(logging.NOTSET)
    try:
        yield keeper.said
    except Exception:
        brief()
        keeper.pass_on()
        raise
    brief()


class _Keeper(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []
        self._records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())
        self._records.append(record)

    def pass_on(self) -> None:
        for record in self._records:
            logger = logging.getLogger(record.name)
            if logger.isEnabledFor(record.levelno):
                logger.handle(record)


def configure(level: str) -> None:
    """Send what is logged, from *level* on, to stderr."""
    handler = _for_terminal() if sys.stderr.isatty() else _for_lines()
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("clockhand").setLevel(level.upper())


def _for_lines() -> logging.Handler:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(SafeFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s", _TIME))
    return handler


def _for_terminal() -> logging.Handler:
    from rich.console import Console
    from rich.highlighter import NullHighlighter
    from rich.logging import RichHandler

    handler = RichHandler(
        console=Console(stderr=True),
        highlighter=NullHighlighter(),
        show_path=False,
        markup=False,
        log_time_format="%H:%M:%S",
    )
    handler.setFormatter(SafeFormatter("%(message)s"))
    return handler


def teller() -> Callable[[Event], None]:
    """Return what logs one line for each start and end of a run, and for what never ran."""
    from clockhand import events

    ends = {
        events.RunSucceeded: logging.INFO,
        events.RunFailed: logging.WARNING,
        events.RunTimedOut: logging.WARNING,
        events.RunCancelled: logging.WARNING,
        events.RunInterrupted: logging.WARNING,
        events.RunLost: logging.WARNING,
    }

    def tell(event: Event) -> None:
        if isinstance(event, events.RunStarted):
            attempt = f", attempt {event.run.attempt}" if event.run.attempt > 1 else ""
            _log.info("%s started%s", event.occurrence, attempt)
        elif isinstance(event, events.RunEvent):
            _log.log(ends.get(type(event), logging.INFO), "%s", _end(event))
        elif isinstance(event, events.OccurrenceSkipped):
            _log.warning("%s", _skip(event))
        elif isinstance(event, events.JobPaused | events.JobQuarantined):
            _log.warning("job %s: %s: %s", event.job, type(event).__name__[3:].lower(), event.reason)

    return tell


def _end(event: Event) -> str:
    run = event.run  # type: ignore[attr-defined]
    outcome = run.outcome
    took = "" if run.ended is None else f" after {text.span(run.ended - run.started)}"
    return ": ".join((f"{event.occurrence} {outcome.result}{took}", *reasons(outcome)))


def _skip(event: Event) -> str:
    due, last = event.due, event.last  # type: ignore[attr-defined]
    verdict = event.verdict  # type: ignore[attr-defined]
    what = event.occurrence or f"{event.job} from {text.moment(due)} to {text.moment(last)}"
    return f"{what} {verdict}{f': {event.reason}' if event.reason else ''}"
