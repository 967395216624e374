"""Where a run runs: the executor kinds that core offers, `async`, `thread` and `process`, as records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from clockhand.contracts.kind import Kind
from clockhand.errors import ConfigError, shown

if TYPE_CHECKING:
    from clockhand.contracts.executor import Executor


def _positive(_options: object, field: attrs.Attribute[Any], value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ConfigError(f"{field.name}: not a whole number above zero, given {shown(value)}")


@attrs.frozen(kw_only=True)
class AsyncOptions:
    """What the `async` executor can be told: how many runs it has at once."""

    limit: int = attrs.field(default=1000, validator=_positive)


@attrs.frozen(kw_only=True)
class ThreadOptions:
    """What the `thread` executor can be told: how many threads it may start."""

    threads: int = attrs.field(default=20, validator=_positive)


@attrs.frozen(kw_only=True)
class ProcessOptions:
    """What the `process` executor can be told: how many child processes it may have."""

    processes: int | None = attrs.field(default=None, validator=attrs.validators.optional(_positive))
    """None: as many as there are processors for this process."""
    max_runs_per_child: int | None = attrs.field(default=None, validator=attrs.validators.optional(_positive))
    """After so many runs a child is replaced; None: never."""


def _open_async(options: AsyncOptions) -> Executor:
    from clockhand.executors.asynchronous import AsyncExecutor

    return AsyncExecutor(options.limit)


def _open_thread(options: ThreadOptions) -> Executor:
    from clockhand.executors.thread import ThreadExecutor

    return ThreadExecutor(options.threads)


def _open_process(options: ProcessOptions) -> Executor:
    from clockhand.executors.process.executor import ProcessExecutor

    return ProcessExecutor(options.processes, options.max_runs_per_child)


ASYNC: Final[Kind[Executor]] = Kind(
    name="async",
    summary="runs on the scheduler's event loop, for works that are async def",
    options=AsyncOptions,
    make=_open_async,
)
THREAD: Final[Kind[Executor]] = Kind(
    name="thread",
    summary="runs in threads of this process, for works that are def",
    options=ThreadOptions,
    make=_open_thread,
)
PROCESS: Final[Kind[Executor]] = Kind(
    name="process",
    summary="runs in child processes, for works that need a processor, may crash or must be stopped",
    options=ProcessOptions,
    make=_open_process,
)
KINDS: Final[tuple[Kind[Executor], ...]] = (ASYNC, THREAD, PROCESS)

__all__ = [
    "ASYNC",
    "KINDS",
    "PROCESS",
    "THREAD",
    "AsyncOptions",
    "ProcessOptions",
    "ThreadOptions",
]
