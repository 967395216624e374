"""What the plugin offers."""

from __future__ import annotations

import subprocess
import sys

from clockhand_system.plugin import SYSTEM, clockhand_works
from clockhand_system.work import System


def test_the_kind():
    """One work, whose options are the value itself."""
    (kind,) = clockhand_works()
    assert kind is SYSTEM
    assert (kind.name, kind.options, kind.make, kind.share) == ("system", System, None, None)


def test_nothing_heavy_at_load():
    """Loading the entry module starts no asyncio and imports no subprocess."""
    code = (
        "import sys, clockhand.hookspecs, clockhand.contracts; before = set(sys.modules)\n"
        "import clockhand_system.plugin\n"
        "added = set(sys.modules) - before\n"
        "heavy = added & {'asyncio.subprocess', 'subprocess', 'clockhand_system.process'}\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
