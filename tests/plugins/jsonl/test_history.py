"""The jsonl history against the contract: in one file, and in as many as there can be."""

import pytest

from clockhand.testing import HistoryContract
from clockhand_jsonl.plugin import HISTORY, JsonlOptions


class TestJsonlHistory(HistoryContract):
    kind = HISTORY

    @pytest.fixture
    def options(self, tmp_path):
        """Return options for a new file."""
        return JsonlOptions(path=str(tmp_path / "history.jsonl"))


class TestRotating(HistoryContract):
    kind = HISTORY

    @pytest.fixture
    def options(self, tmp_path):
        """Return options for a file that is closed before each batch."""
        return JsonlOptions(path=str(tmp_path / "history.jsonl"), max_bytes=1)


class TestCompressing(HistoryContract):
    kind = HISTORY

    @pytest.fixture
    def options(self, tmp_path):
        """Return options for segments of a few entries that are compressed meanwhile."""
        return JsonlOptions(path=str(tmp_path / "history.jsonl"), max_bytes=500, compress=True)


class TestAging(HistoryContract):
    kind = HISTORY

    @pytest.fixture
    def options(self, tmp_path):
        """Return options for a file that is always too old, as the entries of the laws are."""
        return JsonlOptions(path=str(tmp_path / "history.jsonl"), max_age="1s", keep=1_000_000)
