"""A folder on the import path into which a test installs plugins, as real distributions."""

import importlib
import sys

import pytest

_HEAD = """
import attrs
from clockhand.hookspecs import hookimpl
from clockhand.contracts import Kind

@attrs.frozen
class Options:
    path: str = "x"
"""


class _Site:
    """Installs distributions: a folder of metadata with entry points, and the modules beside it."""

    def __init__(self, folder):
        self.folder = folder

    def install(self, dist, points, modules=None, *, metadata=None, folder=None):
        """Install *dist*; *points* is the text of the section, or bytes for the whole file."""
        place = folder or self.folder
        info = place / f"{dist.replace('-', '_')}-1.2.dist-info"
        info.mkdir(parents=True)
        if metadata is None:
            metadata = f"Metadata-Version: 2.1\nName: {dist}\nVersion: 1.2\n"
        if metadata:
            (info / "METADATA").write_text(metadata)
        written = points if isinstance(points, bytes) else f"[clockhand]\n{points}\n".encode()
        (info / "entry_points.txt").write_bytes(written)
        for name, text in (modules or {}).items():
            (place / f"{name}.py").write_text(_HEAD + text)
        importlib.invalidate_caches()

    def silo(self, dist, plugin=None, kind=None):
        """Install *dist* with one plugin that offers one kind of silo."""
        plugin = plugin or dist
        module = f"module_of_{dist}".replace("-", "_")
        self.install(
            dist,
            f"{plugin} = {module}",
            {
                module: f"""
@hookimpl
def clockhand_silos():
    yield Kind(name={kind or plugin!r}, summary="jobs", options=Options, make=print)
"""
            },
        )


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Give a folder on the import path; what was imported from it is forgotten afterwards."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    before = set(sys.modules)
    yield _Site(folder)
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]
    importlib.invalidate_caches()
