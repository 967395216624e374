"""Lets these tests share `composing`: timers, and moments around clock changes to ask them about."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
