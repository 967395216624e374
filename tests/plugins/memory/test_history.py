"""The memory history against the contract."""

from clockhand.testing import HistoryContract
from clockhand_memory.plugin import HISTORY


class TestMemoryHistory(HistoryContract):
    kind = HISTORY
