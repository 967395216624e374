"""Imports a function or a module that a job's author, or the configuration, has named."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from clockhand.errors import DefinitionError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


def imported_function(ref: str) -> Callable[..., Any]:
    """Return the callable that `module:name` names; a DefinitionError says what isn't there."""
    where = f"function {ref!r}"
    name, _, path = ref.partition(":")
    found: Any = imported_module(name, where)
    for part in path.split("."):
        if not hasattr(found, part):
            holder = getattr(found, "__qualname__", found.__name__)
            names = [each for each in dir(found) if not each.startswith("__")]
            raise DefinitionError(f"{where}: {holder!r} has no {part!r}{_nearest(part, names)}")
        found = getattr(found, part)
    if not callable(found):
        raise DefinitionError(f"{where}: of type {type(found).__name__!r}, which can't be called")
    return found  # type: ignore[no-any-return]


def imported_module(name: str, where: str) -> ModuleType:
    """Return the module *name*; a DefinitionError that begins with *where* says why it can't be."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or name
        if name == missing or name.startswith(f"{missing}."):
            raise DefinitionError(f"{where}: there is no module {missing!r}") from error
        raise DefinitionError(f"{where}: module {name!r} needs {missing!r}, which isn't installed") from error
    except (Exception, SystemExit) as error:
        raise DefinitionError(
            f"{where}: importing module {name!r} failed, it raised {type(error).__name__}: {error}"
        ) from error


def _nearest(name: str, names: list[str]) -> str:
    """Return the nearest of *names*, without the list of all: a module may have hundreds."""
    hint = did_you_mean(name, names)
    return hint if hint.startswith(", did") else ""
