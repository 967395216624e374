"""What the plugin offers, and what it loads for that."""

import subprocess
import sys

from clockhand_memory import plugin


def test_it_offers_a_silo_and_a_history():
    """Both are named memory, take no options and keep nothing."""
    (silo,) = plugin.clockhand_silos()
    (history,) = plugin.clockhand_histories()
    assert (silo.name, history.name) == ("memory", "memory")
    assert silo.supports == history.supports == frozenset()
    assert silo.make(silo.options()) != silo.make(silo.options()), "each opening is a new one"


def test_the_entry_module_loads_neither_store():
    """The stores are imported when somebody chooses them."""
    code = "import sys, clockhand_memory.plugin; print(*(m for m in sys.modules if 'clockhand_memory.' in m))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["clockhand_memory.plugin"]
