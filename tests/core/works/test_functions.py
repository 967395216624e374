"""The registry of functions: who gets in, what is imported, and what a stored row can't do."""

from __future__ import annotations

import asyncio
import sys
import textwrap

import pytest

from clockhand.contracts import Result
from clockhand.errors import DefinitionError, Unresolved
from clockhand.testing.works import run_work
from clockhand.works import Call, Functions, call, durable_problem


def _refresh(url, depth=1):
    return [url, depth]


def _spoil(rows):
    rows.append("spoilt")
    return rows


HERE = __name__


@pytest.fixture
def module(tmp_path, monkeypatch):
    """A module `app_under_test` of a user's, importable, forgotten afterwards."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(text, name="app_under_test"):
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(text))
        return name

    yield write
    for name in [each for each in sys.modules if each.startswith("app_under_test")]:
        del sys.modules[name]


def _run(work, functions=None, executor=None):
    return asyncio.run(run_work(work, executor=executor or work.proposed_executor, shared=functions))


def test_unresolved_at_run_time():
    """The outcome is failed with that code, and the nearest name."""
    functions = Functions()
    functions.register(_refresh)
    outcome = _run(Call(f"{HERE}:_refersh"), functions, "async")
    assert (outcome.result, outcome.code) == (Result.FAILED, "unresolved")
    assert f"not registered here, did you mean '{HERE}:_refresh'?" in outcome.reason


def test_a_row_imports_nothing(module):
    """A reference that isn't registered is only looked for among those that are."""
    name = module("raise SystemExit('imported')")
    with pytest.raises(Unresolved):
        Functions().get(f"{name}:f")
    assert _run(Call(f"{name}:f"), Functions(), "thread").code == "unresolved"
    assert name not in sys.modules


def test_adopting_imports_what_its_author_wrote(module):
    """The reference becomes a function; the call then has it in hand and its arguments are checked."""
    name = module("""
        class Box:
            @staticmethod
            async def fill(n): return n
    """)
    functions = Functions()
    work = functions.adopt(call(f"{name}:Box.fill", 3))
    assert work == call(f"{name}:Box.fill", 3)
    assert work.proposed_executor == "async"
    assert f"{name}:Box.fill" in functions
    assert _run(work, functions).output == {"result": 3}
    assert functions.adopt(work) is work
    assert functions.adopt(Call(f"{name}:Box.fill", (4,))).callable is work.callable
    with pytest.raises(DefinitionError, match="too many positional arguments"):
        functions.adopt(call(f"{name}:Box.fill", 1, 2))


@pytest.mark.parametrize(
    ("text", "ref", "says"),
    [
        ("", "app_under_test_2:f", "function 'app_under_test_2:f': there is no module 'app_under_test_2'"),
        ("def refresh(): 1", "app_under_test:refersh", "has no 'refersh', did you mean 'refresh'?"),
        ("x = 5", "app_under_test:x", "of type 'int', which can't be called"),
        ("import no_such_thing", "app_under_test:f", "needs 'no_such_thing', which isn't installed"),
        ("1/0", "app_under_test:f", "importing module 'app_under_test' failed, it raised ZeroDivisionError"),
        ("exit(3)", "app_under_test:f", "it raised SystemExit: 3"),
    ],
)
def test_adopting_what_is_not_there(module, text, ref, says):
    """Each an error that names the reference."""
    module(text)
    with pytest.raises(DefinitionError) as caught:
        Functions().adopt(call(ref))
    assert str(caught.value).startswith(f"function {ref!r}: ")
    assert says in str(caught.value)


def test_allowing_a_module(module):
    """Each function defined at its top is registered; what it imports is not."""
    name = module("""
        from shutil import rmtree
        from os import system
        def one(): return 1
        async def _two(): return 2
        three = lambda: 3
        class Four: ...
    """)
    functions = Functions()
    assert functions.allow_module(name) == {f"{name}:{each}" for each in ("one", "_two", "three")}
    assert functions.refs == functions.allow_module(name)
    assert _run(Call(f"{name}:three"), functions, "thread").output == {"result": 3}
    with pytest.raises(DefinitionError, match="module 'app_under_test_9': there is no module"):
        functions.allow_module("app_under_test_9")


def test_two_functions_of_one_name():
    """The second one is refused: it would quietly take the first one's jobs."""
    functions = Functions()
    functions.register(_refresh, "app:f")
    assert functions.register(_refresh, "app:f") == "app:f"
    with pytest.raises(
        DefinitionError, match="function 'app:f': another function of that name is registered"
    ):
        functions.register(_spoil, "app:f")


def test_methods_of_a_class_may_be_registered_again():
    """A bound method is a new object each time, and the same function."""

    class Box:
        @classmethod
        def fill(cls):
            return 1

    functions = Functions()
    assert functions.register(Box.fill, "app:fill") == functions.register(Box.fill, "app:fill")


def test_lambda_registered_under_a_name():
    """A name that the author gave lasts."""
    functions = Functions()
    functions.register(lambda: 5, "app:five")
    assert durable_problem(functions.adopt(call("app:five"))) is None
