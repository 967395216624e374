"""The work kind `python`: calls, their functions, and the executors that fit them."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import attrs
import pytest

from clockhand.contracts import Opaque, RunContext, Work
from clockhand.errors import DefinitionError
from clockhand.testing.works import run_work
from clockhand.works import Call, Functions, call, durable_problem, problem_with_executor, python_kind


def _refresh(url, depth=1):
    return [url, depth]


async def _fetch(run: RunContext, url):
    await asyncio.sleep(0)
    return [run.job, run.attempt, url]


def _spoil(rows):
    rows.append("spoilt")
    return rows


HERE = __name__


def _run(work, functions=None, executor=None):
    return asyncio.run(run_work(work, executor=executor or work.proposed_executor, shared=functions))


def test_call_of_a_function():
    """The value holds the reference and the arguments as JSON; the function is at hand, not compared."""
    work = call(_refresh, "http://x", depth=2)
    assert work == Call(f"{HERE}:_refresh", ("http://x",), {"depth": 2})
    assert work.callable is _refresh
    assert work.target == f"{HERE}:_refresh"
    assert "callable" not in repr(work)
    assert isinstance(work, Work)


def test_call_runs():
    """A def in a thread, an async def on the loop, each with its arguments."""
    functions = Functions()
    plain, coroutine = call(_refresh, "u"), call(_fetch, url="u")
    for work in (plain, coroutine):
        functions.register(work.callable)
    assert (plain.proposed_executor, coroutine.proposed_executor) == ("thread", "async")
    assert _run(plain, functions).output == {"result": ["u", 1]}
    assert _run(coroutine, functions).output == {"result": ["bench", 1, "u"]}


def test_call_without_a_registry():
    """Outside of a scheduler a call runs the function it was made of; without one it is unresolved."""
    assert _run(call(_refresh, "u")).output == {"result": ["u", 1]}
    assert _run(call("app:f")).code == "unresolved"


def test_call_of_a_reference_proposes_a_thread():
    """Until it is adopted nobody knows better; in a thread both kinds of function run."""
    work = Call(f"{HERE}:_fetch", (), {"url": "u"})
    functions = Functions()
    functions.register(_fetch)
    assert work.proposed_executor == "thread"
    assert functions.adopt(work).proposed_executor == "async"
    assert _run(work, functions).output == {"result": ["bench", 1, "u"]}


def test_arguments_are_copied_for_each_run():
    """What a function does to its arguments changes no job."""
    work = call(_spoil, [1])
    assert _run(work).output == {"result": [1, "spoilt"]}
    assert work.args == ([1],)


@pytest.mark.parametrize(
    ("args", "kwargs", "says"),
    [
        (({1},), {}, r"function '_refresh': args\[0\]: not JSON"),
        (("u",), {"depth": object()}, "function '_refresh': kwargs.depth: not JSON"),
        ((float("inf"),), {}, r"function '_refresh': args\[0\]: not JSON"),
        ((), {}, "_refresh': missing a required argument: 'url'"),
        (("u",), {"dept": 1}, "_refresh': got an unexpected keyword argument 'dept', did you mean 'depth'?"),
    ],
)
def test_arguments_are_checked_when_the_call_is_made(args, kwargs, says):
    """The error names function and argument."""
    with pytest.raises(DefinitionError, match=says):
        call(_refresh, *args, **kwargs)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"function": "nonsense"}, "function: not a reference"),
        ({"function": "a:b", "args": "text"}, "args: not a list, given 'text'"),
        ({"function": "a:b", "args": 5}, "args: not a list, given 5"),
        ({"function": "a:b", "kwargs": [1]}, "kwargs: not a table"),
        ({"function": "a:b", "kwargs": {1: 2}}, "kwargs: not a table with text keys"),
    ],
)
def test_fields_are_checked(fields, says):
    """As they come from a table or a row."""
    with pytest.raises(DefinitionError, match=says):
        Call(**fields)


def test_not_callable():
    """A number can't be called."""
    with pytest.raises(
        DefinitionError, match="function: 5 can't be called; give a function or 'module:name'"
    ):
        call(5)
    with pytest.raises(DefinitionError, match="function of type 'int': not a function"):
        Functions().register(5)


def test_what_a_durable_silo_must_refuse():
    """A lambda, a local function, a method of an object; not a function with a name."""

    def local():
        pass

    functions = Functions()
    assert durable_problem(call(_refresh, "u")) is None
    assert durable_problem(call("app:refresh")) is None
    assert "a lambda has no name" in durable_problem(call(lambda: 1))
    assert "defined inside another function" in durable_problem(call(local))
    assert "a method of an object" in durable_problem(call(functions.refs.union))
    assert "made up for one process" in durable_problem(Call(call(local).function))


def test_local_function_runs_under_its_made_up_name():
    """In a memory silo a lambda is as good as any."""
    functions = Functions()
    work = functions.adopt(call(lambda n: n + 1, 1))
    assert _run(Call(work.function, work.args), functions, "thread").output == {"result": 2}


def test_executors_that_do_not_fit():
    """An explicit executor is checked against the function."""
    assert problem_with_executor(call(_refresh, "u"), "async") == (
        f"function '{HERE}:_refresh': a def function would block the event loop; use executor='thread'"
    )
    assert problem_with_executor(call(_fetch, url="u"), "thread") == (
        f"function '{HERE}:_fetch': an async def function needs an event loop; use executor='async'"
    )
    for work, kind in [
        (call(_refresh, "u"), "thread"),
        (call(_fetch, url="u"), "async"),
        (call(_refresh, "u"), "process"),
        (Call("nowhere:at_all"), "async"),
        (Opaque("work", "blink"), "thread"),
    ]:
        assert problem_with_executor(work, kind) is None


def test_executors_for_other_works():
    """A work of a plugin is judged by its func."""

    @attrs.frozen
    class Blink(Work):
        async def func(self, context):
            return None

    assert problem_with_executor(Blink(), "async") is None
    assert "work" in problem_with_executor(Blink(), "thread")


def test_kind():
    """Its options are the value itself, and what it shares is the registry."""
    functions = Functions()
    kind = python_kind(functions)
    assert (kind.name, kind.options, kind.make) == ("python", Call, None)

    async def shared():
        async with kind.share() as found:
            return found

    assert asyncio.run(shared()) is functions


def test_functions_of_a_script(tmp_path):
    """A function of `__main__` has a lasting reference."""
    script = tmp_path / "script.py"
    script.write_text(
        "from clockhand.works import call, durable_problem, Functions\n"
        "def tick(): ...\n"
        "work = Functions().adopt(call(tick))\n"
        "print(work.function, durable_problem(work))\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "__main__:tick None"
