"""The exit codes, and which error ends in which; they are stable, scripts may rely on them."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """How the command ended, as a shell sees it."""

    OK = 0
    FAILED = 1
    """A job or a check failed, there is no such job, or the request was refused."""
    USAGE = 2
    CONFIG = 3
    SILO = 4
    """A silo or a history can't be opened or doesn't answer."""
    INTERRUPTED = 130


class Misused(Exception):
    """The arguments can't be meant so; the message says which and why."""


def exit_of(error: BaseException) -> Exit:
    """Return the exit code for *error*, which ended the command."""
    from clockhand import errors

    if isinstance(error, errors.StoreError | TimeoutError):
        return Exit.SILO
    if isinstance(error, errors.ConfigError | errors.PluginError | errors.DefinitionError):
        return Exit.CONFIG
    return Exit.FAILED
