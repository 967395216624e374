"""The tree of errors, and how their texts are made."""

import inspect

import pytest

from clockhand import errors
from clockhand.errors import ClockhandError, DefinitionError, WorkFailed, did_you_mean, shown, told

ALSO = {
    errors.ConfigError: ValueError,
    errors.UnknownName: LookupError,
    errors.DefinitionError: ValueError,
    errors.Unresolved: LookupError,
    errors.StateError: RuntimeError,
    errors.JobNotFound: LookupError,
}


def test_the_tree_at_the_top_of_the_module_is_the_real_one():
    """Each class is drawn once, below its parent."""
    parents, path = {}, []
    for line in errors.__doc__.splitlines():
        drawn = line.replace("│", " ").replace("├──", "   ").replace("└──", "   ")
        name = drawn.strip().split(" ")[0]
        if name in vars(errors):
            depth = len(drawn) - len(drawn.lstrip())
            path = [(at, above) for at, above in path if at < depth]
            parents[name] = path[-1][1] if path else None
            path.append((depth, name))
    real = {
        name: kind.__bases__[0].__name__ if kind is not ClockhandError else None
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, Exception)
    }
    assert parents == real


def test_what_else_they_are():
    """Where a caller would expect a ValueError or a LookupError, it is one too."""
    for kind, also in ALSO.items():
        assert issubclass(kind, also)


def test_a_work_fails_with_a_code():
    """Code, reason and output; the text is the reason."""
    error = WorkFailed("exit:75", "it ended with 75", {"stdout": "x"})
    assert (error.code, error.reason, error.output, str(error)) == (
        "exit:75",
        "it ended with 75",
        {"stdout": "x"},
        "it ended with 75",
    )
    assert WorkFailed("a", "b").output == {}


@pytest.mark.parametrize(
    ("name", "known", "text"),
    [
        ("pth", ["path", "timeout"], ", did you mean 'path'?"),
        ("zzz", ["path", "timeout"], ", known: path, timeout"),
        ("zzz", [], ""),
        ("", ["path"], ", known: path"),
        ("x" * 10_000, ["path"], ", known: path"),
    ],
)
def test_the_nearest_name(name, known, text):
    """The nearest, else all of them, else nothing."""
    assert did_you_mean(name, known) == text


class _Rude:
    def __repr__(self):
        raise ZeroDivisionError


class _Mute(Exception):
    def __str__(self):
        raise ZeroDivisionError


def test_what_was_given_is_cut():
    """No message carries a file, and none fails because of what it shows."""
    assert shown("x") == "'x'"
    assert shown("x" * 1_000_000) == "'" + "x" * 78 + "… (1,000,002 characters)"
    assert shown(_Rude()) == "<_Rude, whose repr raised ZeroDivisionError>"
    assert shown(10**5000) == "<int, whose repr raised ValueError>"


def test_what_an_error_says():
    """On one line; the type's name before what isn't clockhand's own; never a second error."""
    assert told(DefinitionError("alias: empty")) == "alias: empty"
    assert told(ValueError("two\n  lines")) == "ValueError: two lines"
    assert told(KeyError()) == "KeyError"
    assert told(SystemExit(3)) == "SystemExit: 3"
    assert told(_Mute()) == "_Mute: it can't say what"
    assert len(told(ValueError("x" * 10_000))) == 500
