"""The last verdict of a job: what conditions may read of it."""

from __future__ import annotations

from datetime import datetime

import attrs

from clockhand._model.words import Verdict


@attrs.frozen
class Last:
    """The verdict that a job's latest occurrence got."""

    verdict: Verdict
    due: datetime
    at: datetime
    """When the verdict was given."""
    reason: str = ""
