"""References to functions: the text `module:name` by which a stored job finds its function again."""

from __future__ import annotations

import functools
import re
import types
import uuid
import weakref
from typing import TYPE_CHECKING, Any, Final

from clockhand.errors import DefinitionError, shown
from clockhand.works.signatures import shape_of

if TYPE_CHECKING:
    from collections.abc import Callable

_REF: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\s:#]{1,500}(#[0-9a-f]{12})?")
_made_up: weakref.WeakKeyDictionary[Callable[..., Any], str] = weakref.WeakKeyDictionary()


def checked_ref(ref: object) -> str:
    """Return *ref* if it reads like `module:function`, else raise a DefinitionError."""
    if isinstance(ref, str) and _REF.fullmatch(ref):
        return ref
    raise DefinitionError(
        f"function: not a reference, given {shown(ref)}; write it like 'package.module:name'"
    )


def ref_of(function: Callable[..., Any]) -> str:
    """Return `module:name` for a function that has one, else a text that is made up and unique."""
    if lasting_problem(function) is None:
        return f"{function.__module__}:{function.__qualname__}"
    try:
        known = _made_up.get(function)
        if known is None and isinstance(function, types.FunctionType):
            known = _made_up[function] = _make_up(function)
    except TypeError:  # a callable object that can't be hashed
        known = None
    return known or _make_up(function)


def lasting_problem(function: Callable[..., Any]) -> str | None:
    """Return why *function* can't be found again after a restart, None if it can."""
    name = shown_name(function)
    if isinstance(function, functools.partial):
        return f"function {name}: a functools.partial has no name; pass its arguments to call() instead"
    owner = getattr(function, "__self__", None)
    if owner is not None and not isinstance(owner, type | types.ModuleType):
        return f"function {name}: a method of an object, which is gone after a restart; use a function"
    qualname, module = getattr(function, "__qualname__", None), getattr(function, "__module__", None)
    if not isinstance(qualname, str) or not isinstance(module, str):
        return f"function {name}: an object without a name of its own; use a function"
    if "<lambda>" in qualname:
        return f"function {name}: a lambda has no name to be found by after a restart; write a def"
    if "<locals>" in qualname:
        return (
            f"function {name}: defined inside another function, so it can't be found after a restart; "
            "move it to the top of its module"
        )
    if shape_of(function).signature is None:
        return f"function {name}: a builtin that doesn't say what it takes; wrap it in a def"
    return None


def shown_name(function: object) -> str:
    """Return *function*'s name in quotes, or its type in words, for a message."""
    name = getattr(function, "__qualname__", None)
    return repr(name) if isinstance(name, str) else f"of type {type(function).__qualname__!r}"


def _make_up(function: Callable[..., Any]) -> str:
    module = getattr(function, "__module__", None)
    name = getattr(function, "__qualname__", None) or type(function).__qualname__
    text = f"{module}:{name}#{uuid.uuid4().hex[:12]}"
    return text if _REF.fullmatch(text) else f"made_up:{type(function).__name__}#{uuid.uuid4().hex[:12]}"
