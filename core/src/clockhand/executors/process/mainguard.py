"""Whether this process is a child that is importing the program again, where nothing may be started."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from clockhand.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Iterator

_importing = False


@contextlib.contextmanager
def importing() -> Iterator[None]:
    """Say that what is imported meanwhile is imported for a run, in a child."""
    global _importing  # noqa: PLW0603 - it is a fact about the process
    _importing = True
    try:
        yield
    finally:
        _importing = False


def refuse_import(what: str) -> None:
    """Raise a StateError if *what* is started only because a child imports the program again."""
    if _importing or _imports_main():
        raise StateError(
            f"{what}: started while a child process was importing the program again; "
            "put what starts the scheduler below  if __name__ == '__main__':"
        )


def _imports_main() -> bool:
    # multiprocessing tells it only so; it refuses to start a process by the same sign.
    process = sys.modules.get("multiprocessing.process")
    return process is not None and hasattr(process.current_process(), "_inheriting")
