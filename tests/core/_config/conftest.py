"""A configuration in a folder of its own, and what was imported for it forgotten afterwards."""

import sys

import pytest

from clockhand._config.toml import load
from clockhand._plugins.builtin import Builtin
from clockhand.errors import ConfigError
from clockhand.works import Functions


class _Written:
    """Writes `clock.toml` and reads it, as a scheduler does."""

    def __init__(self, folder):
        self.folder = folder
        self.path = folder / "clock.toml"

    def load(self, text):
        """Return what the text says."""
        self.path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load(self.path, [("core", Builtin(Functions()))])

    def refusal(self, text):
        """Return the text of the ConfigError that this configuration is refused with."""
        with pytest.raises(ConfigError) as caught:
            self.load(text)
        return str(caught.value)


@pytest.fixture
def toml(tmp_path, monkeypatch):
    """Give a place for a configuration, with modules beside it."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield _Written(tmp_path)
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]
