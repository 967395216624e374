"""How long it takes until anything can begin: the import, and the command."""

from __future__ import annotations

import sys
from typing import Final

from harness.command import main
from harness.rows import OURS, Entrant, Figure, Row, Target

MS: Final = Figure("ms", "ms")
BARE: Final = Entrant("bare", "commands.python", {"code": "pass"}, "python -c pass")

ROWS: Final = [
    Row(
        "import",
        "from the start of the interpreter to the end of `import clockhand`",
        [
            Entrant(OURS, "commands.python", {"code": "import clockhand"}),
            BARE,
            Entrant(
                "apscheduler3",
                "commands.python",
                {"code": "from apscheduler.schedulers.asyncio import AsyncIOScheduler"},
            ),
        ],
        [MS],
        [Target("ms", "bare", must=120, difference=True), Target("ms", "bare", want=1.8)],
    ),
    Row(
        "help",
        "from the start to the end of `clockhand --help`",
        [
            Entrant(OURS, "commands.helped", {"name": "clockhand"}),
            BARE,
            Entrant("celery", "commands.helped", {"name": "celery"}, "celery --help"),
        ],
        [MS],
        [Target("ms", "celery", must=1), Target("ms", "bare", want=10)],
    ),
]

if __name__ == "__main__":
    sys.exit(main(ROWS))
