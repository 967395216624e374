"""The last verdict of a job: what conditions may read of it."""

from __future__ import annotations

from datetime import datetime

import attrs

from clockhand._model.words import Verdict


@attrs.define
class Last:
    """The verdict that a job's latest occurrence got. Made with every run, so cheap to make."""

    verdict: Verdict
    due: datetime
    at: datetime
    """When the verdict was given."""
    reason: str = ""
