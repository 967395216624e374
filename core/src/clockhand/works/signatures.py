"""What a function takes: whether arguments fit it, and where it wants the context of its run."""

from __future__ import annotations

import inspect
import sys
import weakref
from typing import TYPE_CHECKING, Any, Final

import attrs

from clockhand.errors import DefinitionError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from clockhand._model.protocols import RunContext

_VARIADIC: Final = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_LINE: Final = 100


@attrs.frozen(eq=False)
class Shape:
    """What a function takes; `signature` is None for a builtin that doesn't say."""

    is_async: bool
    signature: inspect.Signature | None
    context: str = ""
    """The parameter that gets the RunContext; empty: none."""
    annotated: bool = False
    """Whether that parameter says RunContext, so that no argument can be meant for it."""
    others: inspect.Signature | None = None
    """The signature without that parameter."""

    def check(self, ref: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        """Raise a DefinitionError that names function and argument if the arguments don't fit."""
        if self.signature is None:
            return
        try:
            self._bound(args, kwargs)
        except TypeError as error:
            parameters = self.signature.parameters
            stranger = next((name for name in kwargs if name not in parameters), None)
            hint = did_you_mean(stranger, parameters) if stranger and "unexpected" in str(error) else ""
            count = f" ({len(args)} given)" if "too many" in str(error) else ""
            raise DefinitionError(
                f"function {ref!r}: {error}{count}{hint}; it takes {shown_signature(self.signature)}"
            ) from None

    def invoke(
        self,
        function: Callable[..., Any],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        context: RunContext,
    ) -> Any:
        """Call *function*, with *context* where it wants it."""
        if not self.context or self.signature is None:
            return function(*args, **kwargs)
        bound, wants = self._bound(args, kwargs)
        if not wants:
            return function(*args, **kwargs)
        whole = inspect.BoundArguments(self.signature, {**bound.arguments, self.context: context})
        whole.apply_defaults()
        return function(*whole.args, **whole.kwargs)

    def _bound(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[inspect.BoundArguments, bool]:
        """Return the bound arguments, and whether the context must be added to them."""
        signature, others = self.signature, self.others
        if signature is None:  # pragma: no cover - both callers ask first
            raise TypeError
        if others is None:
            return signature.bind(*args, **kwargs), False
        if not self.annotated:
            try:
                return signature.bind(*args, **kwargs), False
            except TypeError:
                pass
        return others.bind(*args, **kwargs), True


_shapes: weakref.WeakKeyDictionary[Callable[..., Any], Shape] = weakref.WeakKeyDictionary()


def shape_of(function: Callable[..., Any]) -> Shape:
    """Return what *function* takes; looked at once for each function."""
    try:
        known = _shapes.get(function)
    except TypeError:  # can't be a key: neither hashable nor weakly held, as some callable objects are
        return _looked_at(function)
    if known is None:
        known = _looked_at(function)
        _shapes[function] = known
    return known


def is_async(function: Callable[..., Any]) -> bool:
    """Say whether calling *function* gives a coroutine: `async def`, or an object whose __call__ is one."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
        getattr(type(function), "__call__", None)  # noqa: B004 - it is its kind that matters
    )


def shown_signature(signature: inspect.Signature) -> str:
    """Return the names that *signature* takes, without annotations, cut to a line."""
    bare = [each.replace(annotation=inspect.Parameter.empty) for each in signature.parameters.values()]
    text = str(inspect.Signature(bare))
    return text if len(text) <= _LINE else f"{text[: _LINE - 1]}…"


def _looked_at(function: Callable[..., Any]) -> Shape:
    signature = _signature(function)
    if signature is None:
        return Shape(is_async(function), None)
    parameter = _context_parameter(signature)
    if parameter is None:
        return Shape(is_async(function), signature)
    others = [each for each in signature.parameters.values() if each is not parameter]
    return Shape(
        is_async(function),
        signature,
        context=parameter.name,
        annotated=_says_context(parameter.annotation),
        others=inspect.Signature(others),
    )


def _signature(function: Callable[..., Any]) -> inspect.Signature | None:
    try:
        if sys.version_info >= (3, 14):  # an annotation may name what only a type checker imports
            import annotationlib

            return inspect.signature(function, annotation_format=annotationlib.Format.STRING)
        return inspect.signature(function)
    except ValueError:
        return None


def _context_parameter(signature: inspect.Signature) -> inspect.Parameter | None:
    plain = [each for each in signature.parameters.values() if each.kind not in _VARIADIC]
    for parameter in plain:
        if _says_context(parameter.annotation):
            return parameter
    named = signature.parameters.get("context")
    if named in plain and named is not None and named.default is inspect.Parameter.empty:
        return named
    return None


def _says_context(annotation: object) -> bool:
    """Say whether *annotation* is RunContext, as itself or as text, however it is spelled before that."""
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    return isinstance(text, str) and text.strip("'\" ").rpartition(".")[2] == "RunContext"
