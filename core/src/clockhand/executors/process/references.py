"""How another process finds the same function, class or module again: by its module and its name."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from clockhand.errors import Unresolved, told

if TYPE_CHECKING:
    from types import ModuleType

_MAIN: Final = "__main__"


@attrs.frozen
class Reference:
    """A module, and what in it; `file` is where the module is, for a process that can't import it by name."""

    module: str
    name: str = ""
    file: str = ""

    def __str__(self) -> str:
        return f"{self.module}:{self.name}" if self.name else self.module


def reference_to(value: Any, *others: str) -> Reference | None:
    """
    Return how another process finds *value*, None if it can't.

    It is looked for where it says that it is from, then under *others*, each a `module:name`.
    """
    own = f"{getattr(value, '__module__', '')}:{getattr(value, '__qualname__', '')}"
    for name in (own, *others):
        module, _, path = name.partition(":")
        if module in sys.modules and path and _is_at(value, sys.modules[module], path):
            return Reference(module, path, _file_of(sys.modules[module]))
    return None


def reference_to_module(name: str) -> Reference:
    """Return how another process finds a module that is loaded here."""
    return Reference(name, file=_file_of(sys.modules[name]))


def resolve(reference: Reference) -> Any:
    """Return what *reference* names, its module imported; Unresolved says what can't be found."""
    try:
        found: Any = _module(reference)
    except BaseException as error:
        raise Unresolved(
            f"{reference}: a child process can't import module {reference.module!r}: {told(error)}"
        ) from error
    for part in filter(None, reference.name.split(".")):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise Unresolved(_missing(reference, part)) from None
    return found


def _missing(reference: Reference, part: str) -> str:
    if reference.module == _MAIN:
        return (
            f"{reference}: a child process doesn't have it: what is defined below "
            "`if __name__ == '__main__'`, in a __main__.py or at a prompt is the parent's alone; "
            "move it to a module of its own"
        )
    return f"{reference}: in a child process {reference.module!r} has no {part!r}"


def _is_at(value: Any, holder: Any, path: str) -> bool:
    for part in path.split("."):
        holder = getattr(holder, part, None)
    # Each look at a class method makes a new object, equal to the one before.
    return holder is value or (inspect.ismethod(value) and holder == value)


def _file_of(module: ModuleType) -> str:
    """Return the file of a module that is one file, else nothing: a package needs its folder."""
    file = getattr(module, "__file__", None)
    if not file or module.__name__ == _MAIN or hasattr(module, "__path__"):
        return ""
    return str(Path(file).absolute())


def _module(reference: Reference) -> ModuleType:
    name, file = reference.module, Path(reference.file)
    if name in sys.modules:
        return sys.modules[name]
    if reference.file and file.is_file() and not _is_from(name, file):
        return _from_file(name, file)
    return importlib.import_module(name)


def _is_from(name: str, file: Path) -> bool:
    """Say whether importing *name* would give the module in *file*."""
    try:
        spec = importlib.util.find_spec(name)
    except ModuleNotFoundError:
        return False
    origin = Path(spec.origin) if spec is not None and spec.origin else None
    return origin is not None and origin.exists() and origin.samefile(file)


def _from_file(name: str, file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{str(file)!r} is no Python file")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
