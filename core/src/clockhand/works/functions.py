"""
The functions that one scheduler's jobs may call, by reference.

What a stored row names is only looked up here. Nothing is imported for a row: a function gets in
because a program registered it, because its author wrote the reference into code or configuration,
or because the configuration allows its module.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Protocol, Self, TypeVar

from clockhand.errors import DefinitionError, Unresolved, did_you_mean
from clockhand.works.importing import imported_function, imported_module
from clockhand.works.refs import checked_ref, ref_of, shown_name
from clockhand.works.signatures import Shape, shape_of


class Adoptable(Protocol):
    """What adopt() asks of a call: the reference, the function if it is at hand, a copy that has it."""

    @property
    def function(self) -> str:
        """The reference of the function."""
        ...

    @property
    def callable(self) -> Callable[..., Any] | None:
        """The function itself, if it is at hand."""
        ...

    def with_callable(self, function: Callable[..., Any]) -> Self:
        """Return the call with *function* in hand."""
        ...


Adopted = TypeVar("Adopted", bound=Adoptable)


class Functions:
    """A registry of functions; each scheduler has one."""

    def __init__(self) -> None:
        self._known: dict[str, Callable[..., Any]] = {}
        self._callees: dict[str, tuple[Callable[..., Any], Shape]] = {}
        """Of those that were called."""

    def register(self, function: Callable[..., Any], ref: str | None = None) -> str:
        """
        Let jobs call *function*, under *ref* or its own `module:name`; return the reference.

        Two different functions of one reference are a DefinitionError.
        """
        if not callable(function):
            raise DefinitionError(f"function {shown_name(function)}: not a function, it can't be called")
        ref = ref_of(function) if ref is None else checked_ref(ref)
        if self._known.setdefault(ref, function) != function:
            raise DefinitionError(
                f"function {ref!r}: another function of that name is registered; rename one of them"
            )
        return ref

    def adopt(self, call: Adopted) -> Adopted:
        """
        Register what *call* calls, and return the call with its function in hand.

        A call that has only a reference is taken as written by the job's author, in code or
        configuration: its module is imported. Never adopt what comes from a store or over a wire.
        Raises a DefinitionError that names the function, or the argument that doesn't fit it.
        """
        function = call.callable
        if function is None:
            function = self._known.get(call.function)
        if function is None:
            function = imported_function(call.function)
        self.register(function, call.function)
        return call.with_callable(function)

    def allow_module(self, name: str) -> frozenset[str]:
        """Import module *name* and register each function defined at its top; return their references."""
        module = imported_module(name, f"module {name!r}")
        return frozenset(
            self.register(value, f"{name}:{attribute}")
            for attribute, value in vars(module).items()
            if inspect.isfunction(value) and value.__module__ == name
        )

    def get(self, ref: str) -> Callable[..., Any]:
        """Return the function that *ref* names; Unresolved if it isn't registered here."""
        try:
            return self._known[ref]
        except KeyError:
            raise Unresolved(
                f"function {ref!r}: not registered here{did_you_mean(ref, self._known)}; "
                "register it, or allow its module in the configuration"
            ) from None

    def callee(self, ref: str) -> tuple[Callable[..., Any], Shape]:
        """Return the function that *ref* names, and what it takes; Unresolved if it isn't registered here."""
        found = self._callees.get(ref)
        if found is None:
            function = self.get(ref)
            found = self._callees[ref] = function, shape_of(function)
        return found

    @property
    def refs(self) -> frozenset[str]:
        """The references of all functions that are registered."""
        return frozenset(self._known)

    def __contains__(self, ref: object) -> bool:
        """Say whether *ref* names a registered function."""
        return ref in self._known
