"""Which plugins are installed: real folders of metadata, good and damaged."""

import sys

import pytest

from clockhand._plugins.discovery import Broken, Found, find


def _found(**arguments):
    """Return the plugins that a test installed, by name."""
    everyday = {"jsonl", "memory", "network", "sqlite", "system"}
    return {one.name: one for one in find(**arguments) if one.name not in everyday}


def test_a_plugin_is_found_without_being_imported(site):
    """Its name, its distribution, its version; nothing runs."""
    site.install("acme-silos", "acme = acme_that_exits", {"acme_that_exits": "raise SystemExit"})
    found = _found()["acme"]
    assert (found.name, found.dist, found.version, found.value) == (
        "acme",
        "acme-silos",
        "1.2",
        "acme_that_exits",
    )
    assert "acme_that_exits" not in sys.modules


def test_they_come_in_the_order_of_their_names(site):
    """So that what is taken first doesn't depend on a disk."""
    for name in ("zebra", "ant", "Mole"):
        site.silo(name)
    assert list(_found()) == ["Mole", "ant", "zebra"]


def test_an_entry_point_may_name_an_object(site):
    """A module, or something in it."""
    site.install("acme", "acme = acme_module:PLUGIN", {"acme_module": "PLUGIN = Options()"})
    assert _found()["acme"].load().path == "x"


@pytest.mark.parametrize("name", ["redis", "acme-silos", "Acme_Silos", "acme.silos"])
def test_block_and_only(site, name):
    """By the plugin's name or its distribution's, however that is spelled."""
    site.silo("acme-silos", plugin="redis")
    site.silo("other")
    assert list(_found(block=[name])) == ["other"]
    assert list(_found(only=[name])) == ["redis"]
    assert list(_found(block=[name], only=[name])) == []


def test_only_nothing(site):
    """An empty list lets nothing in; none given lets all in; what isn't installed may be named."""
    site.silo("acme")
    assert list(find(only=[])) == []
    assert list(_found(only=None, block=["unheard-of"])) == ["acme"]


@pytest.mark.parametrize("metadata", ["", "Metadata-Version: 2.1\n", "\0\0\0", "no header at all"])
def test_a_distribution_without_a_name(site, metadata):
    """Its plugins are found all the same, and so are the others."""
    site.install("damaged", "damaged = damaged_module", {"damaged_module": ""}, metadata=metadata)
    if not metadata:
        (site.folder / "damaged-1.2.dist-info" / "METADATA").unlink(missing_ok=True)
    site.silo("good")
    found = _found()
    assert set(found) == {"damaged", "good"}
    assert (found["damaged"].dist, found["damaged"].version) == ("", "")


@pytest.mark.parametrize(
    ("points", "says"),
    [
        (b"[clockhand]\njust a line\n", "entry_points.txt can't be read: TypeError: "),
        (b"[clockhand]\n\xff\xfe = x\n", "entry_points.txt can't be read: UnicodeDecodeError: "),
    ],
)
def test_entry_points_that_can_not_be_read(site, points, says):
    """A row that says so, with the distribution; the others are found."""
    site.install("damaged", points)
    site.silo("good")
    found = _found()
    assert set(found) == {"damaged", "good"}
    assert isinstance(found["damaged"], Broken)
    assert (found["damaged"].dist, found["damaged"].version) == ("damaged", "1.2")
    assert found["damaged"].reason.startswith(says)
    assert isinstance(found["good"], Found)


@pytest.mark.parametrize("points", [b"[other]\njust a line\n", b"[other]\n\xff\n", b"", b"\n\n"])
def test_what_is_damaged_and_none_of_ours(site, points):
    """A stranger's distribution is no broken plugin."""
    site.install("stranger", points)
    site.silo("good")
    assert set(_found()) == {"good"}


def test_a_distribution_that_is_there_twice(site, tmp_path, monkeypatch):
    """The one that is imported counts: the first on the import path."""
    site.install("acme", "acme = first", {"first": ""})
    site.install("acme", "acme = second", {"second": ""}, folder=tmp_path / "later")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "later")])
    assert [one.value for one in find() if one.name == "acme"] == ["first"]
