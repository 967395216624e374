"""Moments without an offset: what a timer was asked with is named, not the arithmetic that fails on it."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

from clockhand._model.moments import utc
from clockhand.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")

_MOMENTS: Final = ("moment", "since", "first", "last")


def refuses_naive(method: Callable[P, R]) -> Callable[P, R]:
    """Return a timer's *method* so that it raises a DefinitionError that names the naive moment it got."""
    signature = inspect.signature(method)

    @functools.wraps(method)
    def refusing(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(*args, **kwargs)
        except (TypeError, DefinitionError):
            given = signature.bind_partial(*args, **kwargs).arguments
            for name in _MOMENTS:
                if name in given:
                    utc(given[name], name)
            raise

    return refusing
