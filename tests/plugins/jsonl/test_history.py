"""The jsonl history against the contract, and what is its own."""

import pytest

from clockhand.testing import HistoryContract
from clockhand_jsonl.plugin import HISTORY, JsonlOptions


class TestJsonlHistory(HistoryContract):
    kind = HISTORY

    @pytest.fixture
    def options(self, tmp_path):
        """Return options for a new file."""
        return JsonlOptions(path=str(tmp_path / "history.jsonl"))
