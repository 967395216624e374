"""The kit for plugin authors: contracts to hold a store to, a virtual clock, a bench for works."""

import pytest

for _module in (
    "silo_rig",
    "silo_jobs",
    "silo_turns",
    "silo_runs",
    "silo_owners",
    "silo_requests",
    "silo_ledger",
    "silo_lasting",
    "history_contract",
):
    pytest.register_assert_rewrite(f"{__name__}.{_module}")

from clockhand.testing.clock import VirtualClock  # noqa: E402 - the contracts are rewritten first
from clockhand.testing.history_contract import HistoryContract  # noqa: E402
from clockhand.testing.laws import Contract, law, laws_of, run_law  # noqa: E402
from clockhand.testing.loop import NothingToWaitFor, VirtualLoop, run_virtual  # noqa: E402
from clockhand.testing.silo_contract import SiloContract  # noqa: E402
from clockhand.testing.works import WorkBench, run_work  # noqa: E402

__all__ = [
    "Contract",
    "HistoryContract",
    "NothingToWaitFor",
    "SiloContract",
    "VirtualClock",
    "VirtualLoop",
    "WorkBench",
    "law",
    "laws_of",
    "run_law",
    "run_virtual",
    "run_work",
]
