"""Lets these tests share `expressions` and `daemon`, the cron that walks minute by minute."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
