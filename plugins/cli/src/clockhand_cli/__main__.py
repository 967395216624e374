"""`python -m clockhand_cli`: the command, where its script isn't on the path."""

import sys

from clockhand_cli.main import main

sys.exit(main())
