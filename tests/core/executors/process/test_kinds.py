"""How a child makes a work again: from an installed plugin, from a module, from names; or why it can't."""

from __future__ import annotations

import asyncio
import functools
import sys
from pathlib import Path

import doings
import pytest
from benching import PATIENCE, Bench

from clockhand._plugins.builtin import Builtin
from clockhand._plugins.catalog import Catalog
from clockhand.contracts import Kind, Result
from clockhand.errors import PluginError, Unresolved
from clockhand.executors.process.order import Order
from clockhand.executors.process.packing import Packer
from clockhand.executors.process.references import Reference
from clockhand.executors.process.unpacking import Unpacker
from clockhand.hookspecs import hookimpl
from clockhand.testing.works import BenchContext, claim_of
from clockhand.works import Functions, call

PLUGIN = """
import os, sys
from contextlib import asynccontextmanager
import attrs
from clockhand.contracts import Kind, Work
from clockhand.hookspecs import hookimpl

@attrs.frozen
class Spark(Work):
    volts: int = 1

    def func(self, context):
        loaded = [name for name in ("sparks", "clockhand_network", "clockhand_memory") if name in sys.modules]
        return [self.volts, context.shared, loaded]

def make_share():
    @asynccontextmanager
    async def share():
        yield "charged"
    return share

@hookimpl
def clockhand_works():
    return [Kind("spark", "", options=Spark, share=make_share())]
"""


class _Offers:
    """A plugin that offers kinds."""

    def __init__(self, *kinds):
        self.kinds = kinds

    @hookimpl
    def clockhand_works(self):
        return self.kinds


def _outcomes(works, *plugins):
    async def run():
        async with Bench() as bench:
            for plugin, name, *dist in plugins:
                bench.kinds.take(plugin, name, *dist)
            return [await bench.start(work).outcome(PATIENCE) for work in works]

    return asyncio.run(run())


@pytest.fixture
def sparks(tmp_path, monkeypatch):
    """Return the module of an installed plugin."""
    (tmp_path / "sparks.py").write_text(PLUGIN)
    info = tmp_path / "acme_sparks-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-sparks\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[clockhand]\nsparkling = sparks\n")
    monkeypatch.syspath_prepend(tmp_path)
    import sparks

    yield sparks
    del sys.modules["sparks"]


@pytest.mark.system
def test_installed_plugin(sparks):
    """The child loads the entry point of that plugin, and no other's; what it shares needs no name."""
    outcomes = _outcomes([sparks.Spark(3)], (sparks, "sparkling", "acme-sparks", "1.0"))
    assert [one.output for one in outcomes] == [{"result": [3, "charged", ["sparks"]]}]


@pytest.mark.system
def test_plugin_that_is_a_module(sparks):
    """A module that was handed to the scheduler is imported by its name."""
    outcomes = _outcomes([sparks.Spark(4)], (sparks, "sparks"))
    assert [one.output for one in outcomes] == [{"result": [4, "charged", ["sparks"]]}]


@pytest.mark.system
def test_plugin_that_is_an_object(tmp_path):
    """The classes of its kinds, and what opens what they share, are found by name; it is opened once."""
    lamp = doings.Lamp(str(tmp_path / "phases"), fail="func")
    outcomes = _outcomes([doings.Torch(), lamp, doings.Torch()], (doings.Drawer(), "drawer"))
    torches, (failed,) = outcomes[::2], outcomes[1:2]
    # One Battery; two tasks, this one and the battery's, and the one that each run leaves behind.
    expected = {"result": [1, 3, False], "startup": True, "teardown": True}
    assert [one.output for one in torches] == [expected, expected]
    assert (failed.code, failed.reason) == ("exc:OSError", "func")
    assert (tmp_path / "phases").read_text().split() == ["startup", "func", "teardown"]


@pytest.mark.system
@pytest.mark.parametrize(
    ("fail", "phases", "code"),
    [
        ("", ["startup", "func", "teardown"], ""),
        ("startup", ["startup", "teardown"], "exc:OSError"),
        ("teardown", ["startup", "func", "teardown"], "exc:OSError"),
    ],
)
def test_phases(tmp_path, fail, phases, code):
    """Each once; teardown also when startup raised, and its failure fails the run."""
    (outcome,) = _outcomes([doings.Lamp(str(tmp_path / "phases"), fail)], (doings.Drawer(), "drawer"))
    assert (tmp_path / "phases").read_text().split() == phases
    assert outcome.code == code


@pytest.mark.system
def test_share_that_cannot_be_opened():
    """The run fails with the code that it has in every executor."""
    offers = _Offers(Kind("torch", "", options=doings.Torch, share=doings.dead_battery))
    (outcome,) = _outcomes([doings.Torch()], (offers, "offers"))
    assert (outcome.code, outcome.reason) == ("share", "its kind could not open what it shares: empty")


@pytest.mark.system
def test_async_share_is_closed_with_its_child(tmp_path, monkeypatch):
    """What was opened in a child is closed when it has nothing more to do."""
    path = tmp_path / "closed"
    monkeypatch.setenv("DOINGS_CLOSED", str(path))
    _outcomes([doings.Torch()], (doings.Drawer(), "drawer"))
    assert path.read_text() == "closed"


