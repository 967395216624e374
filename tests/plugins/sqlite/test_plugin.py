import subprocess
import sys

import pytest

from clockhand.errors import ConfigError
from clockhand_sqlite import plugin
from clockhand_sqlite.plugin import HISTORY, SILO, SqliteOptions


def test_the_entry_module_loads_nothing_heavy():
    """SQLite is loaded when a handle is made, not when the plugin is."""
    check = (
        "import sys, clockhand_sqlite.plugin as plugin; assert 'sqlite3' not in sys.modules;"
        "plugin.SILO.make(plugin.SqliteOptions(path='x')); assert 'sqlite3' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", check], check=True)


def test_it_offers_a_silo_and_a_history():
    """Both are called sqlite, take the same options and keep what they promise."""
    assert list(plugin.clockhand_silos()) == [SILO]
    assert list(plugin.clockhand_histories()) == [HISTORY]
    for kind in (SILO, HISTORY):
        assert (kind.name, kind.options, kind.supports) == ("sqlite", SqliteOptions, {"durable", "shared"})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"path": ""}, r"^path: '' is not the name of a file$"),
        ({"path": "a\0b"}, r"^path: 'a\\x00b' is not the name of a file$"),
        ({"path": 7}, r"^path: 7 is not the name of a file$"),
        (
            {"path": ":memory:"},
            r"^path: ':memory:' is not a plain path; to keep nothing use the silo 'memory'$",
        ),
        ({"path": "file:x?mode=memory"}, r"^path: 'file:x\?mode=memory' is not a plain path"),
        ({"path": "x", "timeout": 0}, r"^timeout: not above 0 and at most 3,600 seconds, given 0$"),
        ({"path": "x", "timeout": float("nan")}, r"^timeout: .* given nan$"),
        ({"path": "x", "timeout": "5"}, r"^timeout: .* given '5'$"),
        ({"path": "x", "timeout": True}, r"^timeout: .* given True$"),
    ],
)
def test_wrong_options_are_refused(options, message):
    """The message names the option and what was given."""
    with pytest.raises(ConfigError, match=message):
        SqliteOptions(**options)
