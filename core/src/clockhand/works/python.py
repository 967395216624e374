"""The work kind `python`: calls a function of the program, with arguments that are JSON."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import attrs

from clockhand._model.job import checked_json
from clockhand._model.opaque import Opaque
from clockhand._model.protocols import RunContext, Work
from clockhand.contracts.kind import Kind
from clockhand.errors import DefinitionError, Unresolved, shown
from clockhand.works.functions import Functions
from clockhand.works.refs import checked_ref, lasting_problem, ref_of, shown_name
from clockhand.works.signatures import Shape, is_async, shape_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


_ATOMS: Final = frozenset({str, int, float, bool, type(None)})
"""Arguments that nobody can change."""


def _args(value: object) -> tuple[Any, ...]:
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        raise DefinitionError(f"args: not a list, given {shown(value)}")
    return tuple(checked_json(arg, f"args[{index}]") for index, arg in enumerate(value))


def _kwargs(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise DefinitionError(f"kwargs: not a table with text keys, given {shown(value)}")
    return {name: checked_json(arg, f"kwargs.{name}") for name, arg in value.items()}


@attrs.frozen
class Call(Work):
    """
    Calls the function that `function` names, as `module:name`.

    A parameter annotated `RunContext`, or one named `context` that has no default and gets no
    argument, is handed the context of the run. Make one with `call(...)`.
    """

    function: str = attrs.field(converter=checked_ref)
    args: tuple[Any, ...] = attrs.field(default=(), converter=_args, hash=False)
    kwargs: Mapping[str, Any] = attrs.field(factory=dict, converter=_kwargs, hash=False)
    callable: Callable[..., Any] | None = attrs.field(init=False, default=None, eq=False, repr=False)
    """The function itself, in the process that made the call; never stored."""

    def func(self, context: RunContext, /) -> Any:
        """Call the function, and return what it returns."""
        function, shape = self._callee(context.shared)
        args, kwargs = self.args, self.kwargs
        if not args and not kwargs:
            return shape.invoke(function, (), {}, context) if shape.context else function()
        if not (_ATOMS.issuperset(map(type, args)) and _ATOMS.issuperset(map(type, kwargs.values()))):
            args, kwargs = copy.deepcopy(
                (args, kwargs)
            )  # what a function does to them must not change the job
        return shape.invoke(function, args, kwargs, context)

    @property
    def proposed_executor(self) -> str:
        """
        `async` for an `async def`, `thread` for a `def`.

        Also `thread` while the function isn't at hand; a stored job names its executor.
        """
        return "async" if self.callable is not None and is_async(self.callable) else "thread"

    @property
    def target(self) -> str:
        """The reference of the function."""
        return self.function

    def with_callable(self, function: Callable[..., Any]) -> Call:
        """Return the call with its *function* in hand; a DefinitionError if the arguments don't fit it."""
        if self.callable is function:
            return self  # they were checked when it was made
        shape_of(function).check(self.function, self.args, self.kwargs)
        made = Call(self.function, self.args, self.kwargs)
        object.__setattr__(made, "callable", function)
        return made

    def _callee(self, functions: object) -> tuple[Callable[..., Any], Shape]:
        if isinstance(functions, Functions):
            return functions.callee(self.function)
        if self.callable is None:
            raise Unresolved(f"function {self.function!r}: no registry of functions here")
        return self.callable, shape_of(self.callable)


def call(function: Callable[..., Any] | str, /, *args: Any, **kwargs: Any) -> Call:
    """
    Return a work that calls *function*, a callable or `"module:name"`, with these arguments.

    They must be JSON and fit the function's signature, else a DefinitionError names the argument. A
    reference is looked at when its job is added.
    """
    if isinstance(function, str):
        return Call(function, args, kwargs)
    if not callable(function):
        raise DefinitionError(
            f"function: {shown(function)} can't be called; give a function or 'module:name'"
        )
    try:
        made = Call(ref_of(function), args, kwargs)
    except DefinitionError as error:
        raise DefinitionError(f"function {shown_name(function)}: {error}") from None
    return made.with_callable(function)


def durable_problem(call: Call) -> str | None:
    """Return why *call*'s function can't be found again after a restart, None if it can."""
    if "#" not in call.function:
        return None
    problem = lasting_problem(call.callable) if call.callable is not None else None
    return problem or (
        f"function {call.function!r}: its name was made up for one process; use a function with a name"
    )


def problem_with_executor(work: Work, executor_kind: str) -> str | None:
    """Return why *work* doesn't fit an executor of that kind (`async`, `thread`, `process`)."""
    if executor_kind == "process":
        function = work.callable if isinstance(work, Call) else None
        return None if function is None else lasting_problem(function)
    if isinstance(work, Call):
        if work.callable is None:
            return None
        what, coroutine = f"function {work.function!r}", is_async(work.callable)
    elif isinstance(work, Opaque):
        return None
    else:
        what, coroutine = f"work {type(work).__qualname__!r}", inspect.iscoroutinefunction(work.func)
    if executor_kind == "async" and not coroutine:
        return f"{what}: a def function would block the event loop; use executor='thread'"
    if executor_kind == "thread" and coroutine:
        return f"{what}: an async def function needs an event loop; use executor='async'"
    return None


def python_kind(functions: Functions) -> Kind[Work]:
    """Return the kind `python`, whose runs find their functions in *functions*."""

    @asynccontextmanager
    async def share() -> AsyncIterator[Functions]:
        yield functions

    return Kind(name="python", summary="calls a function of your program", options=Call, share=share)
