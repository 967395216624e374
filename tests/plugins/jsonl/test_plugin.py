"""What the plugin offers, and what it loads for that."""

import subprocess
import sys

from clockhand_jsonl import plugin


def test_it_offers_a_history():
    """It is named jsonl and keeps its entries."""
    (kind,) = plugin.clockhand_histories()
    assert (kind.name, kind.supports) == ("jsonl", {"durable"})


def test_the_entry_module_loads_no_store():
    """The store is imported when somebody chooses it."""
    code = "import sys, clockhand_jsonl.plugin; print(*(m for m in sys.modules if 'clockhand_jsonl.' in m))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert sorted(done.stdout.split()) == ["clockhand_jsonl.options", "clockhand_jsonl.plugin"]
