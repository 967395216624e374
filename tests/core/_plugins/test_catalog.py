"""The Catalog: all that can be chosen by name, and who offers it; a bad plugin stays alone with its fault."""

import logging

import attrs
import pytest

from clockhand import Scheduler
from clockhand._plugins.catalog import Catalog
from clockhand.contracts import Kind, Silo, Work
from clockhand.errors import ConfigError, PluginError, StoreUnreachable, UnknownName
from clockhand.hookspecs import hookimpl
from clockhand.plugins import installed

BAD = {
    "raises": ("raise ZeroDivisionError('on import')", "ZeroDivisionError: on import"),
    "exits": ("raise SystemExit(3)", "SystemExit: 3"),
    "panics": ("class Panic(BaseException): pass\nraise Panic('at the disco')", "Panic: at the disco"),
    "misses": ("import unheard_of_module", "ModuleNotFoundError: No module named 'unheard_of_module'"),
    "misspelt": ("def :", "SyntaxError: invalid syntax"),
    "junk": (
        "@hookimpl\ndef clockhand_silos():\n    return 5",
        "clockhand_silos: returned 5, not a list of Kind",
    ),
    "unknown": (
        "@hookimpl\ndef clockhand_silo():\n    return []",
        "unknown hook 'clockhand_silo', did you mean 'clockhand_silos'?",
    ),
    "unmarked": ("def clockhand_silos():\n    return []", "clockhand_silos: not marked; put @hookimpl"),
    "wrong": (
        "@hookimpl\ndef clockhand_run_failed(evnt):\n    pass",
        "clockhand_run_failed: unknown argument 'evnt', did you mean 'event'?",
    ),
    "awaits": (
        "@hookimpl\nasync def clockhand_event(event):\n    pass",
        "clockhand_event: an async def listener would never be awaited",
    ),
    "exits_later": ("@hookimpl\ndef clockhand_silos():\n    raise SystemExit", "SystemExit"),
    "misnamed": (
        "@hookimpl\ndef clockhand_silos():\n    return [Kind(name='a b', summary='', options=Options)]",
        "kind name: 'a b' has ' '; use letters",
    ),
    "rude": (
        "class Rude(Exception):\n    def __str__(self):\n        raise ValueError\nraise Rude",
        "Rude: it can't say what",
    ),
    "endless": ("raise ValueError('x' * 1_000_000)", "ValueError: xxx"),
    "lines": ("raise ValueError('two\\n\\tlines')", "ValueError: two lines"),
}


@attrs.frozen
class _Options:
    path: str = "x"
    size: int = 1


@attrs.frozen
class _Shout(Work):
    def func(self, context):
        pass


class _Silo(Silo):
    """A silo that nobody asks anything, so that it needs no verb."""

    def __init__(self, options):
        self.options = options


_Silo.__abstractmethods__ = frozenset()


class _Plugin:
    """A plugin that offers the kinds it was made with."""

    def __init__(self, *names, make=_Silo):
        self._names = names
        self._make = make

    @hookimpl
    def clockhand_silos(self):
        return [Kind(name=name, summary="x", options=_Options, make=self._make) for name in self._names]


@pytest.mark.parametrize("name", BAD)
def test_a_broken_plugin_is_a_row_and_hurts_nobody(site, name, caplog):
    """Its name, distribution, version and the reason on one line; the others offer what they have."""
    text, reason = BAD[name]
    site.install(f"acme-{name}", f"{name} = bad_{name}", {f"bad_{name}": text})
    site.silo("good")
    with caplog.at_level(logging.WARNING, "clockhand.plugins"):
        catalog = Catalog.load(only=[name, "good"])
    (broken,) = catalog.broken
    assert (broken.name, broken.dist, broken.version) == (name, f"acme-{name}", "1.2")
    assert broken.reason.startswith(reason)
    assert len(broken.reason) <= 500
    assert "\n" not in broken.reason
    assert [(one.name, one.dist, one.version, one.offers) for one in catalog.loaded] == [
        ("good", "good", "1.2", ("silo good",))
    ]
    assert set(catalog.offers("silos")) == {"good"}
    catalog.check()
    (record,) = caplog.records
    assert record.getMessage() == f"plugin {name} of acme-{name} 1.2 is broken: {broken.reason}"