@pytest.mark.system
@pytest.mark.parametrize(
    ("work", "said"),
    [
        (call(doings.make_nested()), "a child process can't find it"),
        (call(lambda: 1), "a child process can't find it"),
        (call("doings:not_there"), "not registered here"),
        (doings.local_kind().options(), "no plugin here offers it"),
    ],
)
def test_unresolved(work, said):
    """What a child couldn't find fails the run before any is started."""
    (outcome,) = _outcomes([work])
    assert (outcome.result, outcome.code) == (Result.FAILED, "unresolved")
    assert said in outcome.reason


# without a process


def _packed(work, *plugins, functions=None):
    kinds = Catalog()
    for plugin, name, *dist in ((Builtin(Functions()), "core", "clockhand-core"), *plugins):
        kinds.take(plugin, name, *dist)
    claim = claim_of(work)
    return Packer("p", kinds, functions).pack(1, claim, BenchContext(claim))


def test_order_has_the_work_and_nothing_else_of_the_job():
    """What triggers a job, its tags and its metadata aren't the child's business."""
    order = _packed(call(doings.echo, 1, [2]))
    assert '"args":[1,[2]]' in order.definition
    assert '"triggers":[{"use":"parent"}]' in order.definition
    assert (order.kind, order.plugin, order.share) == ("python", None, None)
    assert str(order.function) == "doings:echo"
    assert str(order.options) == "clockhand.works.python:Call"


def test_function_of_a_stored_call():
    """A call that came from a store has only the reference: the registry knows the function."""
    functions = Functions()
    functions.register(doings.echo, "shop:refresh")
    order = _packed(call("shop:refresh"), functions=functions)
    assert str(order.function) == "doings:echo"
    with pytest.raises(Unresolved, match="no registry of functions here"):
        _packed(call("shop:refresh"))
    with pytest.raises(Unresolved, match="not registered here"):
        _packed(call("shop:other"), functions=functions)


def test_class_that_has_no_name():
    """A kind whose class is local can't be made again; the message says what it needs."""
    kind = doings.local_kind()
    with pytest.raises(
        Unresolved, match=r"work 'local': a child process can't find its class '.*Local'; it needs"
    ):
        _packed(kind.options(), (_Offers(kind), "offers"))


def test_share_that_has_no_name():
    """Likewise what opens what a kind shares."""
    kind = Kind("torch", "", options=doings.Torch, share=functools.partial(doings.battery))
    with pytest.raises(
        Unresolved, match="work 'torch': a child process can't find what opens what it shares"
    ):
        _packed(doings.Torch(), (_Offers(kind), "offers"))


def _order(**fields):
    base = {
        "run": 1,
        "definition": '{"v":1,"alias":"a","work":{"use":"lamp","path":"p"},"triggers":[{"use":"parent"}]}',
        "kind": "lamp",
        "options": Reference("doings", "Lamp"),
        "job": "a",
        "due": "2026-03-01T09:00:00Z",
        "occurrence": "o",
        "attempt": 1,
        "token": 1,
        "node": "n",
        "logger": "l",
    }
    return Order(**{**base, **fields})


def test_work_is_made_again():
    """Equal to the one that was written down."""
    kind, work = Unpacker(Catalog).work(_order())
    assert (kind.name, work) == ("lamp", doings.Lamp("p"))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"options": None}, "the order doesn't say what offers it"),
        ({"options": Reference("doings", "Holder")}, "is not an attrs class"),
        ({"plugin": Reference("not_there")}, "can't import module 'not_there'"),
        ({"plugin": Reference("doings")}, "in a child process: its plugin doesn't offer it there"),
        ({"definition": "{"}, "definition: not JSON"),
        ({"definition": _order().definition.replace('"path"', '"pth"')}, "unknown option 'pth'"),
    ],
)
def test_work_that_cannot_be_made(fields, said):
    """Unresolved, with what is wrong."""
    with pytest.raises(Unresolved) as raised:
        Unpacker(Catalog).work(_order(**fields))
    assert said in str(raised.value)


def test_plugin_that_is_broken_there(monkeypatch):
    """A plugin whose hook raises in the child: the reason is that one."""

    def works():
        raise PluginError("out of order")

    monkeypatch.setattr(doings, "clockhand_works", hookimpl(works), raising=False)
    with pytest.raises(Unresolved, match="work 'lamp': in a child process: out of order"):
        Unpacker(Catalog).work(_order(plugin=Reference("doings")))


def test_loaded_once():
    """The second run of a kind loads nothing."""
    unpacker = Unpacker(Catalog)
    first, _ = unpacker.work(_order())
    second, _ = unpacker.work(_order(options=None))
    assert first is second


def test_nothing_is_imported_from_a_definition(tmp_path):
    """What a row says is looked up among the kinds of the order: it can't name a module."""
    text = _order().definition.replace('"lamp"', '"doings:Torch"')
    kind, work = Unpacker(Catalog).work(_order(definition=text))
    assert kind.name == "lamp"
    with pytest.raises(Unresolved, match="no plugin here offers it"):
        work.func(None)
    assert not Path(tmp_path / "p").exists()
