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
):
    pytest.register_assert_rewrite(f"{__name__}.{_module}")

from clockhand.testing.laws import Contract, law, laws_of, run_law  # noqa: E402 - rewritten first
from clockhand.testing.silo_contract import SiloContract  # noqa: E402

__all__ = ["Contract", "SiloContract", "law", "laws_of", "run_law"]