@pytest.mark.parametrize("value", ["no module!", "module:", "bad_module:nothing", "..", ""])
def test_an_entry_point_that_leads_nowhere(site, value):
    """It is broken, that's all."""
    site.install("acme", f"acme = {value}", {"bad_module": ""})
    catalog = Catalog.load(only=["acme"])
    assert [one.name for one in catalog.broken] == ["acme"]
    assert catalog.loaded == []


def test_entry_points_that_can_not_be_read(site):
    """Broken as well, by the distribution's name."""
    site.install("damaged", b"[clockhand]\njust a line\n")
    (broken,) = Catalog.load(only=["damaged"]).broken
    assert (broken.name, broken.dist) == ("damaged", "damaged")


def test_the_installed_plugins():
    """Core's own kinds come through the same door, and the everyday plugins are found."""
    catalog = installed()
    assert {"async", "thread"} <= set(catalog.kinds("executors"))
    assert {"at", "every", "cron"} <= set(catalog.kinds("triggers"))
    assert {"python"} <= set(catalog.kinds("works"))
    assert [one.name for one in installed(only=[]).loaded] == ["core"]


def test_two_plugins_that_offer_one_name(site):
    """An error that names both distributions; blocking one of them cures it."""
    site.silo("clockhand-redis", kind="redis")
    site.silo("acme-silos", kind="redis")
    both = ["clockhand-redis", "acme-silos"]
    catalog = Catalog.load(only=both)
    says = (
        "clockhand_silos: 'redis' is offered by both acme-silos 1.2 and clockhand-redis 1.2; "
        "block one of them"
    )
    assert catalog.clashes == [says]
    with pytest.raises(PluginError) as caught:
        catalog.check()
    assert str(caught.value) == says
    with pytest.raises(PluginError):
        Scheduler(only=both)
    Catalog.load(only=both, block=["acme-silos"]).check()


def test_two_distributions_that_offer_one_plugin_name(site):
    """That is no fault; one kind in both is a clash as ever, and never a quiet choice."""
    site.silo("one", plugin="redis", kind="redis")
    site.silo("two", plugin="redis", kind="redis")
    site.silo("three", plugin="redis", kind="valkey")
    catalog = Catalog.load(only=["one", "two", "three"])
    assert catalog.broken == []
    assert [loaded.dist for loaded in catalog.loaded] == ["one", "three", "two"]
    assert catalog.clashes == [
        "clockhand_silos: 'redis' is offered by both one 1.2 and two 1.2; block one of them"
    ]


def test_one_module_under_two_names(site):
    """The second is broken; the first keeps its kinds and its listeners."""
    site.install(
        "acme",
        "one = acme_module\ntwo = acme_module",
        {"acme_module": "@hookimpl\ndef clockhand_event(event):\n    pass"},
    )
    catalog = Catalog.load(only=["acme"])
    assert [one.name for one in catalog.loaded] == ["one"]
    assert [(one.name, one.reason) for one in catalog.broken] == [
        ("two", "the same plugin as 'one'; install it under one name")
    ]
    assert [name for name, _, _ in catalog.listeners()] == ["one"]


def test_one_plugin_that_offers_a_name_twice():
    """Blocking wouldn't help: it is the plugin that must change."""
    catalog = Catalog()
    catalog.take(_Plugin("redis", "redis"), "acme", "acme-silos", "0.3")
    assert catalog.clashes == [
        "clockhand_silos: 'redis' is offered twice by acme-silos 0.3; it must drop one"
    ]


def test_one_class_under_two_names():
    """A stored job couldn't say which of the two it is."""

    class Twins:
        @hookimpl
        def clockhand_works(self):
            return [Kind(name=name, summary="x", options=_Shout) for name in ("shout", "cry")]

    catalog = Catalog()
    catalog.take(Twins(), "acme")
    assert catalog.clashes == [
        "clockhand_works: 'shout' of acme and 'cry' of acme are one class, _Shout; it needs one name"
    ]


