"""What a function takes, and where it wants its context."""

from __future__ import annotations

import functools
import typing

import pytest

import clockhand.contracts
from clockhand.contracts import RunContext
from clockhand.errors import DefinitionError
from clockhand.works.signatures import is_async, shape_of

if typing.TYPE_CHECKING:
    from nowhere import RunContext as Unknown

CONTEXT = object()


class Sample:
    """Something with variables."""

    def __init__(self):
        self.x = 1


def _plain(a, b=2, *, c=3):
    return a, b, c


def _annotated(a, run: RunContext, b=2):
    return a, run, b


def _spelled(run: clockhand.contracts.RunContext, a):
    return run, a


def _last(a, b=2, *, run: RunContext):
    return a, b, run


def _only(run: RunContext, /):
    return run


def _optional(a, run: RunContext = None, b=2):
    return a, run, b


def _named(context, a):
    return context, a


def _named_with_default(a, context=None):
    return a, context


def _rest(context, *args, **kwargs):
    return context, args, kwargs


@functools.wraps(_annotated)
def _wrapper(*args, **kwargs):
    return _annotated(*args, **kwargs)


@pytest.mark.parametrize(
    ("function", "args", "kwargs", "result"),
    [
        (_plain, (1,), {"c": 4}, (1, 2, 4)),
        (_annotated, (1,), {}, (1, CONTEXT, 2)),
        (_annotated, (1, 5), {}, (1, CONTEXT, 5)),
        (_annotated, (), {"b": 5, "a": 1}, (1, CONTEXT, 5)),
        (_spelled, (1,), {}, (CONTEXT, 1)),
        (_last, (1,), {}, (1, 2, CONTEXT)),
        (_only, (), {}, CONTEXT),
        (_optional, (1, 7), {}, (1, CONTEXT, 7)),
        (_named, (1,), {}, (CONTEXT, 1)),
        (_named, ("mine", 1), {}, ("mine", 1)),
        (_named, (1,), {"context": "mine"}, None),
        (_named, (), {"context": "mine", "a": 1}, ("mine", 1)),
        (_named_with_default, (1,), {}, (1, None)),
        (_rest, (), {"x": 1}, (CONTEXT, (), {"x": 1})),
        (_wrapper, (1,), {}, (1, CONTEXT, 2)),
    ],
)
def test_context_goes_where_it_is_wanted(function, args, kwargs, result):
    """Beside arguments that are given by place or by name."""
    shape = shape_of(function)
    if result is None:
        with pytest.raises(DefinitionError):
            shape.check("m:f", args, kwargs)
        return
    shape.check("m:f", args, kwargs)
    assert shape.invoke(function, args, kwargs, CONTEXT) == result


def test_annotation_in_other_spellings():
    """As text within text, or imported under a package's name."""

    def quoted(x: "RunContext"):  # noqa: UP037
        return x

    def of_module(x: "clockhand.RunContext"):  # noqa: UP037
        return x

    def of_a_checker(x: Unknown):
        return x

    assert shape_of(quoted).context == "x"
    assert shape_of(of_module).context == "x"
    assert shape_of(of_a_checker).context == ""


@pytest.mark.parametrize(
    ("args", "kwargs", "says"),
    [
        ((), {}, "function 'm:f': missing a required argument: 'a'"),
        ((1, 2, 3), {}, "function 'm:f': too many positional arguments (3 given); it takes (a, b=2, *, c=3)"),
        ((1,), {"cc": 4}, "function 'm:f': got an unexpected keyword argument 'cc', did you mean 'c'?"),
        ((1,), {"a": 4}, "function 'm:f': multiple values for argument 'a'"),
    ],
)
def test_arguments_that_do_not_fit(args, kwargs, says):
    """The error names function and argument, and shows what it takes."""
    with pytest.raises(DefinitionError) as caught:
        shape_of(_plain).check("m:f", args, kwargs)
    assert str(caught.value).startswith(says)


def test_no_argument_for_the_context():
    """A parameter that says RunContext can't be given as JSON."""
    with pytest.raises(DefinitionError, match="unexpected keyword argument 'run'"):
        shape_of(_annotated).check("m:f", (1,), {"run": 2})


def test_looked_at_once():
    """The same function, the same shape; an object that can't be a key is looked at again."""

    class Unhashable:
        __hash__ = None

        def __call__(self, a):
            return a

    assert shape_of(_plain) is shape_of(_plain)
    one = Unhashable()
    assert shape_of(one).invoke(one, (5,), {}, CONTEXT) == 5


def test_builtin_without_signature():
    """Its arguments can't be checked."""
    shape = shape_of(vars)
    shape.check("builtins:vars", (1, 2, 3), {})
    assert shape.invoke(vars, (Sample(),), {}, CONTEXT) == {"x": 1}


def test_is_async():
    """Of functions, partials and objects."""

    async def coroutine():
        pass

    class Object:
        async def __call__(self):
            pass

    assert is_async(coroutine)
    assert is_async(functools.partial(coroutine))
    assert is_async(Object())
    assert not is_async(_plain)
    assert not is_async(Object)
