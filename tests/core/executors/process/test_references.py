"""How another process finds a function, a class or a module again."""

from __future__ import annotations

import functools
import json
import sys
import types

import doings
import pytest

from clockhand.errors import Unresolved
from clockhand.executors.process.references import Reference, reference_to, reference_to_module, resolve


@pytest.fixture
def module(tmp_path):
    """Return what makes a module of a text, loaded under a name that no import finds."""
    made = []

    def make(text, name="alone"):
        path = tmp_path / "elsewhere.py"
        path.write_text(text)
        module = types.ModuleType(name)
        module.__file__ = str(path)
        exec(compile(text, path, "exec"), module.__dict__)
        sys.modules[name] = module
        made.append(name)
        return module

    yield make
    for name in made:
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    "value",
    [doings.pid, doings.naps, doings.Lamp, doings.Holder.method, doings.Holder.static, json.loads, len],
)
def test_what_has_a_name_is_found(value):
    """Functions, classes, class methods, builtins: the reference leads back to the very thing."""
    reference = reference_to(value)
    assert reference is not None
    assert resolve(reference) == value


@pytest.mark.parametrize(
    "value",
    [
        doings.make_nested(),
        lambda: None,
        functools.partial(doings.pid),
        doings.Holder(),
        [].append,
        3,
    ],
)
def test_what_has_no_name_is_not(value):
    """Something nested, a lambda, an object, a method of one."""
    assert reference_to(value) is None


def test_name_that_leads_to_something_else():
    """A function that was replaced under its name isn't the one that is there."""

    def echo():
        pass

    echo.__module__, echo.__qualname__ = "doings", "echo"
    assert reference_to(echo) is None


def test_name_that_it_was_registered_under(monkeypatch):
    """A function that says nothing of where it is, but is there."""
    monkeypatch.setattr(doings, "other", lambda: 1, raising=False)
    assert reference_to(doings.other) is None
    reference = reference_to(doings.other, "nowhere:other", "doings:other")
    assert str(reference) == "doings:other"


def test_file_is_told_of_a_module_that_is_one():
    """A package needs its folder, and is found by its name or not at all."""
    assert reference_to_module("doings").file == doings.__file__
    assert reference_to_module("json").file == ""
    assert str(reference_to_module("json")) == "json"


def test_module_is_loaded_from_its_file(module):
    """Where no import finds a module under its name, it comes from the file that the parent had it from."""
    reference = reference_to(module("def f():\n    return 'here'\n").f)
    assert reference is not None
    del sys.modules["alone"]
    assert resolve(reference)() == "here"
    assert sys.modules["alone"].__file__ == reference.file


def test_module_of_the_same_name_elsewhere(module, tmp_path, monkeypatch):
    """The parent's file counts, not what an import would find."""
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "alone.py").write_text("def f():\n    return 'another'\n")
    monkeypatch.syspath_prepend(tmp_path / "path")
    reference = reference_to(module("def f():\n    return 'here'\n").f)
    assert reference is not None
    del sys.modules["alone"]
    assert resolve(reference)() == "here"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("raise ValueError('at import')", "ValueError: at import"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("import not_there_at_all", "ModuleNotFoundError: No module named 'not_there_at_all'"),
    ],
)
def test_module_that_cannot_be_imported(text, said, tmp_path):
    """Unresolved, with what the import raised; nothing half made stays behind."""
    path = tmp_path / "broken.py"
    path.write_text(text)
    with pytest.raises(Unresolved) as raised:
        resolve(Reference("broken_module", "f", str(path)))
    assert str(raised.value) == (
        f"broken_module:f: a child process can't import module 'broken_module': {said}"
    )
    assert "broken_module" not in sys.modules


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        (Reference("not_there_at_all"), "can't import module 'not_there_at_all'"),
        (Reference("not_there.at_all", "f", "/not/there.py"), "can't import module 'not_there.at_all'"),
        (Reference("doings", "nope"), "doings:nope: in a child process 'doings' has no 'nope'"),
        (Reference("doings", "Holder.nope"), "doings:Holder.nope: in a child process 'doings' has no 'nope'"),
        (Reference("__main__", "nope"), "move it to a module of its own"),
    ],
)
def test_what_is_not_there(reference, said):
    """Unresolved, with the name."""
    with pytest.raises(Unresolved) as raised:
        resolve(reference)
    assert said in str(raised.value)
