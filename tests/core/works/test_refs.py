"""References: which functions have a lasting one, and what is made up for the others."""

from __future__ import annotations

import functools

import pytest

from clockhand.errors import DefinitionError
from clockhand.works.refs import checked_ref, lasting_problem, ref_of


def _module_level():
    pass


class _Holder:
    def method(self):
        pass

    @classmethod
    def of_class(cls):
        pass

    @staticmethod
    def static():
        pass

    def __call__(self):
        pass


def _local():
    def inner():
        pass

    return inner


_LAMBDA = lambda: None  # noqa: E731 - this is what is tried


@pytest.mark.parametrize(
    "function", [_module_level, _Holder.of_class, _Holder.static, _Holder.method, _Holder]
)
def test_functions_with_a_lasting_reference(function):
    """A name at the top of a module, or in a class there."""
    assert lasting_problem(function) is None
    assert ref_of(function) == f"{__name__}:{function.__qualname__}"
    assert checked_ref(ref_of(function))


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (_LAMBDA, "function '<lambda>': a lambda has no name to be found by after a restart; write a def"),
        (_local(), "function '_local.<locals>.inner': defined inside another function, so it can't be found"),
        (_Holder().method, "function '_Holder.method': a method of an object, which is gone after a restart"),
        (_Holder(), "function of type '_Holder': an object without a name of its own; use a function"),
        (functools.partial(_module_level), "function of type 'partial': a functools.partial has no name"),
        (vars, "function 'vars': a builtin that doesn't say what it takes; wrap it in a def"),
        ([].append, "function 'list.append': a method of an object"),
    ],
)
def test_functions_without_one(function, says):
    """The reason is a sentence; the reference is made up, and one that could be read back."""
    assert lasting_problem(function).startswith(says)
    ref = ref_of(function)
    assert "#" in ref
    assert checked_ref(ref) == ref


def test_made_up_reference_is_kept_for_a_function():
    """The same lambda twice is the same reference; two lambdas are two."""
    one, two = _local(), _local()
    assert ref_of(one) == ref_of(one) != ref_of(two)


@pytest.mark.parametrize(
    "ref", ["app:refresh", "a.b_1.c:Class.method", "__main__:f", "app:<lambda>#0123456789ab"]
)
def test_what_reads_like_a_reference(ref):
    """A module, a colon, a name."""
    assert checked_ref(ref) == ref


@pytest.mark.parametrize(
    "ref",
    ["", "app", "app:", ":f", "app:f g", "a..b:f", "1a:f", "a/b:f", "app:f#1", "app:f\n", "a:b:c", None, 5],
)
def test_what_does_not(ref):
    """An error that shows how to write one."""
    with pytest.raises(
        DefinitionError, match=r"not a reference, given .*; write it like 'package.module:name'"
    ):
        checked_ref(ref)


def test_object_that_can_not_be_hashed():
    """It gets a made-up reference like any other."""

    class Unhashable:
        __hash__ = None

        def __call__(self):
            pass

    assert ref_of(Unhashable()).startswith(f"{__name__}:")
