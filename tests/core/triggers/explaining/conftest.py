"""Lets these tests share `expressions`, random cron expressions, with those of cron."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "crontab"))
