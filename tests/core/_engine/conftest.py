"""The engine's tests share stores that fail on command, and sums over a ledger."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
