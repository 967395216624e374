"""What a child process is started with. It is pickled on its way there, by its parent, who is trusted."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import Any, Final

import attrs

from clockhand.contracts.context import Kinds

FOR_THE_GROUP: Final = frozenset({signal.SIGINT, signal.SIGHUP})
"""What a terminal sends to all of its foreground; a child lets it in once it has a group of its own."""


@attrs.frozen
class Setup:
    """The child's ends of its pipes, and what it must know before its first run."""

    frames: Connection[Any, Any]
    """Orders come in, what the child says goes out."""
    cancels: Connection[Any, Any]
    """The numbers of runs that are to end come in; its end says that the parent is gone."""
    trace: Connection[Any, Any]
    """Python writes here where it was when it crashed."""
    kinds: type[Kinds]
    parent: int
    """The process id of the parent."""
    levels: Mapping[str, int]
    """The levels of loggers by name; the root logger's name is empty."""
