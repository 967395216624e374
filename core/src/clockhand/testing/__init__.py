"""The kit for plugin authors: contracts to hold a store to, a virtual clock, a bench for works."""

import pytest

for _module in (
    "silo_rig",
    "silo_failures",
    "silo_jobs",
    "silo_lasting",
    "silo_ledger",
    "silo_open",
    "silo_order",
    "silo_owners",
    "silo_plans",
    "silo_queued",
    "silo_requests",
    "silo_runs",
    "silo_shared",
    "silo_snapshots",
    "silo_turns",
    "history_contract",
    "trigger_rig",
    "timer_contract",
    "condition_contract",
):
    pytest.register_assert_rewrite(f"{__name__}.{_module}")

from clockhand.testing.clock import VirtualClock  # noqa: E402 - the contracts are rewritten first
from clockhand.testing.condition_contract import ConditionContract  # noqa: E402
from clockhand.testing.history_contract import HistoryContract  # noqa: E402
from clockhand.testing.laws import Contract, law, laws_of, run_law  # noqa: E402
from clockhand.testing.loop import NothingToWaitFor, VirtualLoop, run_virtual  # noqa: E402
from clockhand.testing.silo_contract import SiloContract  # noqa: E402
from clockhand.testing.timer_contract import TimerContract  # noqa: E402
from clockhand.testing.works import WorkBench, run_work  # noqa: E402

__all__ = [
    "ConditionContract",
    "Contract",
    "HistoryContract",
    "NothingToWaitFor",
    "SiloContract",
    "TimerContract",
    "VirtualClock",
    "VirtualLoop",
    "WorkBench",
    "law",
    "laws_of",
    "run_law",
    "run_virtual",
    "run_work",
]