def test_choosing():
    """By name; what isn't there is an error with the nearest, where, and what was given."""
    catalog = Catalog()
    catalog.take(_Plugin("sqlite", "memory"), "acme")
    assert catalog.choose("silos", "sqlite", "x").name == "sqlite"
    for name, says in [
        ("sqlit", "x: unknown silo 'sqlit', did you mean 'sqlite'?"),
        ("redis", "x: unknown silo 'redis', known: memory, sqlite"),
        ("", "x: unknown silo '', known: memory, sqlite"),
        (5, "x: unknown silo 5"),
        (["sqlite"], "x: unknown silo ['sqlite']"),
        (None, "x: unknown silo None"),
    ]:
        with pytest.raises(UnknownName) as caught:
            catalog.choose("silos", name, "x")
        assert str(caught.value) == says
    with pytest.raises(UnknownName, match=r"^x: unknown work 'sqlite'$"):
        catalog.choose("works", "sqlite", "x")


def test_choosing_what_a_broken_plugin_would_offer(site):
    """The reason is told where it hurts."""
    site.install("acme-redis", "redis = bad_redis", {"bad_redis": "import unheard_of_module"})
    site.silo("sqlite", kind="sqlite")
    catalog = Catalog.load(only=["redis", "sqlite"])
    with pytest.raises(ConfigError) as caught:
        catalog.choose("silos", "redis", "jobs.toml: silo.default")
    assert str(caught.value) == (
        "jobs.toml: silo.default: silo 'redis' comes from acme-redis 1.2, which is broken: "
        "ModuleNotFoundError: No module named 'unheard_of_module'"
    )
    with pytest.raises(UnknownName) as caught:
        catalog.choose("silos", "valkey", "x")
    assert str(caught.value) == (
        "x: unknown silo 'valkey', known: sqlite; or is it of a plugin that is broken: redis?"
    )


def test_opening():
    """The kind, and what it makes of its table; a wrong option names the kind beside the place."""
    catalog = Catalog()
    catalog.take(_Plugin("sqlite"), "acme")
    kind, handle = catalog.open("silos", "sqlite", {"path": "y"}, "silo.default")
    assert (kind.name, handle.options) == ("sqlite", _Options("y"))
    with pytest.raises(UnknownName) as caught:
        catalog.open("silos", "sqlite", {"pth": "y"}, "silo.default")
    assert str(caught.value) == "silo.default (sqlite): unknown option 'pth', did you mean 'path'?"
    with pytest.raises(ConfigError) as caught:
        catalog.open("silos", "sqlite", {"size": "y"}, "silo.default")
    assert str(caught.value) == "silo.default (sqlite).size: not a whole number, given 'y'"


def _raise(error):
    raise error


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda _: None, "is none: its make gave None"),
        (lambda _: 5, "is none: its make gave 5"),
        (lambda _: _raise(RuntimeError("not\ntoday")), "can't be made: RuntimeError: not today"),
        (lambda _: _raise(SystemExit(3)), "can't be made: SystemExit: 3"),
    ],
)
def test_a_make_that_gives_junk_or_raises(make, says):
    """The silo that wanted it and the plugin that offers it are named: nothing else could be told of it."""
    catalog = Catalog()
    catalog.take(_Plugin("redis", make=make), "acme")
    with pytest.raises(PluginError) as caught:
        catalog.open("silos", "redis", {"path": "y"}, "silo.default")
    assert str(caught.value) == f"silo.default: silo 'redis' of acme {says}"


def test_what_a_make_refuses_stays_its_own():
    """An error of ours says itself what it is: a store that isn't there, an option that can't be."""
    catalog = Catalog()
    catalog.take(_Plugin("redis", make=lambda _: _raise(StoreUnreachable("no route"))), "acme")
    with pytest.raises(StoreUnreachable, match=r"^no route$"):
        catalog.open("silos", "redis", {"path": "y"}, "silo.default")


def test_a_plugin_of_the_programs_own():
    """Taken in beside the installed ones; it has no distribution, so its name stands for it."""
    catalog = Catalog()
    catalog.take(_Plugin("redis"), "mine")
    catalog.take(_Plugin("redis"), "yours")
    assert catalog.offers("silos")["redis"].who == "mine"
    assert catalog.clashes == [
        "clockhand_silos: 'redis' is offered by both mine and yours; block one of them"
    ]


def test_the_codec_is_of_this_catalogs_kinds():
    """No other kinds, nothing global."""
    catalog = Catalog()
    text = '{"alias":"a","triggers":[{"use":"every","period":"1s"}],"v":1,"work":{"use":"python"}}'
    assert catalog.codec().load(text).missing == ("work 'python'", "trigger 'every'")
